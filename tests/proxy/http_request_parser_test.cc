#include <gtest/gtest.h>

#include <string>

#include "tests/proxy/http_request_corpus.h"
#include "tests/proxy/http_support.h"

namespace saproxy::proxy::http {
namespace {

constexpr ParseLimits kSmall{512, 8, 64};

class RequestCorpus : public testing::TestWithParam<RequestRow> {};

TEST_P(RequestCorpus, IsReadAsTheTableSays) {
  EXPECT_EQ(trace_request(GetParam().bytes, kWhole, kSmall), GetParam().events);
}

TEST_P(RequestCorpus, IsReadAlikeHoweverItIsCut) {
  for (const std::size_t piece : {1, 2, 3, 5, 7, 16, 61}) {
    EXPECT_EQ(trace_request(GetParam().bytes, piece, kSmall), GetParam().events) << "pieces of " << piece;
  }
}

TEST_P(RequestCorpus, IsReadAlikeWhenCutOnceAnywhere) {
  const std::string_view bytes = GetParam().bytes;
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    RequestParser parser(kSmall);
    EXPECT_EQ(trace(parser, bytes, cut, kWhole), GetParam().events) << "cut at " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(Http, RequestCorpus, testing::ValuesIn(kRequestRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(RequestParser, GivesTheHeadAsValues) {
  RequestParser parser(ParseLimits{});
  const std::string_view input =
      "POST /~/cse/a?rcn=1 HTTP/1.1\r\nHost: c\r\nX-M2M-Origin:  C1\t\r\nContent-Type: application/json;ty=2\r\n"
      "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}";
  const Event event = parser.feed(as_bytes(input));
  ASSERT_EQ(event.kind, Event::Kind::Head);
  EXPECT_EQ(event.consumed, input.size() - 2);
  const RequestHead& head = parser.head();
  EXPECT_EQ(head.method, Method::Post);
  EXPECT_EQ(head.target, "/~/cse/a?rcn=1");
  EXPECT_EQ(head.find("x-m2m-origin")->value, "C1");
  EXPECT_EQ(head.fields.size(), 5U);
  EXPECT_EQ(head.content_length, 2U);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.chunked);
  EXPECT_EQ(head.find("Accept"), nullptr);
}

TEST(RequestParser, DoesNotExpectContinueOfHttp10) {
  RequestParser parser(ParseLimits{});
  ASSERT_EQ(parser.feed(as_bytes("POST /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")).kind,
            Event::Kind::Head);
  EXPECT_FALSE(parser.head().expects_continue);
  EXPECT_FALSE(parser.head().keep_alive);
}

TEST(RequestParser, KeepsTheHeadUntilTheFeedAfterEnd) {
  RequestParser parser(ParseLimits{});
  std::string bytes = "GET /a HTTP/1.1\r\nHost: c\r\nX-A: value\r\n\r\n";
  ASSERT_EQ(parser.feed(as_bytes(bytes)).kind, Event::Kind::Head);
  bytes.assign(bytes.size(), '#');
  ASSERT_EQ(parser.feed({}).kind, Event::Kind::End);
  EXPECT_EQ(parser.head().find("X-A")->value, "value");
}

TEST(RequestParser, StaysInErrorForever) {
  RequestParser parser(ParseLimits{});
  ASSERT_EQ(parser.feed(as_bytes("GET /a HTTP/1.1\n")).error, ParseError::BareControl);
  EXPECT_EQ(parser.feed(as_bytes("GET /a HTTP/1.1\r\nHost: c\r\n\r\n")).error, ParseError::BareControl);
}

TEST(RequestParser, KnowsWhenNothingOfAMessageHasArrived) {
  RequestParser parser(ParseLimits{});
  EXPECT_TRUE(parser.at_message_start());
  (void)parser.feed(as_bytes("\r\n"));
  EXPECT_TRUE(parser.at_message_start());
  (void)parser.feed(as_bytes("G"));
  EXPECT_FALSE(parser.at_message_start());
  (void)parser.feed(as_bytes("ET /a HTTP/1.1\r\nHost: c\r\n\r\n"));
  EXPECT_FALSE(parser.at_message_start());
  (void)parser.feed({});
  EXPECT_TRUE(parser.at_message_start());
}

TEST(RequestParser, LendsItsStorageToOthersBetweenMessages) {
  RequestParser parser(ParseLimits{});
  EXPECT_EQ(trace(parser, "GET /a HTTP/1.1\r\nHost: c\r\nX-A: " + std::string(500, 'a') + "\r\n\r\n", kWhole),
            "H(GET /a) E ");
  parser.rest();
  EXPECT_TRUE(parser.head().storage.empty());
  EXPECT_TRUE(parser.at_message_start());
  RequestParser other(ParseLimits{.max_head_bytes = 100});
  EXPECT_EQ(trace(other, "GET /a HTTP/1.1\r\nHost: c\r\nX-A: " + std::string(100, 'a') + "\r\n\r\n", kWhole),
            "!head_too_large");
  EXPECT_EQ(trace(parser, "GET /b HTTP/1.1\r\nHost: c\r\n\r\n", kWhole), "H(GET /b) E ");
}

TEST(RequestParser, CountsEmptyLinesBeforeAMessageThoughItRests) {
  RequestParser parser(ParseLimits{});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(parser.feed(as_bytes("\r\n")).kind, Event::Kind::NeedMore);
    parser.rest();
  }
  EXPECT_EQ(parser.feed(as_bytes("\r\n")).kind, Event::Kind::Error);
}

TEST(RequestParser, StaysClosedAfterTheLastMessageThoughItRests) {
  RequestParser parser(ParseLimits{});
  EXPECT_EQ(trace(parser, "GET /a HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n", kWhole), "H(GET /a) E ");
  parser.rest();
  EXPECT_EQ(parser.feed(as_bytes("GET /b HTTP/1.1\r\nHost: c\r\n\r\n")).kind, Event::Kind::NeedMore);
}

TEST(RequestParser, DoesNotReleaseAHeadInUse) {
  RequestParser parser(ParseLimits{});
  ASSERT_EQ(parser.feed(as_bytes("GET /a HTTP/1.1\r\nHost: c\r\n\r\n")).kind, Event::Kind::Head);
  parser.rest();
  EXPECT_EQ(parser.head().target, "/a");
}

std::string head_of_size(std::size_t size) {
  std::string head = "GET /a HTTP/1.1\r\nHost: c\r\nX-A: ";
  head.append(size - head.size() - 4, 'a');
  return head + "\r\n\r\n";
}

TEST(RequestParser, TakesAHeadOfExactlyTheLimit) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, kWhole}) {
    EXPECT_EQ(trace_request(head_of_size(512), piece, kSmall), "H(GET /a) E ");
    EXPECT_EQ(trace_request(head_of_size(513), piece, kSmall), "!head_too_large");
    EXPECT_EQ(trace_request(head_of_size(5000), piece, kSmall), "!head_too_large");
    EXPECT_EQ(trace_request("GET /" + std::string(600, 'a'), piece, kSmall), "!head_too_large");
  }
}

