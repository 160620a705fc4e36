// Counters of all workers as Prometheus families.
#pragma once

#include <string>

#include "proxy/admin/process_state.h"

namespace saproxy::proxy {

// Exposition text, format 0.0.4.
[[nodiscard]] std::string render_metrics(const ProcessState& state);

}  // namespace saproxy::proxy
