// PointHealth: which points of access of one destination are worth a try. One that failed is left alone for a while,
// longer each time, give or take a fifth, so that many do not come back at once.
// Spec: TS-0004 7.3.3.9.1 (entries in order)
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace saproxy::proxy {

class PointHealth {
 public:
  using Time = std::uint64_t;  // milliseconds of one clock

  // `first`: how long after the first failure; it doubles with each, up to 16 times as much.
  PointHealth(std::size_t points, Time first, std::uint32_t seed) : points_(points), first_(first), random_(seed) {}

  // Those to be tried, in order.
  [[nodiscard]] std::vector<std::size_t> alive(Time now) const;
  void failed(std::size_t point, Time now);
  void succeeded(std::size_t point) { points_[point] = {}; }

 private:
  struct Point {
    unsigned failures = 0;
    Time dead_until = 0;
  };
  static constexpr unsigned kMostDoublings = 4;
  std::vector<Point> points_;
  Time first_;
  std::minstd_rand random_;
};

}  // namespace saproxy::proxy
