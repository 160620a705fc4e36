#include "proxy/admin/metric_families.h"

namespace saproxy::proxy {

MetricFamilies& MetricFamilies::open(std::string_view name, std::string_view help, prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name.starts_with("process_") ? std::string(name) : "saproxy_" + std::string(name);
  family.help = help;
  family.type = type;
  families_.push_back(std::move(family));
  return *this;
}

prometheus::ClientMetric& MetricFamilies::series(std::initializer_list<Label> labels) {
  prometheus::ClientMetric metric;
  for (const Label& label : labels) metric.label.push_back({std::string(label.first), std::string(label.second)});
  families_.back().metric.push_back(std::move(metric));
  return families_.back().metric.back();
}

MetricFamilies& MetricFamilies::add(double value, std::initializer_list<Label> labels) {
  prometheus::ClientMetric& metric = series(labels);
  if (families_.back().type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return *this;
}

MetricFamilies& MetricFamilies::add(std::span<const DurationHistogram* const> histograms,
                                    std::initializer_list<Label> labels) {
  constexpr double kMicroseconds = 1e6;
  prometheus::ClientMetric::Histogram& sum = series(labels).histogram;
  for (std::size_t i = 0; i < DurationHistogram::kBounds.size(); ++i) {
    for (const DurationHistogram* one : histograms) sum.sample_count += one->bucket(i);
    sum.bucket.push_back({sum.sample_count, static_cast<double>(DurationHistogram::kBounds[i]) / kMicroseconds});
  }
  for (const DurationHistogram* one : histograms) {
    sum.sample_count += one->bucket(DurationHistogram::kBounds.size());
    sum.sample_sum += static_cast<double>(one->sum()) / kMicroseconds;
  }
  return *this;
}

}  // namespace saproxy::proxy
