// What the kernel says of this process: cheap enough for every scrape.
#pragma once

#include <cstdint>

namespace saproxy::proxy {

struct ProcessUsage {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};
// What cannot be read is 0.
[[nodiscard]] ProcessUsage process_usage();

}  // namespace saproxy::proxy
