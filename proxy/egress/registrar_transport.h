// Rules over the security association to our registrar, with this side as entity A.
// Spec: TS-0003 8.2.1; TS-0004 7.3.2.7 ("RETRIEVE at the IN-CSE")
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "policy/config.h"
#include "proxy/client/cse_http.h"
#include "proxy/client/cse_transport.h"
#include "proxy/egress/egress.h"

namespace saproxy::proxy {

class RegistrarTransport final : public CseTransport {
 public:
  // Does work on the thread of this transport; from any thread.
  using Errand = std::function<void(std::function<void()>)>;

  // `egress` outlives it; null: there is none, and every question fails.
  RegistrarTransport(Egress* egress, const policy::RuleSourceSettings& source, const policy::CseSettings& cse,
                     Errand errand);
  ~RegistrarTransport() override;
  RegistrarTransport(const RegistrarTransport&) = delete;
  RegistrarTransport& operator=(const RegistrarTransport&) = delete;
  void ask(const policy::CseQuestion& question, Answered answered) override;

 private:
  // What an answer finds, if the transport is still there.
  struct Asked {
    std::string id;
    Answered answered;
  };

  Egress* egress_;
  CseRequestLines lines_;
  policy::Milliseconds timeout_;
  Errand errand_;
  std::uint64_t number_ = 0;
  std::shared_ptr<Asked> asked_;  // of the present question
};

}  // namespace saproxy::proxy
