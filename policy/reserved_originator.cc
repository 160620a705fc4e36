#include "policy/reserved_originator.h"

#include <algorithm>

#include "identity/domain_name.h"

namespace saproxy::policy {
namespace {

bool is_denied(const GateRules& rules, std::string_view text) {
  if (rules.denied_originators.covers(text)) return true;
  std::size_t start = 0;
  while (start < text.size()) {
    // A list separator as well: a CSE that splits a header value at commas would see each piece.
    const auto end = std::min(text.find_first_of("/,", start), text.size());
    if (rules.denied_originators.covers(text.substr(start, end - start))) return true;
    if (start > 0 && rules.denied_originators.covers(text.substr(start))) return true;
    start = end + 1;
  }
  return false;
}

// Without case although identifiers have it (TS-0004 6.2.3): no honest peer differs from us by that alone, and a CSE
// that folds must not be fooled.
bool names_own_cse(const GateRules& rules, const OriginatorView& from) {
  if (identity::equals_ignoring_case(from.text, rules.cse.name())) return true;
  if (!from.names_cse() || !identity::equals_ignoring_case(from.cse, rules.cse.sp_relative())) return false;
  return from.fqdn.empty() || from.fqdn == rules.sp.fqdn();
}

}  // namespace

std::optional<Reason> reserved_originator(const GateRules& rules, const OriginatorView& from) {
  if (is_denied(rules, from.text)) return Reason::DeniedOriginator;
  if (names_own_cse(rules, from)) return Reason::OwnCseId;
  return std::nullopt;
}

}  // namespace saproxy::policy
