#include "identity/app_rule_group.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "identity/pattern_index.h"

namespace saproxy::identity {
namespace {

using Number = AppRuleGroup::Number;

constexpr std::size_t kFew = 8;    // rules that are looked at one by one
constexpr std::size_t kWide = 64;  // above so many pairs of App-ID and stem, those of a rule are not written down

bool is_wide(const AppRule& rule) { return rule.app_ids.size() * rule.stems.size() > kWide; }

// What any of these rules allows, each once.
StemList union_of(const std::vector<AppRule>& rules, const std::vector<Number>& which) {
  std::vector<Pattern> stems;
  std::unordered_set<std::string_view> seen;
  for (const Number number : which) {
    rules[number].stems.any_pattern([&](const Pattern& pattern) {
      if (seen.insert(pattern.text()).second) stems.push_back(pattern);
      return false;
    });
  }
  return StemList(std::move(stems));
}

}  // namespace

// Patterns of App-IDs and of stems have numbers; a pair of them knows the first rule that has both.
struct AppRuleGroup::Index {
  void add(Number number, const AppRule& rule);
  [[nodiscard]] Number with_stem(const std::vector<AppRule>& rules, std::string_view app_id,
                                 std::string_view stem) const;
  [[nodiscard]] Number with_letter(std::string_view app_id, const StemWish& wish) const;

  static std::uint64_t pair_of(PatternIndex::Number stem, PatternIndex::Number app_id) {
    return std::uint64_t{stem} << 32U | app_id;
  }

  PatternIndex app_ids;
  PatternIndex stems;
  std::unordered_map<std::uint64_t, Number> pairs;
  std::unordered_map<PatternIndex::Number, std::vector<Number>> wide;  // by stem: rules of long lists
  std::vector<std::array<Number, 2>> assigning;  // by App-ID: the first that can assign a stem with C, with S
};

struct AppRuleGroup::Many {
  std::vector<Number> rules;
  std::unique_ptr<Index> index;  // none: few
  StemList stems;                // of all of them, with the index
};

void AppRuleGroup::Index::add(Number number, const AppRule& rule) {
  std::vector<PatternIndex::Number> ids;
  rule.app_ids.any_pattern([&](const Pattern& pattern) {
    ids.push_back(app_ids.add(pattern));
    return false;
  });
  assigning.resize(app_ids.size(), {kNone, kNone});
  for (const PatternIndex::Number id : ids) {
    if (rule.stems.can_assign('C')) assigning[id][0] = std::min(assigning[id][0], number);
    if (rule.stems.can_assign('S')) assigning[id][1] = std::min(assigning[id][1], number);
  }
  const bool written_down = !is_wide(rule);
  rule.stems.any_pattern([&](const Pattern& pattern) {
    const PatternIndex::Number stem = stems.add(pattern);
    if (!written_down) wide[stem].push_back(number);
    for (const PatternIndex::Number id : ids)
      if (written_down) pairs.try_emplace(pair_of(stem, id), number);  // the first stays
    return false;
  });
}

Number AppRuleGroup::Index::with_stem(const std::vector<AppRule>& rules, std::string_view app_id,
                                      std::string_view stem) const {
  std::vector<PatternIndex::Number> ids;
  app_ids.any(app_id, [&ids](PatternIndex::Number id) {
    ids.push_back(id);
    return false;
  });
  Number best = kNone;
  if (ids.empty()) return best;
  stems.any(stem, [&](PatternIndex::Number number) {
    for (const PatternIndex::Number id : ids)
      if (const auto pair = pairs.find(pair_of(number, id)); pair != pairs.end()) best = std::min(best, pair->second);
    if (const auto found = wide.find(number); found != wide.end()) {
      const auto first = std::ranges::find_if(
          found->second, [&](Number rule) { return rule >= best || rules[rule].app_ids.covers(app_id); });
      if (first != found->second.end()) best = std::min(best, *first);
    }
    return false;
  });
  return best;
}

Number AppRuleGroup::Index::with_letter(std::string_view app_id, const StemWish& wish) const {
  Number best = kNone;
  app_ids.any(app_id, [&](PatternIndex::Number id) {
    if (wish.form != StemWish::Form::BareS) best = std::min(best, assigning[id][0]);
    if (wish.form != StemWish::Form::BareC) best = std::min(best, assigning[id][1]);
    return false;
  });
  return best;
}

AppRuleGroup::AppRuleGroup() = default;
AppRuleGroup::~AppRuleGroup() = default;
AppRuleGroup::AppRuleGroup(AppRuleGroup&&) noexcept = default;
AppRuleGroup& AppRuleGroup::operator=(AppRuleGroup&&) noexcept = default;

void AppRuleGroup::add(Number rule) {
  if (first_ == kNone) {
    first_ = rule;
    return;
  }
  if (!many_ && rule == first_) return;
  if (!many_) many_ = std::make_unique<Many>(Many{{first_}, nullptr, {}});
  if (many_->rules.back() != rule) many_->rules.push_back(rule);
}

void AppRuleGroup::finish(const std::vector<AppRule>& rules, std::size_t& room) {
  if (!many_) return;
  many_->rules.shrink_to_fit();
  std::size_t cost = 0;
  for (const Number number : many_->rules) {
    const AppRule& rule = rules[number];
    cost += rule.app_ids.size() + 2 * rule.stems.size() + (is_wide(rule) ? 0 : rule.app_ids.size() * rule.stems.size());
  }
  if (many_->rules.size() <= kFew || cost > room) return;
  room -= cost;
  many_->stems = union_of(rules, many_->rules);
  many_->index = std::make_unique<Index>();
  for (const Number number : many_->rules) many_->index->add(number, rules[number]);
  many_->index->app_ids.finish();
  many_->index->stems.finish();
}

Number AppRuleGroup::find(const std::vector<AppRule>& rules, std::string_view app_id, const StemWish& wish) const {
  const auto covers = [&](Number number) {
    return rules[number].app_ids.covers(app_id) && covers_wish(rules[number].stems, wish);
  };
  if (first_ == kNone) return kNone;
  if (!many_) return covers(first_) ? first_ : kNone;
  if (many_->index)
    return wish.form == StemWish::Form::Stem ? many_->index->with_stem(rules, app_id, wish.stem)
                                             : many_->index->with_letter(app_id, wish);
  const auto found = std::ranges::find_if(many_->rules, covers);
  return found == many_->rules.end() ? kNone : *found;
}

StemList AppRuleGroup::stems(const std::vector<AppRule>& rules) const {
  if (first_ == kNone) return {};
  if (!many_) return rules[first_].stems;
  return many_->index ? many_->stems : union_of(rules, many_->rules);
}

}  // namespace saproxy::identity
