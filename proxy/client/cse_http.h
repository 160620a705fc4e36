// Questions to a CSE over plain HTTP: that of the rule source, or our own.
// Spec: TS-0009 6.2.2.1 (To), 6.2.2.2 (criteria)
#pragma once

#include <uv.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/config.h"
#include "proxy/client/cse_request.h"
#include "proxy/client/cse_transport.h"
#include "proxy/client/http_client.h"

namespace saproxy::proxy {

// What the head of an answer to the request `id` says; the content is left empty. BadSyntax: it is none.
[[nodiscard]] identity::Result<policy::CseAnswer> cse_answer(const http::ResponseHead& head, std::string_view id);

// What the source says of itself in every request; `host` as it is reached.
[[nodiscard]] CseRequestLines rule_request_lines(const policy::RuleSourceSettings& source,
                                                 const policy::CseSettings& cse, std::string host);
// The links to 100,000 rules fill some megabytes.
inline constexpr std::uint64_t kLargestCseAnswer = std::uint64_t{32} << 20;

class HttpCseTransport final : public CseTransport {
 public:
  HttpCseTransport(uv_loop_t* loop, const policy::RuleSourceSettings& source, const policy::CseSettings& cse);
  // Asks the CSE itself; `name` is how its request identifiers begin.
  HttpCseTransport(uv_loop_t* loop, const policy::CseSettings& cse, std::string name);
  void ask(const policy::CseQuestion& question, Answered answered) override;

 private:
  CseRequestLines lines_;
  std::string name_ = "saproxy-rules-";
  policy::Milliseconds timeout_;
  std::uint64_t asked_ = 0;
  LinkRoom room_;
  HttpClient client_;
};

}  // namespace saproxy::proxy
