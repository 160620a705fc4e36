// Counters of one writer (a worker) that the scrape reads: relaxed, never a locked instruction.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace saproxy::proxy {

class Counter {
 public:
  void add(std::uint64_t n = 1) { set(value() + n); }
  void subtract(std::uint64_t n = 1) { set(value() - n); }
  void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Fixed buckets in microseconds; exported in seconds.
class DurationHistogram {
 public:
  static constexpr std::array<std::uint64_t, 14> kBounds{100,   250,   500,    1000,   2500,    5000,    10000,
                                                         25000, 50000, 100000, 250000, 1000000, 2500000, 10000000};
  void observe(std::uint64_t microseconds) {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && microseconds > kBounds[bucket]) ++bucket;
    buckets_[bucket].add();
    sum_.add(microseconds);
  }
  // Not cumulative; index kBounds.size() holds what is above all bounds.
  [[nodiscard]] std::uint64_t bucket(std::size_t index) const { return buckets_[index].value(); }
  [[nodiscard]] std::uint64_t sum() const { return sum_.value(); }

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  Counter sum_;
};

}  // namespace saproxy::proxy
