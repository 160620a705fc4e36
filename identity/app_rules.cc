#include "identity/app_rules.h"

#include <algorithm>

#include "identity/app_rule_group.h"
#include "identity/pattern_index.h"

namespace saproxy::identity {

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

struct AppRules::Index {
  explicit Index(const std::vector<AppRule>& rules);
  // The groups of wildcards that match, in the order of their first rules.
  [[nodiscard]] std::vector<const AppRuleGroup*> wild_groups(std::string_view credential_id) const;

  PatternIndex credentials;
  std::vector<AppRuleGroup> groups;  // by number of the credential
  AppRuleGroup without_association;
};

AppRules::Index::Index(const std::vector<AppRule>& rules) {
  std::size_t elements = 0;
  for (AppRuleGroup::Number number = 0; number < rules.size(); ++number) {
    const AppRule& rule = rules[number];
    if (rule.without_association) without_association.add(number);
    for (const Pattern& credential : rule.credentials) {
      const PatternIndex::Number group = credentials.add(credential);
      if (group == groups.size()) groups.emplace_back();
      groups[group].add(number);
    }
    elements += rule.credentials.size() + rule.app_ids.size() + rule.stems.size();
  }
  credentials.finish();
  groups.shrink_to_fit();
  // A rule of many credentials is in many groups: what is written down for it there must not outgrow the rules.
  std::size_t room = 4 * elements + 1'000'000;
  for (AppRuleGroup& group : groups) group.finish(rules, room);
  without_association.finish(rules, room);
}

std::vector<const AppRuleGroup*> AppRules::Index::wild_groups(std::string_view credential_id) const {
  std::vector<const AppRuleGroup*> found;
  credentials.any_wild(credential_id, [&](PatternIndex::Number number) {
    found.push_back(&groups[number]);
    return false;
  });
  std::ranges::sort(found, {}, &AppRuleGroup::first);
  return found;
}

AppRules::AppRules() : AppRules(std::vector<AppRule>()) {}
AppRules::AppRules(std::vector<AppRule> rules)
    : rules_(std::move(rules)), index_(std::make_unique<const Index>(rules_)) {}
AppRules::~AppRules() = default;

// Spec: TS-0001 9.6.29 (product of the three lists)
const AppRule* AppRules::find(std::string_view credential_id, std::string_view app_id, const StemWish& wish) const {
  constexpr auto kNone = AppRuleGroup::kNone;
  AppRuleGroup::Number best = kNone;
  if (credential_id.empty()) {
    best = index_->without_association.find(rules_, app_id, wish);
  } else {
    if (const auto named = index_->credentials.named(credential_id))
      best = index_->groups[*named].find(rules_, app_id, wish);
    if (best == kNone)
      for (const AppRuleGroup* group : index_->wild_groups(credential_id))
        if (group->first() < best) best = std::min(best, group->find(rules_, app_id, wish));
  }
  return best == kNone ? nullptr : &rules_[best];
}

StemList AppRules::stems_of(std::string_view credential_id) const {
  if (credential_id.empty()) return index_->without_association.stems(rules_);
  std::vector<StemList> lists;
  if (const auto named = index_->credentials.named(credential_id))
    lists.push_back(index_->groups[*named].stems(rules_));
  for (const AppRuleGroup* group : index_->wild_groups(credential_id)) lists.push_back(group->stems(rules_));
  return StemList::joined(std::move(lists));
}

}  // namespace saproxy::identity
