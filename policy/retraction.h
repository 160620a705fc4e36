// Retraction: the CSE has created an <AE> or <remoteCSE> and nobody may rely on it: it could not be recorded, or it
// names an identity that was not earned. While the CSE has it, nobody can register there; so it is taken back.
// Spec: TS-0001 10.2.2.4; design invariant 9
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/gate_rules.h"
#include "policy/registering.h"
#include "policy/resource_content.h"

namespace saproxy::policy {

// DELETE of `to` by `originator`.
struct Retraction {
  std::string to;  // resource id, CSE-relative
  std::string originator;
};

// What takes back what the CSE says it has created for this request (2001, `answer`). Nothing where that may not be
// its own new resource: the CSE names no resource id, or one that the request itself has brought along, or the CSEBase.
// The caller sees to it that the address is of no registration that stands. The originator is whom the CSE has
// registered, as its creator; `other` where that is nobody whom we may speak as.
[[nodiscard]] std::optional<Retraction> retraction_of(const Registering& registering, const ResourceContent* answer,
                                                      const GateRules& rules, std::string_view other);

}  // namespace saproxy::policy
