// The admin listener of a saproxy that runs, as a command asks it: one request, one answer, blocking.
#pragma once

#include <cstdint>
#include <string>

#include "identity/result.h"
#include "policy/config.h"
#include "proxy/admin/explain_query.h"

namespace saproxy::proxy {

struct AdminReply {
  std::uint16_t status = 0;
  std::string text;  // without the end of line
};

// POST /registry/forget. Fails when nobody listens, when no answer comes within 10 s, and when it is no HTTP.
[[nodiscard]] identity::Result<AdminReply> ask_to_forget(const policy::Endpoint& admin, const std::string& entity_id);
// GET /registry/associations, alike; empty: of all.
[[nodiscard]] identity::Result<AdminReply> ask_for_associations(const policy::Endpoint& admin,
                                                                const std::string& entity_id);
// GET /explain, alike.
[[nodiscard]] identity::Result<AdminReply> ask_to_explain(const policy::Endpoint& admin,
                                                          const ExplainQuestion& question);
// POST /registry/reconcile, alike.
[[nodiscard]] identity::Result<AdminReply> ask_to_reconcile(const policy::Endpoint& admin);
// GET /registry/reconciliation, alike: 202 while one is under way.
[[nodiscard]] identity::Result<AdminReply> read_reconciliation(const policy::Endpoint& admin);

}  // namespace saproxy::proxy
