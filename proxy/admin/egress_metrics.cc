#include "proxy/admin/egress_metrics.h"

namespace saproxy::proxy {
namespace {

// One series for each value of a closed set, under the name of its label.
template <class Value, std::size_t N>
void add_each(MetricFamilies& out, const std::array<Counter, N>& counters, std::string_view label) {
  for (std::size_t i = 0; i < N; ++i) out.add(counters[i].value(), {{label, to_text(static_cast<Value>(i))}});
}

void add_requests(MetricFamilies& out, const EgressCounters& egress) {
  out.counter("egress_connections_accepted_total", "Connections accepted from the CSE.")
      .add(egress.connections_accepted.value());
  out.counter("egress_connections_refused_total",
              "Connections closed at once because they are too many or of another user than the CSE's.")
      .add(egress.connections_refused.value());
  out.gauge("egress_connections_open", "Connections of the CSE that are open.").add(egress.connections_open.value());
  out.counter("egress_requests_total",
              "Requests of the CSE for registrees and the registrar, by result; too_late and timeout are missed "
              "deadlines, before and after the request was sent.");
  add_each<CallResult>(out, egress.calls, "result");
  out.gauge("egress_requests_waiting", "Requests that wait for a registree or the registrar.")
      .add(egress.waiting.value());
  const DurationHistogram* durations[] = {&egress.call_duration};
  out.histogram("egress_request_duration_seconds", "Time from the head of a request of the CSE to the answer to it.")
      .add(durations, {});
}

void add_associations(MetricFamilies& out, const EgressCounters& egress) {
  out.gauge("egress_associations_open", "Connections to registrees (SA2) and the registrar (SA1) that are established.")
      .add(egress.sessions.value());
  out.counter("egress_handshakes_total",
              "Handshakes with registrees and the registrar that ended, by result and reason of failure.");
  out.add(egress.handshakes_ok.value(), {{"result", "ok"}, {"reason", "none"}});
  for (std::size_t i = 0; i < kHandshakeFailureCount; ++i) {
    const std::string_view reason = to_text(static_cast<HandshakeFailure>(i));
    out.add(egress.handshakes_failed[i].value(), {{"result", "failed"}, {"reason", reason}});
  }
}

void add_points(MetricFamilies& out, const EgressCounters& egress) {
  out.counter("egress_points_failed_total", "Points of access that were tried in vain.")
      .add(egress.points_failed.value());
  out.counter("egress_points_skipped_total", "Points of access that were left alone because they had failed before.")
      .add(egress.points_skipped.value());
  out.counter("egress_addresses_denied_total",
              "Addresses that a point of access led to and may not lead to, by reason.");
  add_each<policy::EgressDenial>(out, egress.denied, "reason");
  out.counter("egress_name_failures_total", "Host names of points of access that could not be resolved.")
      .add(egress.names_not_found.value());
}

}  // namespace

void add_egress(MetricFamilies& out, const EgressCounters* counters) {
  static const EgressCounters kNone;
  const EgressCounters& egress = counters == nullptr ? kNone : *counters;
  add_requests(out, egress);
  add_associations(out, egress);
  add_points(out, egress);
}

}  // namespace saproxy::proxy
