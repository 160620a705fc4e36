// In steady state a request and its answer cost no allocation.
#include <gtest/gtest.h>

#include <string>

#include "policy/answer_translation.h"
#include "proxy/binding/http/to_primitive.h"
#include "tests/proxy/http_support.h"
#include "tests/support/counted_new.h"

namespace saproxy::proxy::http {
namespace {

// Feeds all of it and counts the bytes of body.
template <class Parser>
std::size_t drain(Parser& parser, std::string_view input) {
  std::size_t body = 0;
  auto bytes = as_bytes(input);
  while (true) {
    const Event event = parser.feed(bytes);
    bytes = bytes.subspan(event.consumed);
    body += event.body.size();
    if (event.kind == Event::Kind::End || event.kind == Event::Kind::Error || event.kind == Event::Kind::NeedMore)
      return body;
  }
}

constexpr std::string_view kRequest =
    "POST /~/cse1/a?rcn=1 HTTP/1.1\r\nHost: c\r\nX-M2M-Origin: C1\r\nX-M2M-RI: r1\r\nX-M2M-RVI: 3\r\nAccept: "
    "application/json\r\n"
    "Content-Type: application/json;ty=4\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
constexpr std::string_view kResponse =
    "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-M2M-RSC: 2001\r\nX-M2M-RI: r1\r\nContent-Length: "
    "5\r\n\r\nhello";

TEST(SteadyState, AllocatesNothing) {
  RequestParser requests(ParseLimits{});
  ResponseParser responses(ParseLimits{});
  std::string scratch;
  Output out;
  std::size_t body = 0;
  const auto exchange = [&] {
    body += drain(requests, kRequest);
    const bool mapped = std::holds_alternative<policy::Primitive>(to_primitive(requests.head(), scratch));
    body += mapped && answer_serialisation(requests.head()) == policy::Serialisation::Json ? 0 : 1'000'000;
    responses.expect(false);
    body += drain(responses, kResponse);
    out.clear();
    write_response_head(out, responses.head(), {BodyFraming::Kind::Length, 5}, false);
    write_refusal(
        out,
        {.code = policy::ResponseCode::BadRequest, .status = {}, .text = "x", .request_id = {}, .release_version = {}});
  };
  exchange();
  const std::size_t before = test::allocations_of_this_thread();
  for (int i = 0; i < 100; ++i) exchange();
  EXPECT_EQ(test::allocations_of_this_thread(), before);
  EXPECT_EQ(body, 101U * 10U);
}

// With [egress] every answer is looked through for points of access.
TEST(SteadyState, AllocatesNothingForAnAnswerWithNothingToTranslate) {
  const policy::AnswerTranslation translation{*policy::LocalAddresses::make("http://127.0.0.1:7001"),
                                              [](std::string_view) { return std::nullopt; },
                                              {"http://127.0.0.1:8080"},
                                              {"https://cse1.sp.example.com"}};
  const std::string body = R"({"m2m:cin":{"rn":"4-1","ty":4,"ri":"4-1","con":")" + std::string(10'000, 'x') + "\"}}";
  const std::size_t before = test::allocations_of_this_thread();
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(policy::translated(policy::Serialisation::Json, translation, body).has_value());
  EXPECT_EQ(test::allocations_of_this_thread(), before);
}

}  // namespace
}  // namespace saproxy::proxy::http
