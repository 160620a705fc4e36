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
  std::string who;   // "saproxy at 127.0.0.1:9090"
  // What a 200 says; otherwise who answered what.
  [[nodiscard]] identity::Result<std::string> text_of_success() const;
};

// POST /registry/forget. Fails when the configuration names no address, when nobody listens there, when no answer comes
// within 10 s, and when it is no HTTP.
[[nodiscard]] identity::Result<AdminReply> ask_to_forget(const policy::AdminSettings& admin,
                                                         const std::string& entity_id);
// GET /registry/associations, alike; empty: of all.
[[nodiscard]] identity::Result<AdminReply> ask_for_associations(const policy::AdminSettings& admin,
                                                                const std::string& entity_id);
// GET /explain, alike.
[[nodiscard]] identity::Result<AdminReply> ask_to_explain(const policy::AdminSettings& admin,
                                                          const ExplainQuestion& question);
// POST /registry/reconcile, alike.
[[nodiscard]] identity::Result<AdminReply> ask_to_reconcile(const policy::AdminSettings& admin);
// GET /registry/reconciliation, alike: 202 while one is under way.
[[nodiscard]] identity::Result<AdminReply> read_reconciliation(const policy::AdminSettings& admin);

}  // namespace saproxy::proxy
