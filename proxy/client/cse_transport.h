// CseTransport: carries what saproxy itself asks to a CSE: that of the rule source, or our own. Plain HTTP is one way
// (cse_http.h), the security association to the registrar, with this side as entity A, another
// (egress/registrar_transport.h).
#pragma once

#include <functional>

#include "identity/result.h"
#include "policy/cse_question.h"

namespace saproxy::proxy {

class CseTransport {
 public:
  // What it is given lives during the call. It may destroy the transport, or ask again.
  using Answered = std::function<void(const identity::Result<policy::CseAnswer>&)>;

  virtual ~CseTransport() = default;
  // One question at a time. `answered` is called once, never from inside ask(): with an answer, or with Failed (nobody
  // answers) or BadSyntax (it is no oneM2M answer to this question).
  virtual void ask(const policy::CseQuestion& question, Answered answered) = 0;
};

}  // namespace saproxy::proxy
