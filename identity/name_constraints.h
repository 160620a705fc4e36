// Name constraints of a path against the host names of its leaf, checked by ourselves: TLS libraries do not look at
// URIs without a scheme, and an AE-ID has to lie inside its issuer's constraint. Spec: RFC 5280 4.2.1.10;
// TS-0003 8.1.2.2, 10.1.1.5
#pragma once

#include <span>
#include <string_view>

#include "identity/certificate.h"

namespace saproxy::identity {

// Does `host` lie below `base`? DNS: the base itself and all below it. URI: with a leading dot all below it, without
// one exactly it.
[[nodiscard]] bool is_within(std::string_view host, const NameConstraint& constraint);

// True when every dNSName and URI of `leaf` keeps the constraints of every issuer. A URI without a host breaks any URI
// constraint.
[[nodiscard]] bool keeps_name_constraints(const Certificate& leaf, std::span<const Certificate> issuers);

// True when some issuer permits names of this kind by constraint: the leaf's host is then bounded, not merely
// unmentioned.
[[nodiscard]] bool is_bounded(NameConstraint::Kind kind, std::span<const Certificate> issuers);

}  // namespace saproxy::identity
