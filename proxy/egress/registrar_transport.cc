#include "proxy/egress/registrar_transport.h"

#include <utility>

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::Result;

namespace {

Result<policy::CseAnswer> read(const Egress::Answer& answer, const std::string& id) {
  if (!answer.head) return identity::fail(ErrorCode::Failed, answer.body);
  Result<policy::CseAnswer> read = cse_answer(*answer.head, id);
  if (read) read->content = answer.body;
  return read;
}

}  // namespace

RegistrarTransport::RegistrarTransport(Egress* egress, const policy::RuleSourceSettings& source,
                                       const policy::CseSettings& cse, Errand errand)
    : egress_(egress),
      lines_(rule_request_lines(source, cse, "")),
      timeout_(source.timeout),
      errand_(std::move(errand)) {}
RegistrarTransport::~RegistrarTransport() = default;

void RegistrarTransport::ask(const policy::CseQuestion& question, Answered answered) {
  asked_ = std::make_shared<Asked>(Asked{"saproxy-rules-" + std::to_string(++number_), std::move(answered)});
  const auto tell = [waiting = std::weak_ptr(asked_), errand = errand_](Egress::Answer answer) {
    errand([waiting, answer = std::move(answer)] {
      const std::shared_ptr<Asked> asked = waiting.lock();
      if (!asked || !asked->answered) return;  // given up, or another question
      const Answered told = std::exchange(asked->answered, nullptr);
      told(read(answer, asked->id));
    });
  };
  if (egress_ == nullptr) return tell({std::nullopt, "there is no [registrar] yet; it takes a restart"});
  const auto request_for = [question, lines = lines_, id = asked_->id](const policy::PointOfAccess& registrar) {
    CseRequestLines with_host = lines;
    with_host.host = registrar.authority();
    return cse_request("GET", question, with_host, id);
  };
  egress_->ask_registrar(request_for, timeout_, tell);
}

}  // namespace saproxy::proxy
