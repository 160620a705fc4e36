// Spec: TS-0009 6.2.2.3, TS-0004 6.3.4.2.1, 7.2.1
#include "proxy/binding/http/to_primitive.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/proxy/http_support.h"

namespace saproxy::proxy::http {
namespace {

using policy::Operation;
using policy::Primitive;
using policy::Serialisation;
using namespace std::string_view_literals;

// "create to=a ty=2 rcn=1 fc from=C1 ..." or "!bad_target".
std::string describe(const std::variant<Primitive, MappingError>& mapped) {
  if (const auto* error = std::get_if<MappingError>(&mapped)) return "!" + std::string(to_text(*error));
  const auto& p = std::get<Primitive>(mapped);
  std::string out = std::string(policy::to_text(p.operation)) + " " + std::string(p.to);
  if (p.resource_type.present()) out += " ty=" + std::to_string(p.resource_type.value);
  if (p.result_content.present()) out += " rcn=" + std::to_string(p.result_content.value);
  if (p.has_filter_criteria) out += " fc";
  if (p.from) out += " from=" + std::string(*p.from);
  if (p.request_id) out += " ri=" + std::string(*p.request_id);
  if (p.release_version) out += " rvi=" + std::string(*p.release_version);
  if (p.request_expiration) out += " ret=" + std::string(*p.request_expiration);
  if (!p.content_type.empty()) out += " ct=" + std::string(p.content_type);
  if (p.has_content) out += " content=" + std::to_string(p.content_length);
  return out;
}

std::string map(std::string_view line, std::string_view fields) {
  RequestParser parser(ParseLimits{});
  const std::string bytes = std::string(line) + " HTTP/1.1\r\nHost: c\r\n" + std::string(fields) + "\r\n";
  const Event event = parser.feed(as_bytes(bytes));
  if (event.kind != Event::Kind::Head) return "?" + std::string(to_text(event.error));
  std::string scratch;
  return describe(to_primitive(parser.head(), scratch));
}

struct Row {
  std::string_view name;
  std::string_view line;    // method and target
  std::string_view fields;  // header lines
  std::string_view primitive;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

constexpr std::string_view kJson2 = "Content-Type: application/json;ty=2\r\nContent-Length: 2\r\n";

constexpr Row kRows[] = {
    // Operations (TS-0009 6.2.1)
    {"Retrieve", "GET /cse/a", "", "retrieve cse/a"},
    {"Update", "PUT /a", "Content-Type: application/json\r\nContent-Length: 2\r\n",
     "update a ct=application/json content=2"},
    {"Delete", "DELETE /a", "", "delete a"},
    {"Create", "POST /cse", kJson2, "create cse ty=2 ct=application/json content=2"},
    {"Notify", "POST /a", "Content-Type: application/json\r\nContent-Length: 2\r\n",
     "notify a ct=application/json content=2"},
    {"NotifyWithoutType", "POST /a", "", "notify a"},
    {"Head", "HEAD /a", "", "!method_not_allowed"},
    {"Options", "OPTIONS /a", "", "!method_not_allowed"},
    {"Patch", "PATCH /a", "", "!method_not_allowed"},
    {"Trace", "TRACE /a", "", "!method_not_allowed"},
    {"GetWithContent", "GET /a", "Content-Length: 1\r\n", "!content_not_allowed"},
    {"GetWithChunks", "GET /a", "Transfer-Encoding: chunked\r\n", "!content_not_allowed"},
    {"GetWithLengthZero", "GET /a", "Content-Length: 0\r\n", "retrieve a"},
    {"DeleteWithContent", "DELETE /a", "Content-Length: 1\r\n", "!content_not_allowed"},
    {"ChunkedContent", "PUT /a", "Transfer-Encoding: chunked\r\n", "update a content=0"},

    // To (TS-0009 6.2.2.1)
    {"SpRelative", "GET /~/cse1/a", "", "retrieve /cse1/a"},
    {"SpRelativeCse", "GET /~/cse1", "", "retrieve /cse1"},
    {"Absolute", "GET /_/sp.example.com/cse1/a", "", "retrieve //sp.example.com/cse1/a"},
    {"AbsoluteCse", "GET /_/sp/cse1", "", "retrieve //sp/cse1"},
    {"HybridDash", "GET /-/a/la", "", "retrieve -/a/la"},
    {"EscapedTilde", "GET /%7e/cse1/a", "", "retrieve /cse1/a"},
    {"EscapedUnreserved", "GET /%63se/%61", "", "retrieve cse/a"},
    {"EscapedBlank", "GET /a%20b", "", "retrieve a b"},
    {"Utf8", "GET /%C3%A9", "", "retrieve \xc3\xa9"},
    {"ThreeDots", "GET /a/...", "", "retrieve a/..."},
    {"DotsInName", "GET /a/..b", "", "retrieve a/..b"},
    {"SubDelimiters", "GET /a!$&'()*+,=:@", "", "retrieve a!$&'()*+,=:@"},
    {"Root", "GET /", "", "!bad_target"},
    {"TildeAlone", "GET /~", "", "!bad_target"},
    {"TildeSlash", "GET /~/", "", "!bad_target"},
    {"UnderscoreAlone", "GET /_", "", "!bad_target"},
    {"SpAlone", "GET /_/sp", "", "!bad_target"},
    {"SpSlash", "GET /_/sp/", "", "!bad_target"},
    {"DoubleSlash", "GET //a", "", "!bad_target"},
    {"DoubleSlashInside", "GET /a//b", "", "!bad_target"},
    {"TrailingSlash", "GET /a/", "", "!bad_target"},
    {"Dot", "GET /./a", "", "!bad_target"},
    {"DotDot", "GET /a/../b", "", "!bad_target"},
    {"DotDotAtEnd", "GET /a/..", "", "!bad_target"},
    {"EscapedDotDot", "GET /a/%2e%2E/b", "", "!bad_target"},
    {"HalfEscapedDotDot", "GET /a/.%2e/b", "", "!bad_target"},
    {"TwiceEscapedDot", "GET /a/%252e%252e/b", "", "!bad_target"},
    {"EscapedSlash", "GET /a%2fb", "", "!bad_target"},
    {"EscapedSlashUpper", "GET /a%2Fb", "", "!bad_target"},
    {"EscapedNul", "GET /a%00", "", "!bad_target"},
    {"EscapedCrLf", "GET /a%0d%0aX-M2M-Origin:%20CAdmin", "", "!bad_target"},
    {"EscapedDel", "GET /a%7f", "", "!bad_target"},
    {"Backslash", "GET /a\\b", "", "!bad_target"},
    {"EscapedBackslash", "GET /a%5cb", "", "!bad_target"},
    {"PathParameter", "GET /a;x=1", "", "!bad_target"},
    {"EscapedSemicolon", "GET /a%3bx", "", "!bad_target"},
    {"EscapedQuestion", "GET /a%3fb", "", "!bad_target"},
    {"EscapedHash", "GET /a%23b", "", "!bad_target"},
    {"BadEscape", "GET /a%zz", "", "!bad_target"},
    {"ShortEscape", "GET /a%4", "", "!bad_target"},
    {"LonePercent", "GET /a%", "", "!bad_target"},
    {"UnicodeEscape", "GET /a%u002f", "", "!bad_target"},
    {"OverlongSlash", "GET /a%c0%afb", "", "!bad_target"},
    {"OverlongDot", "GET /%c0%ae%c0%ae/b", "", "!bad_target"},
    {"Surrogate", "GET /%ed%a0%80", "", "!bad_target"},
    {"CutUtf8", "GET /%c3", "", "!bad_target"},
    {"CutUtf8BeforeSlash", "GET /%c3/a", "", "!bad_target"},
    {"TildeFurtherOn", "GET /a/~/cse/b", "", "!bad_target"},
    {"UnderscoreFurtherOn", "GET /a/_/sp", "", "!bad_target"},
    {"TildeTwice", "GET /~/~/cse", "", "!bad_target"},
    {"TildeBegins", "GET /~cse/a", "", "!bad_target"},
    {"UnderscoreBegins", "GET /_cse/a", "", "!bad_target"},
    {"UnderscoreBeginsAlone", "GET /_a", "", "!bad_target"},
    {"EscapedUnderscoreBegins", "GET /%5fcse/a", "", "!bad_target"},
    {"EscapedTildeBegins", "GET /%7Ecse/a", "", "!bad_target"},
    {"TwoUnderscores", "GET /__/sp/cse", "", "!bad_target"},
    {"UnderscoreThenTilde", "GET /_~/cse", "", "!bad_target"},
    {"UnderscoreOfSp", "GET /_/_sp/cse", "", "retrieve //_sp/cse"},
    {"UnderscoreInName", "GET /a_b/_c", "", "retrieve a_b/_c"},
    {"DashBegins", "GET /-a/b", "", "retrieve -a/b"},
    {"Dash", "GET /-/b", "", "retrieve -/b"},
    {"TildeInName", "GET /a/~b", "", "retrieve a/~b"},
    {"Angle", "GET /<a>", "", "!bad_target"},
    {"Brackets", "GET /a[1]", "", "!bad_target"},
    {"Caret", "GET /a^", "", "!bad_target"},

    // Query (TS-0009 6.2.2.2)
    {"ResultContent", "GET /a?rcn=4", "", "retrieve a rcn=4"},
    {"EscapedKey", "GET /a?r%63n=%34", "", "retrieve a rcn=4"},
    {"UpperCaseKey", "GET /a?RCN=4", "", "retrieve a rcn=4"},
    {"Discovery", "GET /a?fu=1&ty=2&ty=3&lbl=x&lbl=y", "", "retrieve a fc"},
    {"AttributeIsAFilter", "GET /a?rn=x", "", "retrieve a fc"},
    {"ResponseTypeIsNone", "GET /a?rt=3&drt=2&rp=PT5M", "", "retrieve a"},
    {"FilterOnCreate", "POST /a?lbl=x", kJson2, "create a ty=2 fc ct=application/json content=2"},
    {"ResultContentOnCreate", "POST /a?rcn=0", kJson2, "create a ty=2 rcn=0 ct=application/json content=2"},
    {"EmptyQuery", "GET /a?", "", "retrieve a"},
    {"EscapedAmpersand", "GET /a?lbl=a%26rcn%3d4", "", "retrieve a fc"},
    {"QuestionInQuery", "GET /a?lbl=a?b", "", "retrieve a fc"},
    {"TwoResultContents", "GET /a?rcn=1&rcn=4", "", "!duplicate_parameter"},
    {"TwoResultContentsEscaped", "GET /a?rcn=1&%72cn=4", "", "!duplicate_parameter"},
    {"TwoResultContentsCase", "GET /a?rcn=1&Rcn=4", "", "!duplicate_parameter"},
    {"TwoFilterUsages", "GET /a?fu=1&fu=2", "", "!duplicate_parameter"},
    {"TwoLevels", "GET /a?lvl=1&lvl=2", "", "!duplicate_parameter"},
    {"ResultContentNoNumber", "GET /a?rcn=x", "", "!bad_parameter"},
    {"ResultContentEmpty", "GET /a?rcn=", "", "!bad_parameter"},
    {"ResultContentNoEquals", "GET /a?rcn", "", "!bad_parameter"},
    {"ResultContentNegative", "GET /a?rcn=-1", "", "!bad_parameter"},
    {"ResultContentPlus", "GET /a?rcn=+1", "", "!bad_parameter"},
    {"ResultContentLeadingZero", "GET /a?rcn=01", "", "!bad_parameter"},
    {"ResultContentHuge", "GET /a?rcn=9999999999", "", "!bad_parameter"},
    {"ArrayKey", "GET /a?rcn%5b%5d=4", "", "!bad_parameter"},
    {"RawArrayKey", "GET /a?rcn[]=4", "", "!bad_target"},
    {"EmptyPair", "GET /a?rcn=1&&lbl=x", "", "!bad_parameter"},
    {"TrailingAmpersand", "GET /a?rcn=1&", "", "!bad_parameter"},
    {"NoKey", "GET /a?=1", "", "!bad_parameter"},
    {"SemicolonInQuery", "GET /a?lbl=x;rcn=4", "", "!bad_target"},
    {"NulInQuery", "GET /a?lbl=%00", "", "!bad_target"},
    {"CrLfInQuery", "GET /a?lbl=%0d%0a", "", "!bad_target"},
    {"BadUtf8InQuery", "GET /a?lbl=%ff", "", "!bad_target"},
    {"BadEscapeInQuery", "GET /a?lbl=%g1", "", "!bad_target"},
    {"TypeInQueryOfNotify", "POST /a?ty=2", "", "!bad_parameter"},

    // Content-Type
    {"TypeSpaced", "POST /a", "Content-Type: application/json; ty=2\r\n", "create a ty=2 ct=application/json"},
    {"TypeUpperCase", "POST /a", "Content-Type: Application/JSON;TY=2\r\n", "create a ty=2 ct=application/json"},
    {"TypeAfterCharset", "POST /a", "Content-Type: application/json; charset=utf-8; ty=4\r\n",
     "create a ty=4 ct=application/json"},
    {"TypeVendor", "POST /a", "Content-Type: application/vnd.onem2m-res+xml;ty=16\r\n",
     "create a ty=16 ct=application/vnd.onem2m-res+xml"},
    {"TypeInQuotedValue", "POST /a", "Content-Type: application/json;x=\";ty=2\"\r\n", "notify a ct=application/json"},
    {"TypeInOtherName", "POST /a", "Content-Type: application/json;xty=2\r\n", "notify a ct=application/json"},
    {"TypeTwice", "POST /a", "Content-Type: application/json;ty=2;ty=16\r\n", "!duplicate_parameter"},
    {"TypeTwiceCase", "POST /a", "Content-Type: application/json;ty=2;Ty=16\r\n", "!duplicate_parameter"},
    {"TypeNoNumber", "POST /a", "Content-Type: application/json;ty=x\r\n", "!bad_parameter"},
    {"TypeEmpty", "POST /a", "Content-Type: application/json;ty=\r\n", "!bad_parameter"},
    {"TypeQuoted", "POST /a", "Content-Type: application/json;ty=\"2\"\r\n", "!bad_parameter"},
    {"TypeLeadingZero", "POST /a", "Content-Type: application/json;ty=02\r\n", "!bad_parameter"},
    {"TypeNegative", "POST /a", "Content-Type: application/json;ty=-2\r\n", "!bad_parameter"},
    {"TypeBlankBeforeEquals", "POST /a", "Content-Type: application/json;ty =2\r\n", "!bad_parameter"},
    {"TypeBlankAfterEquals", "POST /a", "Content-Type: application/json;ty= 2\r\n", "!bad_parameter"},
    {"TypeAfterComma", "POST /a", "Content-Type: application/json,ty=2\r\n", "!bad_parameter"},
    {"TypeTrailing", "POST /a", "Content-Type: application/json;ty=2x\r\n", "!bad_parameter"},
    {"TypeHuge", "POST /a", "Content-Type: application/json;ty=4294967298\r\n", "!bad_parameter"},
    {"TypeWithoutMediaType", "POST /a", "Content-Type: ty=2\r\n", "!bad_parameter"},
    {"MediaTypeNoSlash", "POST /a", "Content-Type: json\r\n", "!bad_parameter"},
    {"QuotesOpen", "POST /a", "Content-Type: application/json;x=\"a\r\n", "!bad_parameter"},
    {"EmptyParameters", "POST /a", "Content-Type: application/json;;ty=2;\r\n", "create a ty=2 ct=application/json"},

    // Headers
    {"Parameters", "GET /a", "X-M2M-Origin: C1\r\nX-M2M-RI: r 1\r\nX-M2M-RVI: 3\r\nX-M2M-RET: 20300101T000000\r\n",
     "retrieve a from=C1 ri=r 1 rvi=3 ret=20300101T000000"},
    {"OriginEmpty", "GET /a", "X-M2M-Origin:\r\n", "retrieve a"},
    {"OriginWithComma", "GET /a", "X-M2M-Origin: CAE20261124T220539,3740002\r\n",
     "retrieve a from=CAE20261124T220539,3740002"},
    {"OriginList", "GET /a", "X-M2M-Origin: C1, CAdmin\r\n", "!bad_parameter"},
    {"OriginBlank", "GET /a", "X-M2M-Origin: C1 CAdmin\r\n", "!bad_parameter"},
    {"OriginTab", "GET /a", "X-M2M-Origin: C1\tCAdmin\r\n", "!bad_parameter"},
    {"OriginBeyondAscii", "GET /a", "X-M2M-Origin: C\xc3\xa9\r\n", "!bad_parameter"},
    {"RequestIdBeyondAscii", "GET /a", "X-M2M-RI: \xff\r\n", "!bad_parameter"},
    {"OtherOneM2mBeyondAscii", "GET /a", "X-M2M-GID: \xff\r\n", "!bad_parameter"},
};

class Mapping : public testing::TestWithParam<Row> {};

TEST_P(Mapping, GivesThePrimitiveOrTheError) {
  const Row& row = GetParam();

  EXPECT_EQ(map(row.line, row.fields), row.primitive);
}

INSTANTIATE_TEST_SUITE_P(Http, Mapping, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ToPrimitive, RefusesTargetsOver2000Bytes) {
  EXPECT_EQ(map("GET /" + std::string(1999, 'a'), ""), "retrieve " + std::string(1999, 'a'));
  EXPECT_EQ(map("GET /" + std::string(2000, 'a'), ""), "!bad_target");
}

TEST(ToPrimitive, AnswersWithTheCodeOfTheError) {
  EXPECT_EQ(code_of(MappingError::MethodNotAllowed), policy::ResponseCode::OperationNotAllowed);
  EXPECT_EQ(code_of(MappingError::BadTarget), policy::ResponseCode::BadRequest);
  EXPECT_EQ(code_of(MappingError::DuplicateParameter), policy::ResponseCode::BadRequest);
  EXPECT_EQ(code_of(MappingError::BadParameter), policy::ResponseCode::BadRequest);
  EXPECT_EQ(code_of(MappingError::ContentNotAllowed), policy::ResponseCode::BadRequest);
}

struct AcceptRow {
  std::string_view name;
  std::string_view fields;
  Serialisation expected;
};
void PrintTo(const AcceptRow& row, std::ostream* out) { *out << row.name; }

constexpr AcceptRow kAcceptRows[] = {
    {"Nothing", "", Serialisation::Json},
    {"Any", "Accept: */*\r\n", Serialisation::Json},
    {"Json", "Accept: application/json\r\n", Serialisation::Json},
    {"Xml", "Accept: application/xml\r\n", Serialisation::Xml},
    {"TextXml", "Accept: text/xml\r\n", Serialisation::Xml},
    {"Cbor", "Accept: application/cbor\r\n", Serialisation::Cbor},
    {"Vendor", "Accept: application/vnd.onem2m-res+cbor\r\n", Serialisation::Cbor},
    {"UpperCase", "Accept: Application/XML\r\n", Serialisation::Xml},
    {"FirstWins", "Accept: application/xml, application/json\r\n", Serialisation::Xml},
    {"Weights", "Accept: application/xml;q=0.5, application/cbor;q=0.9, application/json;q=0.1\r\n",
     Serialisation::Cbor},
    {"WeightZero", "Accept: application/xml;q=0, application/json;q=0.1\r\n", Serialisation::Json},
    {"SeveralLines", "Accept: application/xml;q=0.2\r\nAccept: application/cbor\r\n", Serialisation::Cbor},
    {"UnknownFirst", "Accept: text/html, application/xml;q=0.9\r\n", Serialisation::Xml},
    {"FromContentType", "Content-Type: application/xml;ty=2\r\n", Serialisation::Xml},
    {"AnyAndContentType", "Accept: */*\r\nContent-Type: application/cbor\r\n", Serialisation::Cbor},
    {"AcceptOverContentType", "Accept: application/json\r\nContent-Type: application/xml\r\n", Serialisation::Json},
    {"Garbage", "Accept: ;;,,;q=\r\nContent-Type: garbage\r\n", Serialisation::Json},
};

class AnswerSerialisation : public testing::TestWithParam<AcceptRow> {};

TEST_P(AnswerSerialisation, IsWhatTheClientAskedFor) {
  RequestParser parser(ParseLimits{});
  const std::string bytes = "GET /a HTTP/1.1\r\nHost: c\r\n" + std::string(GetParam().fields) + "\r\n";
  ASSERT_EQ(parser.feed(as_bytes(bytes)).kind, Event::Kind::Head);
  EXPECT_EQ(answer_serialisation(parser.head()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Http, AnswerSerialisation, testing::ValuesIn(kAcceptRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace saproxy::proxy::http
