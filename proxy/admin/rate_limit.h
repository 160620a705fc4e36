// RateLimit: so many events a second for the whole process, from any thread, without a lock.
#pragma once

#include <atomic>
#include <cstdint>

namespace saproxy::proxy {

class RateLimit {
 public:
  // True: within the limit of this second. False: counted as dropped.
  [[nodiscard]] bool admit(std::int64_t unix_seconds, std::uint32_t limit) {
    const std::uint64_t second = static_cast<std::uint32_t>(unix_seconds);
    std::uint64_t seen = window_.load(std::memory_order_relaxed);
    for (;;) {
      const bool same = seen >> kCountBits == second;
      if (same && (seen & kCountMask) >= limit) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return false;
      }
      const std::uint64_t next = same ? seen + 1 : (second << kCountBits) + 1;
      if (window_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return true;
    }
  }

  // How many were dropped in seconds before this one and not told yet; each is told once.
  [[nodiscard]] std::uint64_t take_untold(std::int64_t unix_seconds) {
    const std::uint64_t dropped = dropped_.load(std::memory_order_relaxed);
    std::uint64_t told = told_.load(std::memory_order_relaxed);
    if (dropped == told) return 0;
    if (window_.load(std::memory_order_relaxed) >> kCountBits == static_cast<std::uint32_t>(unix_seconds))
      return 0;  // still counting
    return told_.compare_exchange_strong(told, dropped, std::memory_order_relaxed) ? dropped - told : 0;
  }

  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  static constexpr unsigned kCountBits = 32;
  static constexpr std::uint64_t kCountMask = (std::uint64_t{1} << kCountBits) - 1;
  std::atomic<std::uint64_t> window_{0};  // second in the upper half, events of it in the lower
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> told_{0};
};

}  // namespace saproxy::proxy
