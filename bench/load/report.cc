#include "bench/load/report.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace saproxy::bench {
namespace {

std::uint32_t percentile(const std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

}  // namespace

std::string Report::to_json() {
  std::sort(latencies.begin(), latencies.end());
  std::array<char, 512> text;
  const int size = std::snprintf(
      text.data(), text.size(),
      R"({"started": %llu, "right": %llu, "failed": %llu, "bytes": %llu, "seconds": %.6f, "p50_us": %u, "p99_us": %u, "p999_us": %u, "max_us": %u})",
      static_cast<unsigned long long>(started), static_cast<unsigned long long>(right),
      static_cast<unsigned long long>(failed), static_cast<unsigned long long>(bytes), seconds,
      percentile(latencies, 0.5), percentile(latencies, 0.99), percentile(latencies, 0.999),
      latencies.empty() ? 0 : latencies.back());
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace saproxy::bench
