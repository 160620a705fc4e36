#include "proxy/client/cse_http.h"

#include <charconv>
#include <utility>

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr std::string_view kPartial = "1";  // PARTIAL_CONTENT

Result<std::uint64_t> number_of(const http::Field& field) {
  std::uint64_t number = 0;
  const char* const end = field.value.data() + field.value.size();
  const auto [stop, error] = std::from_chars(field.value.data(), end, number);
  if (error != std::errc{} || stop != end)
    return fail(ErrorCode::BadSyntax, std::string(field.name) + " of the answer is no number");
  return number;
}

ClientLimits limits_of(policy::Milliseconds timeout) {
  ClientLimits limits{.connect = timeout, .handshake = timeout};
  limits.answer.max_body = kLargestCseAnswer;
  return limits;
}

tl::unexpected<identity::Error> failed(const ClientError& error) {
  return fail(error.kind == ClientError::Kind::BadAnswer ? ErrorCode::BadSyntax : ErrorCode::Failed, error.detail);
}

std::string host_of(const policy::RuleSourceSettings& source) { return source.address.http_host(); }

}  // namespace

CseRequestLines rule_request_lines(const policy::RuleSourceSettings& source, const policy::CseSettings& cse,
                                   std::string host) {
  return {std::move(host), source.originator.empty() ? cse.id.sp_relative() : source.originator, cse.release_version};
}

Result<policy::CseAnswer> cse_answer(const http::ResponseHead& head, std::string_view id) {
  policy::CseAnswer answer;
  answer.code = head.response_code();
  if (answer.code == 0)
    return fail(ErrorCode::BadSyntax, "HTTP " + std::to_string(head.status) + " without X-M2M-RSC is no oneM2M answer");
  // Some leave it out; another one belongs to another request.
  if (const http::Field* ri = head.find("X-M2M-RI"); ri != nullptr && ri->value != id)
    return fail(ErrorCode::BadSyntax, "the answer has the X-M2M-RI of another request");
  if (const http::Field* status = head.find("X-M2M-CTS")) answer.partial = status->value == kPartial;
  if (const http::Field* offset = head.find("X-M2M-CTO")) {
    SAPROXY_TRY(answer.offset, number_of(*offset));
  }
  return answer;
}

HttpCseTransport::HttpCseTransport(uv_loop_t* loop, const policy::RuleSourceSettings& source,
                                   const policy::CseSettings& cse)
    : lines_(rule_request_lines(source, cse, host_of(source))),
      timeout_(source.timeout),
      room_(loop),
      client_(room_, *link_address(source.address), limits_of(source.timeout)) {}

HttpCseTransport::HttpCseTransport(uv_loop_t* loop, const policy::CseSettings& cse, std::string name)
    : lines_(cse_request_lines(cse, "")),
      name_(std::move(name)),
      timeout_(cse.response_timeout),
      room_(loop),
      client_(room_, *link_address(cse.address), limits_of(cse.response_timeout)) {}

void HttpCseTransport::ask(const policy::CseQuestion& question, Answered answered) {
  std::string id = name_ + std::to_string(++asked_);
  std::string request = cse_request("GET", question, lines_, id);
  client_.ask(std::move(request), timeout_,
              [id = std::move(id), answered = std::move(answered)](const Result<ClientAnswer, ClientError>& whole) {
                if (!whole) return answered(failed(whole.error()));
                Result<policy::CseAnswer> answer = cse_answer(whole->head, id);
                if (answer) answer->content = whole->body;
                answered(answer);
              });
}

}  // namespace saproxy::proxy
