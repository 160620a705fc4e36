// How rules are found, against a source that is a table of questions and answers.
// Spec: TS-0001 9.6.19, 9.6.20, 9.6.29, 10.2.2.2; TS-0004 7.3.2.7
#include "policy/rule_fetch.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using State = ServiceProfile::State;

struct Answer {
  std::uint16_t code = 2000;
  std::string content;
  bool partial = false;
  std::optional<std::uint64_t> offset = std::nullopt;
};

std::string text_of(const CseQuestion& question) {
  std::string text = question.to;
  char before = '?';
  for (const auto& [name, value] : question.criteria) (((text += std::exchange(before, '&')) += name) += '=') += value;
  return text;
}

// A source that answers 4004 to what is not in its table.
struct Source {
  std::map<std::string, Answer> table;
  std::vector<std::string> asked;
  std::size_t most = 1000;  // questions

  identity::Result<ServiceProfile> fetch(std::uint32_t max_rules = 100) {
    RuleFetch fetch(*identity::CseId::parse("/cse1"), *identity::SpId::parse("sp.example.com"), "in", max_rules);
    asked.clear();
    while (fetch.question() != nullptr && asked.size() < most) {
      asked.push_back(text_of(*fetch.question()));
      const auto found = table.find(asked.back());
      const Answer answer = found == table.end() ? Answer{4004, ""} : found->second;
      if (auto taken = fetch.take({answer.code, answer.partial, answer.offset, answer.content}); !taken)
        return tl::make_unexpected(taken.error());
    }
    EXPECT_EQ(fetch.question(), nullptr) << "it never ends";
    dangling = fetch.dangling();
    return fetch.take_profile();
  }
  std::size_t dangling = 0;
};

const std::string kDiscover = "in?fu=1&ty=20&csi=/cse1&lim=100";
const std::string kProfiles = "in?rcn=4&ty=11&lim=100";

std::string list(const std::string& inner) { return "{\"m2m:uril\":[" + inner + "]}"; }
std::string node(const std::string& cse, const std::string& links) {
  return "{\"m2m:svsn\":{\"csi\":\"" + cse + "\",\"rlk\":[" + links + "]}}";
}
std::string rule(const std::string& stem) {
  return R"({"m2m:asar":{"apci":["12-a@b.c"],"aai":["*"],"aae":[")" + stem + "\"]}}";
}

Source a_source() {
  Source source;
  source.table[kDiscover] = {2000, list("\"in/n1\"")};
  source.table["in/n1"] = {2000, node("/cse1", "\"a1\",\"a2\"")};
  source.table["a1"] = {2000, rule("C1")};
  source.table["a2"] = {2000, rule("C2")};
  return source;
}

ErrorCode error_of(const identity::Result<ServiceProfile>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorCode::IsFolder : result.error().code;
}

TEST(RuleFetch, AsksForNodeThenEachRule) {
  Source source = a_source();
  const auto profile = source.fetch();
  ASSERT_TRUE(profile) << profile.error().detail;
  EXPECT_EQ(profile->state, State::Present);
  EXPECT_EQ(source.asked, (std::vector<std::string>{kDiscover, "in/n1", "a1", "a2"}));
  ASSERT_EQ(profile->rules->size(), 2u);
  EXPECT_EQ(profile->rules->all()[1].origin, "a2");
  EXPECT_NE(profile->rules->find("12-a@b.c", "NApp", {identity::StemWish::Form::Stem, "C2"}), nullptr);
}

// Spec: TS-0001 9.6.20 (empty: no application may register)
TEST(RuleFetch, AnEmptyListIsAProfileWithoutRules) {
  Source source = a_source();
  source.table["in/n1"] = {2000, node("/cse1", "")};
  const auto profile = source.fetch();
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->state, State::Present);
  EXPECT_TRUE(profile->rules->empty());
}

