// What a source of application rules answers, right and wrong.
// Spec: TS-0001 9.6.19, 9.6.20, 9.6.29; TS-0004 7.4.29, 8.4
#include "policy/rule_content.h"

#include <gtest/gtest.h>

#include <string>

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using Texts = std::vector<std::string>;

Texts texts(const std::vector<identity::Pattern>& patterns) {
  Texts list;
  for (const identity::Pattern& pattern : patterns) list.push_back(pattern.text());
  return list;
}

template <class T>
ErrorCode error_of(const identity::Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  if (result) return ErrorCode::IsFolder;  // which no reader gives
  EXPECT_FALSE(result.error().detail.empty());
  return result.error().code;
}

TEST(RuleContent, ReadsARule) {
  const auto read = read_rule(
      R"({"m2m:asar":{"ty":19,"ri":"r1","apci":["12-a@b.c","None","34-*"],"aai":["N*"],"aae":["C*","S1"],"ari":["x"]}})",
      "r1");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(texts(read->rule.credentials), (Texts{"12-a@b.c", "34-*"}));
  EXPECT_TRUE(read->rule.without_association);
  EXPECT_EQ(texts(read->rule.app_ids.patterns()), Texts{"N*"});
  EXPECT_EQ(texts(read->rule.stems.patterns()), (Texts{"C*", "S1"}));
  EXPECT_EQ(read->rule.origin, "r1");
  EXPECT_EQ(read->useless, 0u);
}

TEST(RuleContent, ReadsTheListsAndNamesOfOlderReleases) {
  const auto read = read_rule(R"({"m2m:asar":{"aci":"12-a@b.c  12-d@b.c","aai":"NApp","aae":"C1 C2"}})", "r1");
  ASSERT_TRUE(read);
  EXPECT_EQ(texts(read->rule.credentials), (Texts{"12-a@b.c", "12-d@b.c"}));
  EXPECT_EQ(texts(read->rule.stems.patterns()), (Texts{"C1", "C2"}));
  EXPECT_FALSE(read->rule.without_association);
}

// Spec: TS-0001 9.6.29 (not specified: without association)
TEST(RuleContent, AbsentListsMatchNothing) {
  const auto read = read_rule(R"({"m2m:asar":{"apci":null}})", "r1");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->rule.without_association);
  EXPECT_TRUE(read->rule.credentials.empty() && read->rule.app_ids.empty() && read->rule.stems.empty());
  EXPECT_FALSE(read_rule(R"({"m2m:asar":{"apci":[]}})", "r1")->rule.without_association);
}

TEST(RuleContent, LeavesOutWhatCanMatchNothing) {
  const auto read = read_rule(R"({"m2m:asar":{"apci":["a b","\u00e9",""],"aai":["N*"],"aae":["C*"]}})", "r1");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->rule.credentials.empty());
  EXPECT_EQ(read->useless, 3u);
}

constexpr const char* kNoRules[] = {
    "",
    "{",
    "null",
    "[]",
    "7",
    "\"m2m:asar\"",
    "{}",
    R"({"m2m:asar":null})",
    R"({"m2m:asar":[]})",
    R"({"m2m:asar":"x"})",
    R"({"m2m:svsn":{}})",
    R"({"m2m:asar":{},"m2m:svsn":{}})",
    R"({"m2m:asar":{},"m2m:asar":{}})",
    R"({"m2m:asar":{"apci":7}})",
    R"({"m2m:asar":{"apci":{"0":"12-a@b.c"}}})",
    R"({"m2m:asar":{"apci":["12-a@b.c",7]}})",
    R"({"m2m:asar":{"apci":[["12-a@b.c"]]}})",
    R"({"m2m:asar":{"aae":true}})",
    R"({"m2m:asar":{"aae":["C1"],"aae":["*"]}})",
    R"({"m2m:asar":{"apci":["12-a@b.c"],"aci":["*"]}})",
    R"({"m2m:asar":{"aae":["C1"]}} trailing)",
    "{\"m2m:asar\":{\"aae\":[\"\xff\"]}}",
};
TEST(RuleContent, RefusesWhatIsNoRule) {
  for (const char* json : kNoRules) EXPECT_EQ(error_of(read_rule(json, "r1")), ErrorCode::BadSyntax) << json;
}

TEST(RuleContent, BoundsTheListsOfARule) {
  std::string list = "\"C1\"";
  for (std::size_t i = 1; i < kMaxRuleElements; ++i) list += ",\"C1\"";
  EXPECT_TRUE(read_rule("{\"m2m:asar\":{\"aae\":[" + list + "]}}", "r1"));
  EXPECT_EQ(error_of(read_rule("{\"m2m:asar\":{\"aae\":[" + list + ",\"C1\"]}}", "r1")), ErrorCode::OutOfRange);
}

