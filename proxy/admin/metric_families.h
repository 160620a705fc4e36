// Small builders for the values of prometheus-cpp, so that metrics.cc reads as a list of what there is.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/loop/counter.h"

namespace saproxy::proxy {

using Label = std::pair<std::string_view, std::string_view>;

// One metric name with its series. Names get the prefix "saproxy_" unless they begin with "process_".
class MetricFamilies {
 public:
  // Opens a family; the series added next belong to it.
  MetricFamilies& counter(std::string_view name, std::string_view help) {
    return open(name, help, prometheus::MetricType::Counter);
  }
  MetricFamilies& gauge(std::string_view name, std::string_view help) {
    return open(name, help, prometheus::MetricType::Gauge);
  }
  MetricFamilies& histogram(std::string_view name, std::string_view help) {
    return open(name, help, prometheus::MetricType::Histogram);
  }

  MetricFamilies& add(double value, std::initializer_list<Label> labels = {});
  MetricFamilies& add(std::uint64_t value, std::initializer_list<Label> labels = {}) {
    return add(static_cast<double>(value), labels);
  }
  // The sum of several workers' histograms, in seconds.
  MetricFamilies& add(std::span<const DurationHistogram* const> histograms, std::initializer_list<Label> labels);

  [[nodiscard]] const std::vector<prometheus::MetricFamily>& families() const { return families_; }

 private:
  MetricFamilies& open(std::string_view name, std::string_view help, prometheus::MetricType type);
  prometheus::ClientMetric& series(std::initializer_list<Label> labels);
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace saproxy::proxy
