#include "policy/cse_address.h"

#include <algorithm>

namespace saproxy::policy {
namespace {

using Kind = CseAddress::Kind;

// "-" stands for the CSEBase in every CSE.
bool names_base(std::string_view segment, const GateRules& rules) {
  return segment == "-" || (!rules.base_name.empty() && segment == rules.base_name);
}

}  // namespace

CseAddress view_address(std::string_view to, const GateRules& rules) {
  const CseAddress other{Kind::OtherCse, to};
  if (to.starts_with("//")) {
    const auto slash = std::min(to.find('/', 2), to.size());
    if (to.substr(2, slash - 2) != rules.sp.fqdn()) return other;
    to.remove_prefix(slash);
    if (to.empty()) return other;  // a service provider is no CSE
  }
  if (to.starts_with('/')) {
    const std::string& own = rules.cse.sp_relative();
    if (to == own) return {Kind::Base, {}};
    if (!to.starts_with(own) || to[own.size()] != '/') return other;
    to.remove_prefix(own.size() + 1);
  }
  const auto slash = to.find('/');
  if (!names_base(to.substr(0, slash), rules)) return {Kind::Inside, to};
  if (slash == to.npos) return {Kind::Base, {}};
  return {Kind::BelowBase, to.substr(slash + 1)};
}

}  // namespace saproxy::policy
