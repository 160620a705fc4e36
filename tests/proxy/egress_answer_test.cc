// The two messages of a call as they go over the wire, and which answers are none. Spec: TS-0009 6; RFC 9110 7.6;
// design invariants 2 and 3
#include "proxy/egress/messages.h"

#include <gtest/gtest.h>

#include "proxy/binding/http/parser.h"

namespace saproxy::proxy {
namespace {

using policy::PointOfAccess;

const policy::HeaderSettings kHeaders;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string for_point(const std::string& request, const char* point, std::string_view path, std::string_view query = "",
                      std::string_view body = "") {
  http::ParseLimits limits;
  limits.any_target = true;
  http::RequestParser parser(limits);
  EXPECT_EQ(parser.feed(bytes_of(request)).kind, http::Event::Kind::Head);
  return egress_request(parser.head(), *PointOfAccess::parse(point),
                        {std::string(path), std::string(query), std::string(body), {}}, kHeaders);
}

struct TargetRow {
  const char *name, *point, *path, *query, *expected;
};

class Targets : public ::testing::TestWithParam<TargetRow> {};

TEST_P(Targets, IsWhatThePointAndTheCseSay) {
  const auto& [name, point, path, query, expected] = GetParam();
  const std::string made = for_point("GET /r HTTP/1.1\r\nHost: x\r\n\r\n", point, path, query);
  EXPECT_EQ(made.substr(0, made.find("\r\n")), "GET " + std::string(expected) + " HTTP/1.1");
}

constexpr TargetRow kTargets[] = {
    {"Nothing", "https://ae.example.com", "", "", "/"},
    {"Slash", "https://ae.example.com", "/", "", "/"},
    {"Suffix", "https://ae.example.com", "/Cae", "", "/Cae"},
    {"Query", "https://ae.example.com", "", "a=b", "/?a=b"},
    {"Path", "https://ae.example.com/a", "", "", "/a"},
    {"PathAndSuffix", "https://ae.example.com/a", "/b", "", "/a/b"},
    {"PathWithSlash", "https://ae.example.com/a/", "/b", "c", "/a/b?c"},
    {"PathWithSlashAlone", "https://ae.example.com/a/", "", "", "/a/"},
    {"Root", "https://ae.example.com/", "/~/cse/a", "", "/~/cse/a"},
};
INSTANTIATE_TEST_SUITE_P(Egress, Targets, ::testing::ValuesIn(kTargets),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(EgressRequest, IsWrittenAnew) {
  EXPECT_EQ(for_point("POST /r HTTP/1.1\r\nhost: 127.0.0.1:1\r\nX-M2M-Origin:  /cse1 \r\nX-M2M-RI: 1\r\n"
                      "Content-Type: application/json\r\nContent-Length: 99\r\nConnection: keep-alive, X-Private\r\n"
                      "X-Private: a\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nExpect: 100-continue\r\n"
                      "Accept-Encoding: gzip\r\nX-M2M-SA-Entity: ae\r\nForwarded: for=a\r\n\r\n",
                      "https://[::1]:8443", "/a", "", "{}"),
            "POST /a HTTP/1.1\r\nHost: [::1]:8443\r\nX-M2M-Origin: /cse1\r\nX-M2M-RI: 1\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(EgressRequest, SaysItsLengthWhereItCouldHaveOne) {
  const auto length_in = [](const std::string& method) {
    const std::string made = for_point(method + " /r HTTP/1.1\r\nHost: x\r\n\r\n", "https://ae.example.com", "/a");
    return made.find("Content-Length: 0") != std::string::npos;
  };
  EXPECT_TRUE(length_in("POST"));
  EXPECT_TRUE(length_in("PUT"));
  EXPECT_FALSE(length_in("GET"));
  EXPECT_FALSE(length_in("DELETE"));
}

// What the CSE gets for the answer of a far end.
class Answer {
 public:
  explicit Answer(const std::string& bytes, std::string_view id = "ours") : parser_(http::ParseLimits{}) {
    parser_.expect(false);
    std::string_view rest = bytes;
    http::Event event;
    do {
      event = parser_.feed(bytes_of(rest));
      rest.remove_prefix(event.consumed);
      if (event.kind == http::Event::Kind::Body) body_.append(event.body.begin(), event.body.end());
    } while (event.kind == http::Event::Kind::Head || event.kind == http::Event::Kind::Body);
    EXPECT_EQ(event.kind, http::Event::Kind::End) << http::to_text(event.error);
    why_not = why_no_answer(parser_.head(), id);
    http::Output out;
    egress_answer(out, parser_.head(), body_, id, false, kHeaders);
    text = {out.begin(), out.end()};
  }
  std::string_view why_not;
  std::string text;

 private:
  http::ResponseParser parser_;
  std::string body_;
};

TEST(EgressAnswer, HasWhatTheCseWaitsFor) {
  EXPECT_EQ(Answer("HTTP/1.1 200 Fine\r\nX-M2M-RSC: 2004\r\nX-M2M-RI: ours\r\nContent-Type: application/json\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
                .text,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: 2\r\n"
            "X-M2M-RSC: 2004\r\nX-M2M-RI: ours\r\n\r\n{}");
}

TEST(EgressAnswer, TheIdentifierIsThatOfTheRequest) {
  EXPECT_EQ(Answer("HTTP/1.1 204 No Content\r\n\r\n").text,
            "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\nX-M2M-RSC: 2004\r\nX-M2M-RI: ours\r\n\r\n");
  EXPECT_EQ(Answer("HTTP/1.1 204 No Content\r\n\r\n", "").text,
            "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\nX-M2M-RSC: 2004\r\n\r\n");
}

TEST(EgressAnswer, HasNoneOfThemTwice) {
  const std::string text =
      Answer(
          "HTTP/1.1 200 OK\r\nx_m2m_rsc: 2001\r\nX-M2M.RI: theirs\r\nX-M2M-SA-Entity: cse\r\nContent-Length: 0\r\n\r\n")
          .text;
  EXPECT_EQ(
      text,
      "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\nX-M2M-RSC: 2000\r\nX-M2M-RI: ours\r\n\r\n");
}

struct CodeRow {
  const char* status;
  const char* code;
};
class Codes : public ::testing::TestWithParam<CodeRow> {};

TEST_P(Codes, FollowFromTheStatus) {
  for (const char* theirs : {"", "X-M2M-RSC: abc\r\n", "X-M2M-RSC: 20000\r\n", "X-M2M-RSC: 200\r\n"}) {
    const Answer answer("HTTP/1.1 " + std::string(GetParam().status) + "\r\n" + theirs + "Content-Length: 0\r\n\r\n");
    EXPECT_NE(answer.text.find("\r\nX-M2M-RSC: " + std::string(GetParam().code) + "\r\n"), std::string::npos)
        << answer.text;
    EXPECT_EQ(answer.text.find("X-M2M-RSC"), answer.text.rfind("X-M2M-RSC"));
  }
}

constexpr CodeRow kCodes[] = {{"200 OK", "2000"},        {"201 Created", "2001"},   {"202 Accepted", "1000"},
                              {"299 Odd", "2000"},       {"400 Bad", "4000"},       {"403 Forbidden", "4103"},
                              {"404 Not Found", "4004"}, {"405 Not So", "4005"},    {"418 Teapot", "4000"},
                              {"500 Oops", "5000"},      {"501 Not Built", "5001"}, {"503 Busy", "5000"}};
INSTANTIATE_TEST_SUITE_P(Egress, Codes, ::testing::ValuesIn(kCodes),
                         [](const auto& row) { return "Status" + std::string(row.param.status, 3); });

TEST(EgressAnswer, ARedirectIsNone) {
  for (const char* status : {"300", "301", "302", "303", "307", "308", "399"})
    EXPECT_NE(
        Answer("HTTP/1.1 " + std::string(status) + " Elsewhere\r\nLocation: http://a\r\nContent-Length: 0\r\n\r\n")
            .why_not,
        "");
  EXPECT_NE(Answer("HTTP/1.1 304 Not Modified\r\n\r\n").why_not, "");
  EXPECT_EQ(Answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").why_not, "");
}

TEST(EgressAnswer, AnotherIdentifierIsThatOfAnotherRequest) {
  EXPECT_NE(Answer("HTTP/1.1 200 OK\r\nX-M2M-RI: theirs\r\nContent-Length: 0\r\n\r\n").why_not, "");
  EXPECT_EQ(Answer("HTTP/1.1 200 OK\r\nX-M2M-RI: theirs\r\nContent-Length: 0\r\n\r\n", "").why_not, "");
  EXPECT_EQ(Answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").why_not, "");
}

}  // namespace
}  // namespace saproxy::proxy
