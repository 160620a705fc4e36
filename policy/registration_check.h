// What CREATE <AE> and CREATE <remoteCSE> ask beyond the request check, and which From the CSE gets to see.
// Spec: TS-0001 10.2.2.2, 10.2.2.7; TS-0004 7.3.2.7, 7.4.4.2.1, 7.4.5.2.1
#pragma once

#include <string_view>
#include <variant>

#include "policy/decision.h"
#include "policy/request_check.h"

namespace saproxy::policy {

// A request that passed: From for the CSE (empty: none), and the rule that let it through, in static storage.
struct Passed {
  std::string_view originator;
  std::string_view rule;
  bool registers = false;
  const identity::AppRule* app_rule = nullptr;  // that was asked
};
using Checked = std::variant<Passed, Reason, Need>;

// The request has passed the request check for its kind of peer.
[[nodiscard]] Checked check_ae_registration(const RequestCase& request, const identity::Association& association);
[[nodiscard]] Checked check_cse_registration(const RequestCase& request, const identity::Association& association);

}  // namespace saproxy::policy
