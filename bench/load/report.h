// What a run of the load came to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace saproxy::bench {

struct Report {
  std::uint64_t started = 0;             // offered to the server
  std::uint64_t right = 0;               // answered as expected
  std::uint64_t failed = 0;              // refused, cut, wrong or late
  std::uint64_t bytes = 0;               // payload of large requests or answers
  double seconds = 0;                    // of the measured part
  std::vector<std::uint32_t> latencies;  // microseconds
  // One line of JSON.
  [[nodiscard]] std::string to_json();
};

}  // namespace saproxy::bench
