// The questions of a fetch over plain HTTP.
// Spec: TS-0009 6.2.2.1 (To), 6.2.2.2 (criteria)
#pragma once

#include <uv.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/config.h"
#include "proxy/client/cse_request.h"
#include "proxy/client/http_client.h"
#include "proxy/client/rule_transport.h"

namespace saproxy::proxy {

using RuleRequestLines = CseRequestLines;

// The request as it goes out; `id` is its X-M2M-RI.
[[nodiscard]] std::string rule_request(const policy::RuleQuestion& question, const RuleRequestLines& lines,
                                       std::string_view id);
// What the head of an answer to the request `id` says; the content is left empty. BadSyntax: it is none.
[[nodiscard]] identity::Result<policy::RuleAnswer> rule_answer(const http::ResponseHead& head, std::string_view id);

// What the source says of itself in every request; `host` as it is reached.
[[nodiscard]] RuleRequestLines rule_request_lines(const policy::RuleSourceSettings& source,
                                                  const policy::CseSettings& cse, std::string host);
// The links to 100,000 rules fill some megabytes.
inline constexpr std::uint64_t kLargestRuleAnswer = std::uint64_t{32} << 20;

class HttpRuleTransport final : public RuleTransport {
 public:
  HttpRuleTransport(uv_loop_t* loop, const policy::RuleSourceSettings& source, const policy::CseSettings& cse);
  // Asks the CSE itself; `name` is how its request identifiers begin.
  HttpRuleTransport(uv_loop_t* loop, const policy::CseSettings& cse, std::string name);
  void ask(const policy::RuleQuestion& question, Answered answered) override;

 private:
  RuleRequestLines lines_;
  std::string name_ = "saproxy-rules-";
  policy::Milliseconds timeout_;
  std::uint64_t asked_ = 0;
  LinkRoom room_;
  HttpClient client_;
};

}  // namespace saproxy::proxy
