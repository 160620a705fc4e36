// AppRules: the <serviceSubscribedAppRule> resources that apply at this CSE, as one immutable value. Each rule is the
// full product credential × App-ID × AE-ID-Stem. They say who may register as what, and, as a source of identities,
// which stems a credential may have at all.
// Spec: TS-0001 9.6.29, 10.2.2.2; TS-0004 7.3.2.7
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "identity/app_rule.h"
#include "identity/credential_id.h"

namespace saproxy::identity {

struct AppRule {
  std::vector<Pattern> credentials;  // applicableCredIDs without "None"
  bool without_association = false;  // applicableCredIDs absent, or "None" (older releases)
  PatternList app_ids;               // allowedApp-IDs; empty matches nothing
  StemList stems;                    // allowedAEs; likewise
  std::string origin;                // "file:line" or the resource, for explain and logs
  bool operator==(const AppRule&) const = default;
};

// What an AE says it wants to be. Views live as long as the request.
struct StemWish {
  enum class Form { Stem, BareC, BareS, Absent };
  Form form = Form::Absent;
  std::string_view stem;  // Form::Stem
};

// Whatever the rules look like, a look-up does not go through them: see PatternIndex and AppRuleGroup.
class AppRules {
 public:
  AppRules();
  explicit AppRules(std::vector<AppRule> rules);
  ~AppRules();
  AppRules(const AppRules&) = delete;  // the index points into the rules
  AppRules& operator=(const AppRules&) = delete;

  [[nodiscard]] bool empty() const { return rules_.empty(); }
  [[nodiscard]] std::size_t size() const { return rules_.size(); }
  [[nodiscard]] const std::vector<AppRule>& all() const { return rules_; }
  // The first rule that covers all three; null: none does. Those that name the credential come before those that have a
  // wildcard for it. `credential_id` empty: no association; "*" does not stand for that.
  [[nodiscard]] const AppRule* find(std::string_view credential_id, std::string_view app_id,
                                    const StemWish& wish) const;
  // Every stem that some rule allows the credential, whatever the App-ID; empty: no rule names it.
  [[nodiscard]] StemList stems_of(std::string_view credential_id) const;

 private:
  struct Index;

  std::vector<AppRule> rules_;
  std::unique_ptr<const Index> index_;
};

// Could the wish be fulfilled by one of these patterns? From "S" by any that can match a stem beginning with 'S', "C"
// alike, absent by any.
[[nodiscard]] bool covers_wish(const StemList& stems, const StemWish& wish);

}  // namespace saproxy::identity
