// Decision: what the gate says of one request. Only Gate can make a Forward and upstream takes nothing else, so a way
// around the gate does not compile.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "identity/app_rules.h"
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
  // CREATE <AE> or <remoteCSE>: the registrar has to hear of it before it is sent and once it is answered.
  [[nodiscard]] bool registers() const { return registers_; }
  // The rule of the service provider that allows the registration; null: none was asked.
  [[nodiscard]] const identity::AppRule* app_rule() const { return app_rule_; }

 private:
  friend class Gate;
  Forward(std::string_view originator, std::string_view rule) : originator_(originator), rule_(rule) {}
  std::string_view originator_;
  std::string_view rule_;
  const identity::AppRule* app_rule_ = nullptr;
  bool registers_ = false;
};

struct Refuse {
  ResponseCode code;  // info(reason).code unless a setting names another
  Reason reason;
};

// A fact that must be there before the request can be judged: the content of a registration, which the binding
// collects, reads (policy/resource_content.h) and puts into the primitive; or rules that are still to come.
struct Need {
  enum class Fact { Content, AppRules };
  Fact fact;
};

using Decision = std::variant<Forward, Refuse, Need>;

}  // namespace saproxy::policy
