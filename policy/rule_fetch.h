// RuleFetch: how the application rules of this CSE are found, as questions and answers without any transport:
//
//   discover <serviceSubscribedNode> with our csi ─▶ each node found ─▶ its ruleLinks ─▶ each rule ─▶ rules
//     └ refused, or nothing found: read <m2mServiceSubscriptionProfile> with its children instead
//
//   while (fetch.question()) ask it, fetch.take(answer);
//
// One question at a time. Partial answers are followed from where they say they end.
// Spec: TS-0001 9.6.19, 9.6.20, 9.6.29, 10.2.2.2; TS-0004 7.3.2.7
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "identity/app_rules.h"
#include "identity/entity_id.h"
#include "identity/result.h"
#include "policy/cse_question.h"
#include "policy/gate_rules.h"
#include "policy/rule_content.h"

namespace saproxy::policy {

class RuleFetch {
 public:
  // `base`: address of the source's CSEBase.
  RuleFetch(const identity::CseId& cse, const identity::SpId& sp, std::string base, std::uint32_t max_rules);

  // What to ask next; null once there is a profile.
  [[nodiscard]] const CseQuestion* question() const { return question_ ? &*question_ : nullptr; }
  // The answer to it. An error ends the fetch: NotPermitted (the source refuses), OutOfRange (more than the bounds),
  // BadSyntax or Conflict (it lies).
  [[nodiscard]] identity::Result<void> take(const CseAnswer& answer);

  // Once there is no question left: Present, or Unavailable when no node names this CSE.
  [[nodiscard]] ServiceProfile take_profile();
  // Links to rules that are gone, and elements of rules that can match nothing.
  [[nodiscard]] std::size_t dangling() const { return dangling_; }
  [[nodiscard]] std::size_t useless() const { return useless_; }

 private:
  enum class Stage : std::uint8_t { Discovery, Nodes, Profiles, Children, Rules };

  [[nodiscard]] identity::Result<void> take_discovery(const CseAnswer& answer);
  [[nodiscard]] identity::Result<void> take_node(const CseAnswer& answer);
  [[nodiscard]] identity::Result<void> take_profiles(const CseAnswer& answer);
  [[nodiscard]] identity::Result<void> take_children(const CseAnswer& answer);
  [[nodiscard]] identity::Result<void> take_rule(const CseAnswer& answer);
  [[nodiscard]] identity::Result<void> consider(SubscribedNode node);
  [[nodiscard]] identity::Result<void> refused(const CseAnswer& answer) const;
  [[nodiscard]] identity::Result<void> end_of_nodes();
  std::size_t add_new(std::vector<std::string> addresses);
  void forget_addresses();
  [[nodiscard]] std::optional<std::uint64_t> rest_from(const CseAnswer& answer, std::size_t items);
  [[nodiscard]] identity::Result<void> ask_next(Stage stage);
  void ask(Stage stage, std::string to, std::uint64_t offset = 0);

  std::string cse_;           // "/cse1"
  std::string cse_absolute_;  // "//sp.example.com/cse1"
  std::string base_;
  std::uint32_t max_rules_;
  std::optional<CseQuestion> question_;
  std::vector<std::string> addresses_;     // of nodes, then of profiles, then of rules
  std::unordered_set<std::string> known_;  // the same
  std::size_t next_ = 0;                   // of addresses_
  std::optional<SubscribedNode> node_;     // the one that names this CSE
  std::vector<identity::AppRule> rules_;
  std::uint64_t offset_ = 0;       // that the present question asks from
  std::size_t content_bytes_ = 0;  // of all answers
  std::uint16_t refusal_ = 0;      // of the discovery or of a node; 0: none
  std::size_t dangling_ = 0;
  std::size_t useless_ = 0;
  Stage stage_ = Stage::Discovery;
  bool children_only_ = false;  // rcn 8 instead of 4
};

}  // namespace saproxy::policy
