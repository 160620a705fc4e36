// What a content is about, by its beginning: other resources than <subscription> go on as a stream.
// Spec: TS-0004 8.3 to 8.5
#include "policy/top_resource.h"

#include <gtest/gtest.h>

#include <string>

namespace saproxy::policy {
namespace {

using S = Serialisation;
using enum TopResource;

struct Row {
  const char* name;
  S serialisation;
  std::string beginning;
  TopResource top;
};
const Row kRows[] = {
    {"JsonSubscription", S::Json, R"({"m2m:sub":{)", Subscription},
    {"JsonOther", S::Json, " {\n \"m2m:cin\" :", Other},
    {"JsonCut", S::Json, R"({"m2m:su)", Undecided},
    {"JsonNothing", S::Json, "", Undecided},
    {"JsonBlanks", S::Json, " \n", Undecided},
    {"JsonBrace", S::Json, "{ ", Undecided},
    {"JsonLongerName", S::Json, R"({"m2m:subs")", Other},
    {"JsonOtherCase", S::Json, R"({"M2M:SUB")", Subscription},
    {"JsonWithoutPrefix", S::Json, R"({"sub")", Subscription},
    {"JsonEscaped", S::Json, R"({"m2m:s\u0075b")", Subscription},
    {"JsonNoObject", S::Json, "[1]", Subscription},
    {"JsonByteOrderMark", S::Json, "\xEF\xBB\xBF{\"m2m:cin\":", Subscription},
    {"JsonEmptyObject", S::Json, "{}", Subscription},
    {"XmlSubscription", S::Xml, "<?xml version=\"1.0\"?><!-- m2m:cin --><m2m:sub rn=", Subscription},
    {"XmlOther", S::Xml, "<m2m:cin>", Other},
    {"XmlOtherPrefix", S::Xml, "<x:sub/>", Subscription},
    {"XmlCut", S::Xml, "<m2m:cin", Undecided},
    {"XmlCommentCut", S::Xml, "<!-- <m2m:cin> --", Undecided},
    {"XmlCommentBegins", S::Xml, "<!-", Undecided},
    {"XmlDeclarationCut", S::Xml, "<?xml ?", Undecided},
    {"XmlDoctype", S::Xml, "<!DOCTYPE x><m2m:cin>", Subscription},
    {"XmlText", S::Xml, "x<m2m:cin>", Subscription},
    {"CborSubscription", S::Cbor, "\xA1\x67m2m:sub", Subscription},
    {"CborOther", S::Cbor, "\xA1\x67m2m:cin", Other},
    {"CborIndefinite", S::Cbor, "\xBF\x67m2m:cin", Subscription},
    {"CborTwoMembers", S::Cbor, "\xA2\x67m2m:cin", Subscription},
    {"CborNoMember", S::Cbor, "\xA0", Subscription},
    {"CborTagged", S::Cbor, "\xD9\xD9\xF7\xA1\x67m2m:sub", Subscription},
    {"CborLongHeads", S::Cbor, "\xB8\x01\x78\x07m2m:cin", Other},
    {"CborVeryLongHeads", S::Cbor, std::string("\xB9\x00\x01\x67m2m:cin", 11), Subscription},
    {"CborCut", S::Cbor, "\xA1\x67m2m:ci", Undecided},
    {"CborMapOnly", S::Cbor, "\xA1", Undecided},
    {"CborHeadCut", S::Cbor, "\xB8", Undecided},
    {"CborNameHeadCut", S::Cbor, "\xA1\x78", Undecided},
    {"CborNumberAsName", S::Cbor, "\xA1\x01", Subscription},
    {"CborDigits", S::Cbor, "a1676d326d", Other},
};
class TopResourceOf : public ::testing::TestWithParam<Row> {};
TEST_P(TopResourceOf, IsToldByTheFirstName) {
  EXPECT_EQ(top_resource_of(GetParam().serialisation, GetParam().beginning), GetParam().top);
}
// Whatever is decided stays so with more bytes, and is not decided in another way with fewer.
TEST_P(TopResourceOf, IsTheSameHoweverItIsCut) {
  for (std::size_t size = 0; size < GetParam().beginning.size(); ++size) {
    const TopResource early = top_resource_of(GetParam().serialisation, GetParam().beginning.substr(0, size));
    EXPECT_TRUE(early == Undecided || early == GetParam().top) << size;
  }
}
INSTANTIATE_TEST_SUITE_P(TopResource, TopResourceOf, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

struct RootRow {
  const char* name;
  std::string_view content;
  bool alone;
};
const RootRow kRoots[] = {
    {"One", R"({"m2m:cnt":{"lbl":["a","b"],"mni":3}})", true},
    {"OneAndBlanks", " {\"m2m:cnt\" : {\"a\":1,\"b\":[1,2,{\"c\":1,\"d\":2}]} } \r\n", true},
    {"TextWithEverything", R"({"m2m:cnt":{"lbl":["},{\",\\","]"]}})", true},
    {"EscapedName", R"({"a\",b":1})", true},
    {"SecondMember", R"({"m2m:cnt":{},"m2m:sub":{}})", false},
    {"SecondMemberBehindText", R"({"m2m:cnt":"\\","m2m:sub":{}})", false},
    {"SecondObject", R"({"m2m:cnt":{}}{"m2m:sub":{}})", false},
    {"SecondObjectBehindBlanks", "{\"m2m:cnt\":{}} \n {", false},
    {"TrailingComma", R"({"m2m:cnt":{},})", false},
    {"ClosedTooOften", R"({"m2m:cnt":{}}},"m2m:sub":{})", false},
};
class JsonRootOf : public ::testing::TestWithParam<RootRow> {};
TEST_P(JsonRootOf, IsAloneOrNotHoweverItComes) {
  for (std::size_t size = 1; size <= GetParam().content.size(); ++size) {
    JsonRoot root;
    bool alone = true;
    for (std::string_view rest = GetParam().content; !rest.empty(); rest.remove_prefix(std::min(size, rest.size())))
      alone = root.feed(rest.substr(0, size)) && alone;
    EXPECT_EQ(alone, GetParam().alone) << size;
  }
}
INSTANTIATE_TEST_SUITE_P(TopResource, JsonRootOf, ::testing::ValuesIn(kRoots),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(TopResource, IsDecidedAfterSoManyBytes) {
  for (const S serialisation : {S::Json, S::Xml}) {
    EXPECT_EQ(top_resource_of(serialisation, std::string(kLongestBeginning - 1, ' ')), Undecided);
    const std::string blanks(kLongestBeginning, ' ');
    EXPECT_EQ(top_resource_of(serialisation, blanks), Subscription);
    EXPECT_EQ(top_resource_of(serialisation, blanks + R"({"m2m:cin":1})"), Subscription) << "and stays so";
  }
}

}  // namespace
}  // namespace saproxy::policy
