// Debounce: when to act on a burst of events: `delay` after the last one, but ten delays after the first at the latest.
// Times are milliseconds of any steady clock, passed in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace saproxy::proxy {

class Debounce {
 public:
  explicit Debounce(std::uint64_t delay) : delay_(delay) {}

  // An event happened at `now`; how long from now until it is time to act.
  [[nodiscard]] std::uint64_t after_event(std::uint64_t now) {
    const std::uint64_t first = first_.value_or(now);
    first_ = first;
    const std::uint64_t latest = first + kMostDelays * delay_;
    return std::min(now + delay_, std::max(now, latest)) - now;
  }
  // Acted: the next event begins a burst.
  void clear() { first_.reset(); }

 private:
  static constexpr std::uint64_t kMostDelays = 10;
  std::uint64_t delay_;
  std::optional<std::uint64_t> first_;
};

}  // namespace saproxy::proxy
