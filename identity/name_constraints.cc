#include "identity/name_constraints.h"

#include <algorithm>
#include <optional>
#include <string>

#include "identity/certificate_name.h"
#include "identity/domain_name.h"

namespace saproxy::identity {
namespace {

bool is_below(std::string_view host, std::string_view parent) {
  return host.size() > parent.size() + 1 && host[host.size() - parent.size() - 1] == '.' &&
         equals_ignoring_case(host.substr(host.size() - parent.size()), parent);
}

// Nothing is a host that no reader would agree on; it is inside no permitted tree and inside every excluded one.
bool keeps(std::optional<std::string_view> host, NameConstraint::Kind kind, const Certificate& issuer) {
  bool has_permitted = false, inside_permitted = false;
  for (const NameConstraint& constraint : issuer.name_constraints) {
    if (constraint.kind != kind) continue;
    if (!constraint.permitted) {
      if (!host || is_within(*host, constraint)) return false;
      continue;
    }
    has_permitted = true;
    inside_permitted = inside_permitted || (host && is_within(*host, constraint));
  }
  return !has_permitted || inside_permitted;
}

std::optional<std::string_view> host_of(const AltName& alt) {
  if (alt.kind == AltName::Kind::Uri) return host_of_uri(alt.text());
  return alt.text();
}

}  // namespace

bool is_within(std::string_view host, const NameConstraint& constraint) {
  std::string_view base = constraint.base;
  // An empty excluded base is the usual way to forbid a kind altogether; an empty permitted one gives nothing away for
  // URIs.
  if (base.empty()) return !constraint.permitted || constraint.kind == NameConstraint::Kind::Dns;
  const bool dotted = base.front() == '.';
  if (dotted) base.remove_prefix(1);
  // What we cannot read permits nothing and excludes everything.
  if (!is_domain_name(base)) return !constraint.permitted;
  if (is_below(host, base)) return dotted || constraint.kind == NameConstraint::Kind::Dns;
  return equals_ignoring_case(host, base) &&
         (!dotted || (constraint.kind == NameConstraint::Kind::Dns && !constraint.permitted));
}

bool keeps_name_constraints(const Certificate& leaf, std::span<const Certificate> issuers) {
  for (const AltName& alt : leaf.alt_names) {
    if (alt.kind != AltName::Kind::Dns && alt.kind != AltName::Kind::Uri) continue;
    const auto kind = alt.kind == AltName::Kind::Dns ? NameConstraint::Kind::Dns : NameConstraint::Kind::Uri;
    const auto host = host_of(alt);
    if (!std::all_of(issuers.begin(), issuers.end(),
                     [&](const Certificate& issuer) { return keeps(host, kind, issuer); }))
      return false;
  }
  return true;
}

bool is_bounded(NameConstraint::Kind kind, std::span<const Certificate> issuers) {
  for (const Certificate& issuer : issuers)
    for (const NameConstraint& constraint : issuer.name_constraints)
      if (constraint.kind == kind && constraint.permitted) return true;
  return false;
}

}  // namespace saproxy::identity
