// Counters of all workers summed, and the state of the process, as Prometheus families. No identity, address or other
// text of a peer is ever a label: label values are closed sets or names from the configuration.
#pragma once

#include <string>
#include <string_view>

#include "proxy/admin/process_state.h"

namespace saproxy::proxy {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// Exposition text, format 0.0.4. tests/data/metrics.golden lists every series.
[[nodiscard]] std::string render_metrics(const ProcessState& state);

}  // namespace saproxy::proxy
