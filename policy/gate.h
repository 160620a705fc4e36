// Gate: may this association make this request? The only door to the CSE.
//
//   association + primitive ─▶ limits ▸ rule 1 ▸ deny list and own CSE-ID ▸ rules 2 to 4 ▸ rule 7 ▸ registration ─▶
//   Decision no association          ─▶ limits ▸ rule 1 ▸ rules 5 and 6 ─▶ Refuse
//
// The deny list stands before rule 2, so that an attempt to pass for an administrator or for the CSE itself is counted
// as what it is, whatever form it was written in; what registration rules put in place of From is held against it
// again.
//
// Spec: TS-0004 7.3.2.1 (Recv-1.0), TS-0003 7.2.1; TS-0001 10.2.2.2, 10.2.2.7 for registrations
#pragma once

#include <cstdint>

#include "identity/association.h"
#include "policy/decision.h"
#include "policy/gate_rules.h"
#include "policy/primitive.h"

namespace saproxy::policy {

struct Retraction;

class Gate {
 public:
  Gate(const GateRules& rules, const ServiceProfile& profile) : rules_(rules), profile_(profile) {}
  // `now` is Unix milliseconds. `association` null or expired: outside any association (rules 5 and 6), where nothing
  // is forwarded (design invariant 1). `registered_cses`: registree CSEs beside those of the configuration. Allocates
  // nothing.
  [[nodiscard]] Decision judge(const identity::Association* association, const Primitive& primitive, std::int64_t now,
                               const IdentifierSet* registered_cses = nullptr) const;
  // Our own request: takes back what a request that was let through has created in vain.
  [[nodiscard]] static Forward take_back(const Retraction& retraction);
  // What a reason is answered with, by the settings.
  [[nodiscard]] Refuse refuse(Reason reason) const;

 private:
  const GateRules& rules_;
  const ServiceProfile& profile_;
};

}  // namespace saproxy::policy
