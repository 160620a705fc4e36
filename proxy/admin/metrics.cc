#include "proxy/admin/metrics.h"

#include <prometheus/text_serializer.h>

#include <sstream>
#include <vector>

#include "identity/credential.h"
#include "policy/primitive.h"
#include "policy/reason.h"
#include "proxy/admin/certificate_expiry.h"
#include "proxy/admin/egress_metrics.h"
#include "proxy/admin/metric_families.h"
#include "proxy/admin/process_usage.h"
#include "proxy/build_info.h"
#include "proxy/loop/clock.h"

namespace saproxy::proxy {
namespace {

constexpr std::string_view kBinding = "https";

using Workers = std::vector<const WorkerCounters*>;

// `pick(const WorkerCounters&)` gives one Counter of it.
template <class Pick>
std::uint64_t sum(const Workers& workers, Pick&& pick) {
  std::uint64_t total = 0;
  for (const WorkerCounters* worker : workers) total += pick(*worker).value();
  return total;
}
std::uint64_t sum(const Workers& workers, Counter WorkerCounters::*member) {
  return sum(workers, [member](const WorkerCounters& worker) -> const Counter& { return worker.*member; });
}
std::uint64_t sum(const Workers& workers, Counter UpstreamCounters::*member) {
  return sum(workers, [member](const WorkerCounters& worker) -> const Counter& { return worker.upstream.*member; });
}
// One series for each value of a closed set.
template <class Reason, std::size_t N>
void add_reasons(MetricFamilies& out, const Workers& workers, std::array<Counter, N> WorkerCounters::*member,
                 std::size_t first = 0) {
  for (std::size_t i = first; i < N; ++i) {
    const std::uint64_t total =
        sum(workers, [member, i](const WorkerCounters& worker) -> const Counter& { return (worker.*member)[i]; });
    out.add(total, {{"reason", to_text(static_cast<Reason>(i))}});
  }
}
std::vector<const DurationHistogram*> histograms(const Workers& workers, DurationHistogram WorkerCounters::*member) {
  std::vector<const DurationHistogram*> found;
  for (const WorkerCounters* worker : workers) found.push_back(&(worker->*member));
  return found;
}

void add_connections(MetricFamilies& out, const Workers& workers) {
  out.counter("connections_accepted_total", "Connections accepted from registrees.")
      .add(sum(workers, &WorkerCounters::connections_accepted));
  out.counter("connections_refused_total", "Connections closed at once because a limit was reached.")
      .add(sum(workers, &WorkerCounters::connections_refused));
  out.gauge("connections_open", "Connections of registrees that are open.")
      .add(sum(workers, &WorkerCounters::connections_open));
  out.gauge("handshakes_pending", "Handshakes in progress.").add(sum(workers, &WorkerCounters::handshakes_pending));
  out.gauge("associations_open", "Security associations that exist.")
      .add(sum(workers, &WorkerCounters::associations_open));
  out.counter("association_ends_total", "Connections that ended, by reason.");
  add_reasons<EndReason>(out, workers, &WorkerCounters::ended);
  out.counter("associations_rejudged_total", "Associations judged again after a reload.")
      .add(sum(workers, &WorkerCounters::rejudged));
  out.counter("associations_narrowed_total", "Associations whose identities changed when judged again.")
      .add(sum(workers, &WorkerCounters::narrowed));
  out.counter("received_bytes_total", "Bytes received from registrees, as encrypted.")
      .add(sum(workers, &WorkerCounters::bytes_received));
  out.counter("sent_bytes_total", "Bytes sent to registrees, as encrypted.")
      .add(sum(workers, &WorkerCounters::bytes_sent));
}

void add_handshakes(MetricFamilies& out, const Workers& workers) {
  out.counter(
      "handshakes_total",
      "Handshakes that ended, by security association establishment framework (saef), result and reason of failure.");
  for (std::size_t i = 0; i < kSaefCount; ++i) {
    const std::uint64_t ok =
        sum(workers, [i](const WorkerCounters& worker) -> const Counter& { return worker.handshakes_ok[i]; });
    out.add(ok, {{"binding", kBinding},
                 {"saef", identity::to_text(static_cast<identity::Saef>(i))},
                 {"result", "ok"},
                 {"reason", "none"}});
  }
  for (std::size_t i = 0; i < kHandshakeFailureCount; ++i) {
    const std::uint64_t failed =
        sum(workers, [i](const WorkerCounters& worker) -> const Counter& { return worker.handshakes_failed[i]; });
    out.add(failed, {{"binding", kBinding},
                     {"saef", "unknown"},
                     {"result", "failed"},
                     {"reason", to_text(static_cast<HandshakeFailure>(i))}});
  }
  out.histogram("handshake_duration_seconds", "Time from accept to the association.")
      .add(histograms(workers, &WorkerCounters::handshake_duration), {{"binding", kBinding}});
}

void add_answers(MetricFamilies& out, const Workers& workers) {
  out.counter("requests_total", "Requests answered, by operation and response status code (rsc).");
  for (std::size_t operation = 0; operation < kOperationCount; ++operation) {
    const std::string_view name = policy::to_text(static_cast<policy::Operation>(operation));
    for (std::size_t code = 0; code <= kCountedCodes.size(); ++code) {
      const std::uint64_t answers = sum(workers, [operation, code](const WorkerCounters& worker) -> const Counter& {
        return worker.answers[operation][code];
      });
      const std::string rsc = code < kCountedCodes.size() ? std::to_string(kCountedCodes[code]) : "other";
      out.add(answers, {{"binding", kBinding}, {"operation", name}, {"rsc", rsc}});
    }
  }
  out.histogram("request_duration_seconds", "Time from the first byte of a request to the last of its answer.")
      .add(histograms(workers, &WorkerCounters::request_duration), {{"binding", kBinding}});
}

void add_refusals(MetricFamilies& out, const Workers& workers) {
  out.counter("refusals_total", "Requests that the gate refused, by reason.");
  for (std::size_t i = 0; i < policy::kReasonCount; ++i) {
    const std::uint64_t refused =
        sum(workers, [i](const WorkerCounters& worker) -> const Counter& { return worker.refused[i]; });
    out.add(refused, {{"reason", policy::info(static_cast<policy::Reason>(i)).word}});
  }
  out.counter("malformed_requests_total", "Messages that are no well-formed HTTP, by reason.");
  add_reasons<http::ParseError>(out, workers, &WorkerCounters::malformed, 1);  // the first is "none"
  out.counter("unmappable_requests_total", "HTTP requests that are no oneM2M requests, by reason.");
  add_reasons<http::MappingError>(out, workers, &WorkerCounters::unmappable);
  out.counter("oversized_requests_total", "Requests larger than the CSE takes.")
      .add(sum(workers, &WorkerCounters::oversized));
  out.counter("crowded_requests_total", "Requests refused because max_collected was reached.")
      .add(sum(workers, &WorkerCounters::crowded));
}

void add_upstream(MetricFamilies& out, const Workers& workers) {
  out.counter("upstream_connections_opened_total", "Connections opened to the CSE.")
      .add(sum(workers, &UpstreamCounters::connections_opened));
  out.counter("upstream_connections_reused_total", "Requests sent over a connection to the CSE that stood already.")
      .add(sum(workers, &UpstreamCounters::connections_reused));
  out.gauge("upstream_connections_open", "Connections to the CSE that are open.")
      .add(sum(workers, &UpstreamCounters::open));
  out.gauge("upstream_requests_waiting", "Requests that wait for a connection to the CSE.")
      .add(sum(workers, &UpstreamCounters::waiting));
  out.counter("upstream_requests_repeated_total", "Requests sent again because a kept connection had died.")
      .add(sum(workers, &UpstreamCounters::requests_repeated));
  out.counter("upstream_answers_total", "Answers of the CSE.").add(sum(workers, &UpstreamCounters::answers));
  out.counter("upstream_failures_total", "Requests that got no usable answer of the CSE, by reason.");
  for (std::size_t i = 0; i < kUpstreamFailureCount; ++i) {
    const std::uint64_t failed =
        sum(workers, [i](const WorkerCounters& worker) -> const Counter& { return worker.upstream.failures[i]; });
    out.add(failed, {{"reason", to_text(static_cast<UpstreamFailure>(i))}});
  }
  out.counter("upstream_sent_bytes_total", "Bytes sent to the CSE.").add(sum(workers, &UpstreamCounters::bytes_sent));
  out.counter("upstream_received_bytes_total", "Bytes received from the CSE.")
      .add(sum(workers, &UpstreamCounters::bytes_received));
}

void add_registrations(MetricFamilies& out, const ProcessState& state) {
  const auto total = [&](Counter RegistrationCounters::*member) {
    return sum(state.workers,
               [member](const WorkerCounters& worker) -> const Counter& { return worker.registrations.*member; });
  };
  out.gauge("registrations", "Registrees that are registered now.")
      .add(state.registry == nullptr ? std::uint64_t{0} : std::uint64_t{state.registry->size()});
  out.counter("registrations_recorded_total", "Registrations and changes of them that were recorded.")
      .add(total(&RegistrationCounters::recorded));
  out.counter("registrations_removed_total", "Registrations that registrees have ended.")
      .add(total(&RegistrationCounters::removed));
  out.counter("registrations_unconfirmed_total",
              "Successes of the CSE that were not passed on, because they could not be relied on, by reason.");
  for (std::size_t i = 0; i < policy::kMisfitCount; ++i) {
    const std::uint64_t misfits = sum(
        state.workers, [i](const WorkerCounters& worker) -> const Counter& { return worker.registrations.misfits[i]; });
    out.add(misfits, {{"reason", policy::to_text(static_cast<policy::Misfit>(i))}});
  }
  out.add(total(&RegistrationCounters::not_recorded), {{"reason", "not_recorded"}});
  out.counter("registrations_taken_back_total",
              "Registrations of the CSE that were not passed on and that it was asked to delete again, by result.")
      .add(total(&RegistrationCounters::taken_back), {{"result", "ok"}})
      .add(total(&RegistrationCounters::not_taken_back), {{"result", "failed"}});
  out.counter("registry_store_failures_total", "Groups of changes that the registry's file could not take.")
      .add(state.registry_store_failures);
}

void add_reconciliation(MetricFamilies& out, const ProcessState& state) {
  const ReconciliationReport none;
  const ReconciliationReport& report = state.reconciliation == nullptr ? none : *state.reconciliation;
  const policy::ReconciliationResult& result = report.result;
  out.counter("reconciliations_total", "Times that the CSE was asked about its registrations, by result.")
      .add(report.succeeded, {{"result", "ok"}})
      .add(report.failed, {{"result", "failed"}});
  out.counter("reconciliation_dropped_total", "Registrations dropped because the CSE no longer had them.")
      .add(report.dropped);
  out.gauge("reconciliation_last_success_timestamp_seconds",
            "When the CSE was last asked about all of its registrations, in Unix time; 0 before that.")
      .add(static_cast<double>(report.last_success));
  out.gauge("reconciliation_registrations", "Registrations of the last reconciliation, by what the CSE said of them.")
      .add(std::uint64_t{result.confirmed}, {{"state", "confirmed"}})
      .add(std::uint64_t{report.dropped_count}, {{"state", "dropped"}})
      .add(std::uint64_t{result.contradicted}, {{"state", "contradicted"}})
      .add(std::uint64_t{result.undecided}, {{"state", "undecided"}})
      .add(std::uint64_t{result.unknown.size() + result.more_unknown}, {{"state", "unknown"}});
}

void add_rules(MetricFamilies& out, const ProcessState& state) {
  const policy::ServiceProfile* profile = state.snapshot ? &state.snapshot->profile() : nullptr;
  out.gauge("app_rules", "Application rules in force.")
      .add(profile != nullptr && profile->rules ? std::uint64_t{profile->rules->size()} : std::uint64_t{0});
  const RuleSourceReport none;
  const RuleSourceReport& report = state.rules == nullptr ? none : *state.rules;
  out.gauge("app_rules_age_seconds",
            "Time since the application rules were last fetched; 0 before that, and where none are fetched.")
      .add(report.last_success == 0 ? 0.0 : static_cast<double>(unix_seconds() - report.last_success));
  out.counter("app_rules_fetches_total", "Fetches of the application rules, by result.");
  for (std::size_t i = 0; i < kFetchResultCount; ++i)
    out.add(report.fetches[i], {{"result", to_text(static_cast<FetchResult>(i))}});
}

void add_ocsp(MetricFamilies& out, const ProcessState& state) {
  const OcspReport& report = state.ocsp;
  out.counter("ocsp_questions_total", "Questions to OCSP responders that ended, by verdict.");
  for (std::size_t i = 0; i < policy::kOcspVerdictCount; ++i)
    out.add(report.verdicts[i], {{"verdict", policy::to_text(static_cast<policy::OcspVerdict>(i))}});
  out.gauge("ocsp_questions_pending", "Questions to OCSP responders that wait, for their turn or for an answer.")
      .add(report.questions);
  out.gauge("ocsp_questions_in_flight", "Questions to OCSP responders that are sent.").add(report.in_flight);
  out.gauge("ocsp_cached", "Certificates whose OCSP verdict is remembered.").add(report.cached);
  out.gauge("ocsp_oldest_answer_seconds", "Age of the oldest OCSP answer that is relied on; 0 without one.")
      .add(report.oldest_seconds);
  out.gauge("ocsp_associations_waiting", "Associations that wait for their first OCSP verdict.")
      .add(sum(state.workers, &WorkerCounters::ocsp_waiting));
  out.counter("ocsp_known_total", "Handshakes whose OCSP verdict was known already.")
      .add(sum(state.workers, &WorkerCounters::ocsp_known));
  out.counter("ocsp_unchecked_total", "Handshakes that were accepted without an OCSP answer.")
      .add(sum(state.workers, &WorkerCounters::ocsp_unchecked));
  out.counter("ocsp_associations_ended_total", "Live associations that an OCSP verdict has ended.")
      .add(sum(state.workers, &WorkerCounters::ocsp_ended));
}

void add_configuration(MetricFamilies& out, const ProcessState& state) {
  out.gauge("config_last_reload_success", "Whether the last attempt to load the configuration succeeded.")
      .add(state.last_reload_ok ? 1.0 : 0.0);
  out.gauge("config_last_reload_success_timestamp_seconds", "When a configuration was loaded last, in Unix time.")
      .add(static_cast<double>(state.last_reload_success));
  out.counter("config_reloads_total", "Reloads of the configuration, by result.")
      .add(state.reloads_succeeded, {{"result", "ok"}})
      .add(state.reloads_failed, {{"result", "failed"}});
  out.gauge("config_generation", "Number of the configuration in use, counted from 1.").add(state.generation);
  out.gauge("certificate_expiry_timestamp_seconds", "When a certificate of the configuration ends, in Unix time.");
  if (!state.snapshot) return;
  for (const CertificateExpiry& expiry : certificate_expiries(state.snapshot->config()))
    out.add(static_cast<double>(expiry.not_after), {{"certificate", expiry.name}, {"kind", expiry.kind}});
}

void add_process(MetricFamilies& out, const ProcessState& state) {
  const auto flag = [&out](std::string_view name, std::string_view help, bool value) {
    out.gauge(name, help).add(value ? 1.0 : 0.0);
  };
  flag("cse_up", "Whether the CSE answers.", state.cse_answers);
  flag("ready", "Whether /ready says so.", readiness(state).ready);
  flag("draining", "Whether the process is about to end.", state.draining);
  flag("plaintext_exposed",
       "Whether the plaintext port of the CSE answered on an address that is not loopback, when last looked at.",
       state.plaintext_exposed);
  out.counter("log_lines_dropped_total", "Log lines dropped by the rate limit or because standard error was not read.")
      .add(state.log_lines_dropped);
  out.gauge("workers", "Worker threads.").add(std::uint64_t{state.workers.size()});
  out.gauge("build_info", "What was built; always 1.")
      .add(1.0, {{"version", kVersion},
                 {"commit", kCommit},
                 {"wolfssl", kWolfsslVersion},
                 {"patches", kWolfsslPatches.empty() ? "none" : kWolfsslPatches},
                 {"missing_fixes", kWolfsslMissingFixes.empty() ? "none" : kWolfsslMissingFixes}});
  const ProcessUsage usage = process_usage();
  out.gauge("process_start_time_seconds", "When the process started, in Unix time.")
      .add(static_cast<double>(state.started));
  out.counter("process_cpu_seconds_total", "CPU time used.").add(usage.cpu_seconds);
  out.gauge("process_resident_memory_bytes", "Resident memory.").add(usage.resident_bytes);
  out.gauge("process_open_fds", "Open file descriptors.").add(usage.open_fds);
  out.gauge("process_max_fds", "Limit of open file descriptors.").add(usage.max_fds);
}

}  // namespace

std::string render_metrics(const ProcessState& state) {
  MetricFamilies out;
  add_connections(out, state.workers);
  add_handshakes(out, state.workers);
  add_answers(out, state.workers);
  add_refusals(out, state.workers);
  add_upstream(out, state.workers);
  add_registrations(out, state);
  add_reconciliation(out, state);
  add_egress(out, state.egress);
  add_rules(out, state);
  add_ocsp(out, state);
  add_configuration(out, state);
  add_process(out, state);
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, out.families());
  return std::move(text).str();
}

}  // namespace saproxy::proxy
