// RuleTransport: carries the questions of a fetch to whoever has the rules. Plain HTTP is one way, the security
// association to the registrar, with this side as entity A, another (egress/rule_transport.h).
#pragma once

#include <functional>

#include "identity/result.h"
#include "policy/rule_fetch.h"

namespace saproxy::proxy {

class RuleTransport {
 public:
  // What it is given lives during the call. It may destroy the transport, or ask again.
  using Answered = std::function<void(const identity::Result<policy::RuleAnswer>&)>;

  virtual ~RuleTransport() = default;
  // One question at a time. `answered` is called once, never from inside ask(): with an answer, or with Failed (nobody
  // answers) or BadSyntax (it is no oneM2M answer to this question).
  virtual void ask(const policy::RuleQuestion& question, Answered answered) = 0;
};

}  // namespace saproxy::proxy