// Spec: TS-0004 7.3.2.7 (4128)
TEST(RuleFetch, NoNodeIsNoProfile) {
  Source source;
  source.table[kDiscover] = {2000, list("")};
  EXPECT_EQ(source.fetch()->state, State::Unavailable);
  source.table[kProfiles] = {2000, "{\"m2m:cb\":{}}"};
  EXPECT_EQ(source.fetch()->state, State::Unavailable);
  source.table[kDiscover] = {5001, ""};
  EXPECT_EQ(source.fetch()->state, State::Unavailable);
}

TEST(RuleFetch, LooksForItselfAmongTheNodesOfASourceThatIgnoresTheFilter) {
  Source source = a_source();
  source.table[kDiscover] = {2000, list("\"in/n7\",\"in/n0\",\"in/gone\",\"in/n1\"")};
  source.table["in/n7"] = {2000, node("/cse7", "\"a7\"")};
  source.table["in/n0"] = {2000, "{\"m2m:svsn\":{\"ni\":\"node without a CSE\"}}"};
  const auto profile = source.fetch();
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->rules->size(), 2u);
  source.table["in/n1"] = {2000, node("//sp.example.com/cse1", "\"a1\"")};
  EXPECT_EQ(source.fetch()->rules->size(), 1u);
  source.table["in/n1"] = {2000, node("/cse11", "\"a1\"")};
  EXPECT_EQ(source.fetch()->state, State::Unavailable);
}

TEST(RuleFetch, ReadsTheProfileWhenDiscoveryIsRefused) {
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{4000, 4001, 4004, 4103, 5001}) {
    Source source = a_source();
    source.table[kDiscover] = {code, ""};
    source.table[kProfiles] = {2000, R"({"m2m:cb":{"m2m:mssp":[{"ri":"p1"}]}})"};
    source.table["p1?rcn=4&ty=20&lim=100"] = {
        2000, R"({"m2m:mssp":{"m2m:svsn":[{"csi":"/cse7","rlk":["a7"]},{"csi":"/cse1","rlk":["a1"]}]}})"};
    const auto profile = source.fetch();
    ASSERT_TRUE(profile) << code;
    EXPECT_EQ(profile->rules->size(), 1u) << code;
  }
}

TEST(RuleFetch, AsksForChildrenAloneWhenAttributesAreNotGivenWithThem) {
  Source source = a_source();
  source.table.erase(kDiscover);
  source.table["in?rcn=8&ty=11&lim=100"] = {2000, R"({"m2m:cb":{"m2m:mssp":[{"ri":"p1"}]}})"};
  source.table["p1?rcn=8&ty=20&lim=100"] = {2000, R"({"m2m:mssp":{"m2m:svsn":[{"csi":"/cse1","rlk":["a1"]}]}})"};
  const auto profile = source.fetch();
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->rules->size(), 1u);
}

TEST(RuleFetch, FollowsPartialDiscovery) {
  Source source = a_source();
  source.table[kDiscover] = {2000, list("\"in/n5\",\"in/n6\""), true, 3};
  source.table[kDiscover + "&ofst=3"] = {2000, list("\"in/n6\",\"in/n1\""), false, std::nullopt};
  EXPECT_EQ(source.fetch()->rules->size(), 2u);
}

TEST(RuleFetch, FollowsAFullPage) {
  Source source = a_source();
  std::string page;
  for (int i = 0; i < 100; ++i) page += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + "\"";
  source.table[kDiscover] = {2000, list(page)};
  source.table[kDiscover + "&ofst=100"] = {2000, list("\"x99\",\"in/n1\"")};
  EXPECT_EQ(source.fetch()->rules->size(), 2u);
  source.table[kDiscover + "&ofst=100"] = {2000, list(page)};  // knows no offset
  EXPECT_EQ(source.fetch()->state, State::Unavailable);
}

