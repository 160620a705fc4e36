// CseAddress: where an address leads, in one form, however this CSE and its CSEBase are called in it.
//
//   -/ae1   cse-in/ae1   /cse1/-/ae1   //sp.com/cse1/cse-in/ae1  ─▶  BelowBase "ae1"
//
// Spec: TS-0001 7.2 (CSE-relative, SP-relative and absolute resource identifiers, structured and not)
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/gate_rules.h"

namespace saproxy::policy {

struct CseAddress {
  enum class Kind : std::uint8_t {
    OtherCse,   // `rest` is the whole
    Base,       // the CSEBase, or the CSE itself
    BelowBase,  // `rest`: the structured address without the name of the CSEBase
    Inside,     // `rest`: any other CSE-relative one: a resource id, or a path from a name that may be the CSEBase's
  };
  Kind kind = Kind::Inside;
  std::string_view rest;  // a view of the address
};

[[nodiscard]] CseAddress view_address(std::string_view to, const GateRules& rules);

}  // namespace saproxy::policy
