// What the egress counts, as families.
#pragma once

#include "proxy/admin/egress_counters.h"
#include "proxy/admin/metric_families.h"

namespace saproxy::proxy {

// Null: there is no egress, and all is 0.
void add_egress(MetricFamilies& out, const EgressCounters* counters);

}  // namespace saproxy::proxy