TEST(RuleFetch, PartialAnswersThatSayNothingNewEndIt) {
  Source source = a_source();
  source.table[kDiscover] = {2000, list("\"in/n1\""), true, 0};
  source.table[kDiscover + "&ofst=1"] = {2000, list("\"in/n1\""), true, 1};
  EXPECT_EQ(error_of(source.fetch()), ErrorCode::BadSyntax);
  source.table[kDiscover] = {2000, list(""), true, 5};
  EXPECT_EQ(error_of(source.fetch()), ErrorCode::BadSyntax);
}

TEST(RuleFetch, ALinkThatLeadsNowhereIsNoRule) {
  Source source = a_source();
  source.table.erase("a1");
  EXPECT_EQ(source.fetch()->rules->size(), 1u);
  EXPECT_EQ(source.dangling, 1u);
}

TEST(RuleFetch, ALinkThatIsThereTwiceIsAskedOnce) {
  Source source = a_source();
  source.table["in/n1"] = {2000, node("/cse1", "\"a1\",\"a1\",\"a2\",\"a1\"")};
  EXPECT_EQ(source.fetch()->rules->size(), 2u);
}

struct FailureRow {
  const char* name;
  std::function<void(Source&)> change;
  ErrorCode code;
};
const FailureRow kFailures[] = {
    {"everything refused", [](Source& s) { s.table.clear(); }, ErrorCode::NotPermitted},
    {"hidden nodes",
     [](Source& s) {
       s.table["in/n1"] = {4103, ""};
     },
     ErrorCode::NotPermitted},
    {"node refused",
     [](Source& s) {
       s.table["in/n1"] = {5000, ""};
     },
     ErrorCode::NotPermitted},
    {"rule refused",
     [](Source& s) {
       s.table["a2"] = {4103, ""};
     },
     ErrorCode::NotPermitted},
    {"discovery is no list",
     [](Source& s) {
       s.table[kDiscover] = {2000, "{}"};
     },
     ErrorCode::BadSyntax},
    {"node is none",
     [](Source& s) {
       s.table["in/n1"] = {2000, "{}"};
     },
     ErrorCode::BadSyntax},
    {"rule is none",
     [](Source& s) {
       s.table["a2"] = {2000, "<html>"};
     },
     ErrorCode::BadSyntax},
    {"two nodes",
     [](Source& s) {
       s.table[kDiscover] = {2000, list("\"in/n1\",\"in/n2\"")};
       s.table["in/n2"] = {2000, node("/cse1", "\"a2\"")};
     },
     ErrorCode::Conflict},
    {"too many rules",
     [](Source& s) {
       s.table["in/n1"] = {2000, node("/cse1", "\"1\",\"2\",\"3\",\"4\"")};
     },
     ErrorCode::OutOfRange},
};
TEST(RuleFetch, FailsWithWhatWasWrong) {
  for (const FailureRow& row : kFailures) {
    Source source = a_source();
    row.change(source);
    EXPECT_EQ(error_of(source.fetch(3)), row.code) << row.name;
  }
}

TEST(RuleFetch, AnEndlessListOfNodesEnds) {
  RuleFetch fetch(*identity::CseId::parse("/cse1"), *identity::SpId::parse("sp.example.com"), "in", 100);
  std::size_t given = 0;
  identity::Result<void> taken;
  while (taken && given < 100'000) {
    std::string names;
    for (int i = 0; i < 500; ++i) names += (i == 0 ? "\"x" : ",\"x") + std::to_string(given++) + "\"";
    taken = fetch.take({2000, true, given, list(names)});
  }
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::OutOfRange);
}

TEST(RuleFetch, AnswersThatAreTooLargeTogetherEndIt) {
  Source source = a_source();
  std::string links;
  const std::string padding(1'000'000, ' ');
  for (int i = 0; i < 300; ++i) {
    const std::string name = "b" + std::to_string(i);
    links += (i == 0 ? "\"" : ",\"") + name + "\"";
    source.table[name] = {2000, rule("C1") + padding};
  }
  source.table["in/n1"] = {2000, node("/cse1", links)};
  EXPECT_EQ(error_of(source.fetch(1000)), ErrorCode::OutOfRange);
}

}  // namespace
}  // namespace saproxy::policy
