#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/proxy/http_support.h"

namespace saproxy::proxy::http {
namespace {

using namespace std::string_view_literals;

struct ResponseRow {
  std::string_view name;
  std::string_view bytes;
  std::string_view events;  // with "C" where the connection was closed without an end before
  std::size_t left = 0;     // bytes that were not taken
};
void PrintTo(const ResponseRow& row, std::ostream* out) { *out << row.name; }

#define OK_200 "HTTP/1.1 200 OK\r\n"

constexpr ResponseRow kRows[] = {
    {"Length", OK_200 "Content-Length: 2\r\n\r\nhi"sv, "H(200) B(hi) E "},
    {"LengthZero", OK_200 "Content-Length: 0\r\n\r\n"sv, "H(200) E "},
    {"SurplusOfTinyIot", OK_200 "Connection: Close\r\nContent-Length: 2\r\n\r\nhi\r\n"sv, "H(200) B(hi) E ", 2},
    {"SurplusAnswer", OK_200 "Content-Length: 0\r\n\r\n" OK_200 ""sv, "H(200) E ", 17},
    {"UntilClose", OK_200 "\r\nhi there"sv, "H(200) B(hi there) C E "},
    {"UntilCloseEmpty", OK_200 "\r\n"sv, "H(200) C E "},
    {"DeleteOfTinyIot", "HTTP/1.1 200 OK\r\nConnection: Close\r\nX-M2M-RSC: 2002\r\n\r\n"sv, "H(200) C E "},
    {"Http10", "HTTP/1.0 200 OK\r\n\r\nhi"sv, "H(200) B(hi) C E "},
    {"Chunked", OK_200 "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"sv, "H(200) B(hi) E "},
    {"ChunkedUpperCase", OK_200 "Transfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"sv, "H(200) B(hi) E "},
    {"NoReason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"sv, "H(200) E "},
    {"NoReasonNoBlank", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"sv, "H(200) E "},
    {"UnderscoreInName", OK_200 "X_A: 1\r\nContent-Length: 0\r\n\r\n"sv, "H(200) E "},
    {"NoContent", "HTTP/1.1 204 No Content\r\n\r\n"sv, "H(204) E "},
    {"NoContentWithLength", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi"sv, "H(204) E ", 2},
    {"NotModifiedWithLength", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n"sv, "H(304) E "},
    {"Continue", "HTTP/1.1 100 Continue\r\n\r\n" OK_200 "Content-Length: 2\r\n\r\nhi"sv, "H(200) B(hi) E "},
    {"TwoInterim",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK_200 "Content-Length: 0\r\n\r\n"sv,
     "H(200) E "},
    {"Switching", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"sv,
     "!upgrade_not_allowed"},
    {"UpgradeOffered", OK_200 "Upgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nhi"sv,
     "H(200) B(hi) E "},
    {"ServerError", "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nhi"sv, "H(500) B(hi) E "},

    {"CutInHead", "HTTP/1.1 200 OK\r\nConte"sv, "C !unexpected_end"},
    {"NothingAtAll", ""sv, "C !unexpected_end"},
    {"CutInBody", OK_200 "Content-Length: 3\r\n\r\nhi"sv, "H(200) B(hi) C !unexpected_end"},
    {"CutInChunk", OK_200 "Transfer-Encoding: chunked\r\n\r\n3\r\nhi"sv, "H(200) B(hi) C !unexpected_end"},
    {"CutBeforeLastChunk", OK_200 "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"sv, "H(200) B(hi) C !unexpected_end"},
    {"CutInLastChunk", OK_200 "Transfer-Encoding: chunked\r\n\r\n0\r\n"sv, "H(200) C !unexpected_end"},

    {"NoStatusLine", "hello\r\n\r\n"sv, "!bad_status_line"},
    {"LeadingEmptyLine", "\r\n" OK_200 "\r\n"sv, "!bad_status_line"},
    {"ShortStatus", "HTTP/1.1 20 OK\r\n\r\n"sv, "!bad_status_line"},
    {"LongStatus", "HTTP/1.1 2000 OK\r\n\r\n"sv, "!bad_status_line"},
    {"StatusOutOfRange", "HTTP/1.1 600 OK\r\n\r\n"sv, "!bad_status_line"},
    {"StatusZero", "HTTP/1.1 000 OK\r\n\r\n"sv, "!bad_status_line"},
    {"StatusNoDigits", "HTTP/1.1 2x0 OK\r\n\r\n"sv, "!bad_status_line"},
    {"TwoBlanksBeforeStatus", "HTTP/1.1  200 OK\r\n\r\n"sv, "!bad_status_line"},
    {"OtherVersion", "HTTP/2.0 200 OK\r\n\r\n"sv, "!unsupported_version"},
    {"BareLf", "HTTP/1.1 200 OK\n\n"sv, "!bare_control"},
    {"BareCr", OK_200 "A: b\rC: d\r\n\r\n"sv, "!bare_control"},
    {"Nul", OK_200 "A: b\0\r\n\r\n"sv, "!bad_header_value"},
    {"Fold", OK_200 "A: b\r\n c\r\n\r\n"sv, "!obsolete_fold"},
    {"NoColon", OK_200 "A\r\n\r\n"sv, "!bad_header_name"},
    {"BlankBeforeColon", OK_200 "A : b\r\n\r\n"sv, "!bad_header_name"},
    {"TwoLengths", OK_200 "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi"sv, "!duplicate_header"},
    {"BothLengths", OK_200 "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "!both_lengths"},
    {"BadLength", OK_200 "Content-Length: 2x\r\n\r\nhi"sv, "!bad_length"},
    {"LengthList", OK_200 "Content-Length: 2, 2\r\n\r\nhi"sv, "!bad_length"},
    {"LengthOverLimit", OK_200 "Content-Length: 65\r\n\r\n"sv, "!body_too_large"},
    {"GzipEncoding", OK_200 "Transfer-Encoding: gzip, chunked\r\n\r\n"sv, "!bad_transfer_encoding"},
    {"EncodingWithHttp10", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv,
     "!bad_transfer_encoding"},
    {"BadChunk", OK_200 "Transfer-Encoding: chunked\r\n\r\nxx\r\n"sv, "H(200) !bad_chunk"},
    {"ChunkExtension", OK_200 "Transfer-Encoding: chunked\r\n\r\n2;a\r\nhi\r\n"sv, "H(200) !bad_chunk"},
    {"Trailer", OK_200 "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n"sv, "H(200) !trailers_not_allowed"},
    {"TwoResponseCodes", OK_200 "X-M2M-RSC: 2000\r\nX-M2M-RSC: 4103\r\nContent-Length: 0\r\n\r\n"sv,
     "!duplicate_header"},
};

constexpr ParseLimits kSmall{512, 8, 64};

std::string trace_response(std::string_view bytes, std::size_t piece, std::size_t* left) {
  ResponseParser parser(kSmall);
  parser.expect(false);
  std::string events = trace(parser, bytes, piece, piece, left);
  if (events.find('!') != std::string::npos || events.ends_with("E ")) return events;
  const Event event = parser.finish();
  events += "C ";
  return events + (event.kind == Event::Kind::End ? "E " : "!" + std::string(to_text(event.error)));
}

class ResponseCorpus : public testing::TestWithParam<ResponseRow> {};

TEST_P(ResponseCorpus, IsReadAsTheTableSaysHoweverItIsCut) {
  for (const std::size_t piece :
       {kWhole, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{31}}) {
    std::size_t left = 0;
    EXPECT_EQ(trace_response(GetParam().bytes, piece, &left), GetParam().events) << "pieces of " << piece;
    if (GetParam().events.ends_with("E ") && piece == kWhole) {
      EXPECT_EQ(left, GetParam().left);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Http, ResponseCorpus, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ResponseParser, ReadsNoBodyOfAnAnswerToHead) {
  ResponseParser parser(kSmall);
  parser.expect(true);
  EXPECT_EQ(trace(parser, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), "H(200) E ");
  EXPECT_TRUE(parser.head().no_body);
  EXPECT_EQ(parser.head().content_length, 5U);
}

TEST(ResponseParser, KeepsTheConnectionOnlyWhenTheLengthIsKnown) {
  const auto keeps = [](std::string_view bytes) {
    ResponseParser parser(kSmall);
    parser.expect(false);
    EXPECT_EQ(parser.feed(as_bytes(bytes)).kind, Event::Kind::Head);
    return parser.head().keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
}

TEST(ResponseParser, ReadsOneAnswerAfterTheOther) {
  ResponseParser parser(kSmall);
  for (int i = 0; i < 3; ++i) {
    parser.expect(false);
    EXPECT_EQ(trace(parser, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nhi", 5), "H(201) B(hi) E ");
  }
}

TEST(ResponseParser, GivesUpOnEndlessInterimAnswers) {
  ResponseParser parser(kSmall);
  parser.expect(false);
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(trace(parser, bytes), "!other");
}

TEST(ResponseParser, CutsABodyWithoutEndAtTheLimit) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{50}, kWhole}) {
    ResponseParser parser(kSmall);
    parser.expect(false);
    EXPECT_EQ(trace(parser, "HTTP/1.1 200 OK\r\n\r\n" + std::string(65, 'x'), piece),
              "H(200) B(" + std::string(64, 'x') + ") !body_too_large");
  }
}

TEST(ResponseParser, RefusesAHeadOverTheLimit) {
  ResponseParser parser(kSmall);
  parser.expect(false);
  EXPECT_EQ(trace(parser, "HTTP/1.1 200 OK\r\nA: " + std::string(600, 'x')), "!head_too_large");
}

struct CodeRow {
  std::string_view name;
  std::string_view fields;
  std::uint16_t code;
};
void PrintTo(const CodeRow& row, std::ostream* out) { *out << row.name; }

constexpr CodeRow kCodes[] = {
    {"Absent", "", 0},
    {"Created", "X-M2M-RSC: 2001\r\n", 2001},
    {"AnyCase", "x-m2m-rsc: 4105\r\n", 4105},
    {"Blanks", "X-M2M-RSC:  1000 \r\n", 1000},
    {"Largest", "X-M2M-RSC: 9999\r\n", 9999},
    {"SomethingAfterIt", "X-M2M-RSC: 2001x\r\n", 0},
    {"AnotherCodeAfterIt", "X-M2M-RSC: 2001, 4105\r\n", 0},
    {"FiveDigits", "X-M2M-RSC: 20010\r\n", 0},
    {"ThreeDigits", "X-M2M-RSC: 200\r\n", 0},
    {"LeadingZero", "X-M2M-RSC: 0200\r\n", 0},
    {"Zeros", "X-M2M-RSC: 0000\r\n", 0},
    {"Sign", "X-M2M-RSC: +200\r\n", 0},
    {"Fraction", "X-M2M-RSC: 20.1\r\n", 0},
    {"Word", "X-M2M-RSC: done\r\n", 0},
    {"Empty", "X-M2M-RSC:\r\n", 0},
};

// Spec: TS-0009 6.3.2 (X-M2M-RSC)
class ResponseCodeOfAnAnswer : public testing::TestWithParam<CodeRow> {};

TEST_P(ResponseCodeOfAnAnswer, IsRead) {
  ResponseParser parser(kSmall);
  parser.expect(false);
  const std::string bytes = OK_200 + std::string(GetParam().fields) + "Content-Length: 0\r\n\r\n";
  EXPECT_EQ(trace(parser, bytes), "H(200) E ");
  EXPECT_EQ(parser.head().response_code(), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(ResponseParser, ResponseCodeOfAnAnswer, testing::ValuesIn(kCodes),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace saproxy::proxy::http
