// Debounce: when to act on a burst of events: `delay` after the last one, but ten delays after the first at the latest.
// Times are milliseconds of any steady clock, passed in.
#pragma once

#include <algorithm>
#include <cstdint>

namespace saproxy::proxy {

class Debounce {
 public:
  explicit Debounce(std::uint64_t delay) : delay_(delay) {}

  // An event happened at `now`; how long from now until it is time to act.
  [[nodiscard]] std::uint64_t after_event(std::uint64_t now) {
    if (!in_burst_) latest_ = now + kMostDelays * delay_;
    in_burst_ = true;
    return std::min(now + delay_, std::max(now, latest_)) - now;
  }
  // Acted: the next event begins a burst.
  void clear() { in_burst_ = false; }

 private:
  static constexpr std::uint64_t kMostDelays = 10;
  std::uint64_t delay_;
  std::uint64_t latest_ = 0;
  bool in_burst_ = false;
};

}  // namespace saproxy::proxy
