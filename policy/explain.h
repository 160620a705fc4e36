// What would happen to a request, and why, in sentences for people: `saproxy explain`. The same resolver and gate
// decide as for live traffic; only the handshake is taken as done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "policy/primitive.h"
#include "policy/registry.h"
#include "policy/snapshot.h"

namespace saproxy::policy {

struct ExplainRequest {
  std::string credential_id;        // "12-ae1@sp.example.com"
  std::optional<std::string> from;  // absent: no From is sent
  Operation operation = Operation::Retrieve;
  std::optional<std::uint32_t> resource_type;   // ty
  std::optional<std::uint32_t> result_content;  // rcn
  std::optional<std::string> request_expiration;
  std::string to;
  std::optional<std::string> content_id;  // AE-ID or CSE-ID that the content names
  std::optional<std::string> app_id;      // of CREATE <AE>; without it one is assumed that rules for its form accept
  bool operator==(const ExplainRequest&) const = default;
};

// By name; the first for no name. Null: there is none.
[[nodiscard]] const ListenerSettings* find_listener(const Config& config, std::string_view name);

// Several lines, each ending in '\n'. `registry`: who is registered already. `now` is Unix milliseconds.
[[nodiscard]] std::string explain(const Snapshot& snapshot, const ListenerSettings& listener,
                                  const ExplainRequest& request, const Registry& registry, std::int64_t now);

}  // namespace saproxy::policy
