// Decision: what the gate says of one request. Only Gate can make a Forward and upstream takes nothing else, so a way
// around the gate does not compile.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "policy/primitive.h"
#include "policy/reason.h"

namespace saproxy::policy {

// Permission to send one request to the CSE.
class Forward {
 public:
  // From as the CSE shall see it; empty: send none. Lives as long as the association and the primitive it was judged
  // from.
  [[nodiscard]] std::string_view originator() const { return originator_; }
  // Which rule let it through, for `explain`: "TS-0004 7.3.2.1 rule 3: ..."; static storage.
  [[nodiscard]] std::string_view rule() const { return rule_; }

 private:
  friend class Gate;
  Forward(std::string_view originator, std::string_view rule) : originator_(originator), rule_(rule) {}
  std::string_view originator_;
  std::string_view rule_;
};

struct Refuse {
  ResponseCode code;  // info(reason).code unless a setting names another
  Reason reason;
};

// A fact that must be fetched before the request can be judged again (rules of the IN-CSE, an assigned AE-ID). No
// source of this version needs one; the seam is here so that asynchronous sources fit in.
struct Need {
  enum class Fact { AppRules, AssignedAeId };
  Fact fact;
};

using Decision = std::variant<Forward, Refuse, Need>;

}  // namespace saproxy::policy