TEST(RequestParser, CountsHeaders) {
  std::string head = "GET /a HTTP/1.1\r\nHost: c\r\n";
  for (int i = 0; i < 7; ++i) head += "X-" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(trace_request(head + "\r\n", kWhole, kSmall), "H(GET /a) E ");
  EXPECT_EQ(trace_request(head + "X-8: 1\r\n\r\n", kWhole, kSmall), "!too_many_headers");
}

TEST(RequestParser, ReadsABodyInAnyPieces) {
  const std::string body(64, 'z');
  const std::string chunked = "POST /a HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" +
                              body.substr(0, 32) + "\r\n20\r\n" + body.substr(0, 32) + "\r\n0\r\n\r\n";
  const std::string whole = "POST /a HTTP/1.1\r\nHost: c\r\nContent-Length: 64\r\n\r\n" + body;
  for (std::size_t piece = 1; piece < 100; ++piece) {
    EXPECT_EQ(trace_request(chunked, piece, kSmall), "H(POST /a) B(" + body + ") E ");
    EXPECT_EQ(trace_request(whole, piece, kSmall), "H(POST /a) B(" + body + ") E ");
  }
}

TEST(ParseError, HasTheStatusOfItsKind) {
  EXPECT_EQ(http_status_of(ParseError::BodyTooLarge), 413);
  EXPECT_EQ(http_status_of(ParseError::HeadTooLarge), 431);
  EXPECT_EQ(http_status_of(ParseError::TooManyHeaders), 431);
  EXPECT_EQ(http_status_of(ParseError::UnknownMethod), 501);
  EXPECT_EQ(http_status_of(ParseError::BadTransferEncoding), 501);
  EXPECT_EQ(http_status_of(ParseError::UnsupportedVersion), 505);
  EXPECT_EQ(http_status_of(ParseError::BothLengths), 400);
}

}  // namespace
}  // namespace saproxy::proxy::http
