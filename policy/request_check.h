// The validity check that comes before everything else, rule by rule. Each function answers with the reason to refuse,
// or nothing. Spec: TS-0004 7.3.2.1 (Recv-1.0); TS-0003 7.2.1
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "identity/association.h"
#include "policy/gate_rules.h"
#include "policy/originator_view.h"
#include "policy/primitive.h"
#include "policy/reason.h"

namespace saproxy::policy {

// What a check looks at; everything lives as long as the call.
struct RequestCase {
  const GateRules& rules;
  const ServiceProfile& profile;
  const IdentifierSet* registered_cses;  // beside those of the rules; may be null
  const Primitive& primitive;
  const OriginatorView& from;
  [[nodiscard]] bool creates(std::uint32_t type) const {
    return primitive.operation == Operation::Create && primitive.resource_type.present() &&
           primitive.resource_type.value == type;
  }
};

// Lengths that the CSE behind us survives, and characters that no identifier has.
[[nodiscard]] std::optional<Reason> check_limits(const GateRules& rules, const Primitive& primitive);
// Rule 1. `now` is Unix milliseconds.
[[nodiscard]] std::optional<Reason> check_presence(const RequestCase& request, std::int64_t now);
// Rules 2 and 3: the peer is an AE with a list of stems.
[[nodiscard]] std::optional<Reason> check_ae(const RequestCase& request, const identity::Association& association);
// Rule 4: the peer is the CSE `peer`.
[[nodiscard]] std::optional<Reason> check_cse(const RequestCase& request, const identity::CseId& peer);
// Nobody has said who the peer is: it may ask to be registered as an AE, and speaks as what it was registered as.
[[nodiscard]] std::optional<Reason> check_unresolved(const RequestCase& request,
                                                     const identity::Association& association);
// Rules 5 and 6. Always a reason: without an association nothing is forwarded.
[[nodiscard]] Reason check_outside(const RequestCase& request);
// Rule 7.
[[nodiscard]] std::optional<Reason> check_parameters(const Primitive& primitive);

// Unix milliseconds of "YYYYMMDDTHHMMSS[,f…]" in UTC. Spec: TS-0004 6.3.3 (m2m:timestamp)
[[nodiscard]] std::optional<std::int64_t> parse_timestamp(std::string_view text);

}  // namespace saproxy::policy
