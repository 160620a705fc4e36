#include "identity/app_rules.h"

#include <algorithm>
#include <unordered_set>

namespace saproxy::identity {
namespace {

bool any_matches(const std::vector<Pattern>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [text](const Pattern& pattern) { return pattern.matches(text); });
}

}  // namespace

// Spec: TS-0001 10.2.2.2 step 003
bool covers_wish(const StemList& stems, const StemWish& wish) {
  switch (wish.form) {
    case StemWish::Form::Stem: return stems.covers(wish.stem);
    case StemWish::Form::BareC: return stems.can_assign('C');
    case StemWish::Form::BareS: return stems.can_assign('S');
    case StemWish::Form::Absent: return stems.can_assign('C') || stems.can_assign('S');
  }
  return false;
}

AppRules::AppRules(std::vector<AppRule> rules) : rules_(std::move(rules)) {
  for (const AppRule& rule : rules_) {
    if (rule.without_association) without_association_.push_back(&rule);
    bool wild = false;
    for (const Pattern& credential : rule.credentials) {
      if (credential.is_concrete()) {
        by_credential_.emplace(credential.text(), &rule);
      } else {
        wild = true;
      }
    }
    if (wild) wild_.push_back(&rule);
  }
}

// True as soon as `visit` says so of a rule for this credential. "*" does not stand for "no association".
template <class Visit>
bool AppRules::any_for(std::string_view credential_id, Visit&& visit) const {
  if (credential_id.empty())
    return std::ranges::any_of(without_association_, [&](const AppRule* r) { return visit(*r); });
  const auto [begin, end] = by_credential_.equal_range(credential_id);
  for (auto it = begin; it != end; ++it)
    if (visit(*it->second)) return true;
  return std::ranges::any_of(
      wild_, [&](const AppRule* rule) { return any_matches(rule->credentials, credential_id) && visit(*rule); });
}

// Spec: TS-0001 9.6.29 (product of the three lists)
const AppRule* AppRules::find(std::string_view credential_id, std::string_view app_id, const StemWish& wish) const {
  const AppRule* found = nullptr;
  any_for(credential_id, [&](const AppRule& rule) {
    if (!any_matches(rule.app_ids, app_id) || !covers_wish(rule.stems, wish)) return false;
    found = &rule;
    return true;
  });
  return found;
}

StemList AppRules::stems_of(std::string_view credential_id) const {
  std::vector<const AppRule*> found;
  any_for(credential_id, [&](const AppRule& rule) {
    if (!rule.stems.empty() && std::ranges::find(found, &rule) == found.end()) found.push_back(&rule);
    return false;
  });
  if (found.size() == 1) return found.front()->stems;
  std::vector<Pattern> stems;
  std::unordered_set<std::string_view> seen;
  for (const AppRule* rule : found)
    for (const Pattern& stem : rule->stems.patterns())
      if (seen.insert(stem.text()).second) stems.push_back(stem);
  return StemList(std::move(stems));
}

}  // namespace saproxy::identity