// Spec: TS-0001 9.6.20
TEST(RuleContent, ReadsANode) {
  const auto nodes = read_nodes(R"({"m2m:svsn":{"csi":"/cse1","rlk":["asar1","/in-cse/asar2"],"ni":"n1"}})", 1, 10);
  ASSERT_TRUE(nodes && nodes->size() == 1);
  EXPECT_EQ(nodes->front().cse_id, "/cse1");
  EXPECT_EQ(nodes->front().rule_links, (Texts{"asar1", "/in-cse/asar2"}));
}

TEST(RuleContent, ANodeWithoutLinksHasNone) {
  for (const char* json : {R"({"m2m:svsn":{"csi":"/cse1"}})", R"({"m2m:svsn":{"csi":"/cse1","rlk":[]}})",
                           R"({"m2m:svsn":{"csi":"/cse1","rlk":""}})", R"({"m2m:svsn":{"csi":"/cse1","rlk":null}})"}) {
    const auto nodes = read_nodes(json, 1, 10);
    ASSERT_TRUE(nodes && nodes->size() == 1) << json;
    EXPECT_TRUE(nodes->front().rule_links.empty()) << json;
  }
}

// Spec: TS-0001 9.6.19
TEST(RuleContent, FindsNodesAndProfilesAmongChildren) {
  const char* json =
      R"({"m2m:cb":{"ri":"in","m2m:mssp":[{"ri":"p1","m2m:svsn":[{"csi":"/a"},{"csi":"/b"}]},{"ri":"p2"}]}})";
  const auto profiles = read_profile_ids(json, 10);
  ASSERT_TRUE(profiles);
  EXPECT_EQ(*profiles, (Texts{"p1", "p2"}));
  const auto nodes = read_nodes(json, 10, 10);
  ASSERT_TRUE(nodes && nodes->size() == 2);
  EXPECT_EQ(nodes->back().cse_id, "/b");
  EXPECT_EQ(error_of(read_nodes(json, 1, 10)), ErrorCode::OutOfRange);
}

constexpr const char* kNoNodes[] = {
    "[]",
    "7",
    R"({"m2m:svsn":7})",
    R"({"m2m:svsn":[7]})",
    R"({"m2m:svsn":{"csi":7}})",
    R"({"m2m:svsn":{"csi":"/a","csi":"/b"}})",
    R"({"m2m:svsn":{"csi":"/a","rlk":7}})",
    R"({"m2m:svsn":{"csi":"/a","rlk":["a b"]}})",
    R"({"m2m:svsn":{"csi":"/a","rlk":["a?fu=1"]}})",
    R"({"m2m:svsn":{"csi":"/a","rlk":["a\r\nX: b"]}})",
    R"({"m2m:svsn":{"csi":"/a","rlk":["../x"]}})",
    R"({"m2m:svsn":{"csi":"/a","rlk":["http://x/y"]}})",
};
TEST(RuleContent, RefusesWhatIsNoNode) {
  for (const char* json : kNoNodes) EXPECT_EQ(error_of(read_nodes(json, 10, 10)), ErrorCode::BadSyntax) << json;
}

TEST(RuleContent, BoundsLinksAndDepth) {
  const char* three = R"({"m2m:svsn":{"csi":"/a","rlk":["a","b","c"]}})";
  EXPECT_TRUE(read_nodes(three, 1, 3));
  EXPECT_EQ(error_of(read_nodes(three, 1, 2)), ErrorCode::OutOfRange);
  EXPECT_EQ(error_of(read_nodes(R"({"m2m:svsn":{"csi":"/a","rlk":"a b c"}})", 1, 2)), ErrorCode::OutOfRange);
  const std::string deep = "{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_EQ(error_of(read_nodes(deep, 1, 2)), ErrorCode::OutOfRange);
}

TEST(RuleContent, ReadsAddresses) {
  EXPECT_EQ(*read_addresses(R"({"m2m:uril":["in/n1","/in/n2","//sp.example.com/in/n3"]})", 3),
            (Texts{"in/n1", "/in/n2", "//sp.example.com/in/n3"}));
  EXPECT_EQ(*read_addresses(R"({"m2m:uril":"in/n1 in/n2"})", 3), (Texts{"in/n1", "in/n2"}));
  EXPECT_TRUE(read_addresses(R"({"m2m:uril":[]})", 3)->empty());
  EXPECT_EQ(error_of(read_addresses(R"({"m2m:uril":["a","b"]})", 1)), ErrorCode::OutOfRange);
  for (const char* json : {R"({"m2m:uril":{}})", R"({"m2m:uril":[null]})", R"({"m2m:rrl":[]})", R"([])",
                           R"({"m2m:uril":["a b"]})", R"({"m2m:uril":["a"],"b":1})"})
    EXPECT_EQ(error_of(read_addresses(json, 9)), ErrorCode::BadSyntax) << json;
}

}  // namespace
}  // namespace saproxy::policy
