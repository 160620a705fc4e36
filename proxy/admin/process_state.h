// What the process as a whole is doing, besides what its workers count: read by /ready and /metrics. Control thread
// only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "policy/snapshot.h"
#include "proxy/admin/counters.h"
#include "proxy/admin/egress_counters.h"
#include "proxy/client/ocsp_client.h"
#include "proxy/client/rule_source.h"
#include "proxy/registration/reconciler.h"
#include "proxy/registry/shared_registry.h"

namespace saproxy::proxy {

struct ProcessState {
  std::vector<const WorkerCounters*> workers;
  std::shared_ptr<const policy::Snapshot> snapshot;  // certificate expiry, listener names
  const SharedRegistry* registry = nullptr;
  const EgressCounters* egress = nullptr;  // null: there is none
  const RuleSourceReport* rules = nullptr;
  const ReconciliationReport* reconciliation = nullptr;
  std::uint64_t generation = 0;  // loads of the configuration that succeeded
  std::uint64_t reloads_succeeded = 0;
  std::uint64_t reloads_failed = 0;
  std::int64_t last_reload_success = 0;  // Unix seconds
  bool last_reload_ok = true;
  bool listeners_up = false;
  bool cse_answers = false;
  bool draining = false;           // never goes back to false
  bool plaintext_exposed = false;  // the CSE's port answers on a non-loopback address
  std::int64_t started = 0;        // Unix seconds
  std::uint64_t log_lines_dropped = 0;
  std::uint64_t registry_store_failures = 0;
  OcspReport ocsp;
};

// Ready, or the reason why not: "draining", "the CSE does not answer", ...
struct Readiness {
  bool ready;
  std::string reason;
};
[[nodiscard]] Readiness readiness(const ProcessState& state);

}  // namespace saproxy::proxy
