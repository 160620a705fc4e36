// Whatever the CSE sends to the egress: what goes to the registree is one request that a strict server reads as it was
// meant, with nothing behind it. Whatever the registree answers: what goes to the CSE is one answer, with one
// X-M2M-RSC, one X-M2M-RI, and no identity header.
#include <algorithm>
#include <cstdint>
#include <string>

#include "policy/local_address.h"
#include "proxy/binding/http/syntax.h"
#include "proxy/egress/messages.h"
#include "tests/fuzz/require.h"
#include "tests/proxy/http_support.h"

using saproxy::fuzz::require;

namespace {

using namespace saproxy;
using namespace saproxy::proxy;
using namespace saproxy::proxy::http;

const policy::HeaderSettings kHeaders;

std::size_t count(const std::vector<Field>& fields, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [&](const Field& field) { return equals_fold(field.name, name); }));
}

void check_request(std::string_view input) {
  static const auto kLocal = *policy::LocalAddresses::make("http://127.0.0.1:7001");
  static const auto kPoint = *policy::PointOfAccess::parse("https://ae.example.com:8443/a");
  RequestParser parser({2048, 16, 4096, true});
  if (parser.feed(as_bytes(input)).kind != Event::Kind::Head) return;
  const auto local = kLocal.target_of(parser.head().target);
  if (!local || parser.head().method == Method::Other) return;
  const std::string path =
      local->rest.empty() || local->rest.starts_with('/') ? std::string(local->rest) : "/" + std::string(local->rest);
  const std::string made =
      egress_request(parser.head(), kPoint, {path, std::string(local->query), "body", "/cse1"}, kHeaders);
  RequestParser again({16'384, 64, 4096});
  std::size_t left = 1;
  static_cast<void>(trace(again, made, kWhole, kWhole, &left));
  require(left == 0);
  RequestParser head_only({16'384, 64, 4096});
  require(head_only.feed(as_bytes(made)).kind == Event::Kind::Head);
  const RequestHead& head = head_only.head();
  require(head.target.starts_with("/a") && head.content_length == 4u && !head.chunked);
  require(count(head.fields, "Host") == 1 && head.find("Host")->value == "ae.example.com:8443");
  require(count(head.fields, "X-M2M-Origin") <= 1 && head.find("X-M2M-SA-Entity") == nullptr);
}

void check_answer(std::string_view input) {
  ResponseParser parser({2048, 16, 4096});
  parser.expect(false);
  if (parser.feed(as_bytes(input)).kind != Event::Kind::Head) return;
  if (!why_no_answer(parser.head(), "ours").empty()) return;
  const std::string_view body = parser.head().no_body ? "" : "body";
  Output out;
  egress_answer(out, parser.head(), body, "ours", false, kHeaders);
  ResponseParser again({16'384, 64, 4096});
  again.expect(false);
  std::size_t left = 1;
  static_cast<void>(trace(again, as_text(out), kWhole, kWhole, &left));
  const ResponseHead& head = again.head();
  require(left == 0 && head.status == parser.head().status && head.response_code() != 0);
  require(count(head.fields, "X-M2M-RSC") == 1 && count(head.fields, "X-M2M-RI") == 1);
  require(head.find("X-M2M-RI")->value == "ours" && head.find("X-M2M-SA-Entity") == nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_request(input);
  check_answer(input);
  return 0;
}
