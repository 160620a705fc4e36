// What a CSE answers about application rules, in JSON: addresses of resources, subscribed nodes, rules. The source may
// be broken or bought: sizes, counts and depth are bounded, a value of another type than the texts give is an error.
// Spec: TS-0001 9.6.19, 9.6.20, 9.6.29; TS-0004 7.4.29, 8.4
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "identity/app_rules.h"
#include "identity/result.h"

namespace saproxy::policy {

inline constexpr std::size_t kMaxRuleElements = 1000;  // of each list of a rule

// <serviceSubscribedNode>, as much of it as matters.
struct SubscribedNode {
  std::string cse_id;  // as written; empty: not the node of a CSE
  // Open: JSON writers leave empty lists out, so none is read as an empty one: no application may register.
  std::vector<std::string> rule_links;
};

// <serviceSubscribedAppRule>. An element that is no pattern matches nothing: it is left out and counted.
struct RuleContent {
  identity::AppRule rule;
  std::size_t useless = 0;
};

// The readers take any bytes. BadSyntax: no such content; OutOfRange: more than `most`, or than the bounds
// above.
// The answer to discovery, m2m:uril.
[[nodiscard]] identity::Result<std::vector<std::string>> read_addresses(std::string_view json, std::size_t most);
// Resource-IDs of every m2m:mssp in a resource with its children.
[[nodiscard]] identity::Result<std::vector<std::string>> read_profile_ids(std::string_view json, std::size_t most);
// Every m2m:svsn, alone or among the children of another resource.
[[nodiscard]] identity::Result<std::vector<SubscribedNode>> read_nodes(std::string_view json, std::size_t most,
                                                                       std::size_t most_links);
// The csi of a CSEBase, m2m:cb, as written.
[[nodiscard]] identity::Result<std::string> read_base_cse_id(std::string_view json);
// One m2m:asar; `address` becomes its origin.
[[nodiscard]] identity::Result<RuleContent> read_rule(std::string_view json, std::string_view address);

}  // namespace saproxy::policy
