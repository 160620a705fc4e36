// Originators that no peer may use, whatever its identities: the administrators of the CSE and the CSE itself.
// Every CSE believes From, and gives its administrator full access.
#pragma once

#include <optional>
#include <string_view>

#include "policy/gate_rules.h"
#include "policy/originator_view.h"
#include "policy/reason.h"

namespace saproxy::policy {

// DeniedOriginator or OwnCseId, or nothing. CSEs cut prefixes off (SP, CSE-ID, structured names), so every part that
// one of them could be left with is looked at: the whole, each segment, and each rest after a '/' ("//sp/cse1/CAdmin" →
// "sp/cse1/CAdmin", "CAdmin").
[[nodiscard]] std::optional<Reason> reserved_originator(const GateRules& rules, const OriginatorView& from);

}  // namespace saproxy::policy
