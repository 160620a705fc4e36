// AppRuleGroup: the rules that name one credential pattern. Mostly one; where there are many, App-ID and AE-ID-Stem are
// looked up, too, so that no look-up goes through them.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "identity/app_rules.h"

namespace saproxy::identity {

class AppRuleGroup {
 public:
  using Number = std::uint32_t;  // of a rule
  static constexpr Number kNone = ~Number{0};

  AppRuleGroup();
  ~AppRuleGroup();
  AppRuleGroup(AppRuleGroup&&) noexcept;
  AppRuleGroup& operator=(AppRuleGroup&&) noexcept;

  // In the order of their numbers; the same one twice is one.
  void add(Number rule);
  // After the last add(), before the first look-up. `rules` stay where they are. `room`: how many elements of lists may
  // still be written down; a group that needs more goes through its rules.
  void finish(const std::vector<AppRule>& rules, std::size_t& room);

  [[nodiscard]] Number first() const { return first_; }
  // The first one that covers both; kNone: none does.
  [[nodiscard]] Number find(const std::vector<AppRule>& rules, std::string_view app_id, const StemWish& wish) const;
  // What any of them allows.
  [[nodiscard]] StemList stems(const std::vector<AppRule>& rules) const;

 private:
  struct Index;
  struct Many;

  Number first_ = kNone;
  std::unique_ptr<Many> many_;  // none: one rule, as most groups are, and there may be a million of them
};

}  // namespace saproxy::identity
