#include "proxy/egress/point_health.h"

#include <algorithm>

namespace saproxy::proxy {

std::vector<std::size_t> PointHealth::alive(Time now) const {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < points_.size(); ++i)
    if (points_[i].dead_until <= now) all.push_back(i);
  return all;
}

void PointHealth::failed(std::size_t point, Time now) {
  Point& one = points_[point];
  const Time delay = first_ << std::min(one.failures, kMostDoublings);
  ++one.failures;
  one.dead_until = now + delay - delay / 5 + std::uniform_int_distribution<Time>(0, delay * 2 / 5)(random_);
}

}  // namespace saproxy::proxy
