// [[app_rule]], app_rule_files and [rule_source] of the configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/config_files.h"

namespace saproxy::policy {
namespace {

using testing::loaded;
using testing::MemoryFiles;

TEST(ConfigAppRules, ReadsWhereRulesAreFetchedFrom) {
  MemoryFiles files;
  const std::string rest = std::string(testing::kCse) + testing::kListener + testing::kPsk;
  files.write("main.toml", rest + "[rule_source]\naddress = \"http://127.0.0.1:8081\"\n");
  const LoadResult least = files.load();
  ASSERT_TRUE(least.errors.empty() && least.warnings.empty());
  EXPECT_EQ(least.config.registration.app_rules, RegistrationSettings::Rules::Fetched);
  RuleSourceSettings expected;
  expected.address.host = "127.0.0.1";
  expected.address.port = 8081;
  EXPECT_EQ(least.config.rule_source, expected);
  files.write("main.toml", rest +
                               "[rule_source]\naddress = \"unix:/run/in.sock\"\nbase = \"in\"\noriginator = \"Cme\"\n"
                               "refresh = \"1s\"\nmax_age = \"0s\"\ntimeout = \"2s\"\nmax_rules = 7\n");
  const LoadResult all = files.load();
  ASSERT_TRUE(all.errors.empty());
  EXPECT_EQ(all.config.rule_source, (RuleSourceSettings{false,
                                                        {"", 0, "/run/in.sock"},
                                                        false,
                                                        "in",
                                                        "Cme",
                                                        Milliseconds(1000),
                                                        Milliseconds(0),
                                                        Milliseconds(2000),
                                                        7}));
}

TEST(ConfigAppRules, WarnsOfRulesThatNobodyAsks) {
  const std::string source = "[rule_source]\naddress = \"http://127.0.0.1:8081\"\n";
  const std::string rule = "[[app_rule]]\napp_ids = [\"*\"]\naes = [\"C*\"]\n";
  for (const auto& [text, what] :
       {std::pair{rule + source, "nobody asks there"},
        std::pair{"[registration]\napp_rules = \"off\"\n" + source, "nobody asks there"},
        std::pair{"[registration]\napp_rules = \"fetched\"\n" + source + rule, "this rule is not asked"}}) {
    MemoryFiles files;
    files.write("main.toml", std::string(testing::kCse) + testing::kListener + testing::kPsk + text);
    const LoadResult result = files.load();
    ASSERT_TRUE(result.errors.empty()) << text;
    ASSERT_EQ(result.warnings.size(), 1u) << text;
    EXPECT_NE(result.warnings.front().text().find(what), std::string::npos) << result.warnings.front().text();
  }
}

TEST(ConfigAppRules, ReadsRulesOneALine) {
  MemoryFiles files;
  files.write("main.toml", std::string("app_rule_files = [\"rules.d\"]\n") + testing::kCse + testing::kListener +
                               testing::kPsk +
                               "[[app_rule]]\ncredentials = [\"*\"]\napp_ids = [\"*\"]\naes = [\"S*\"]\n");
  files.write("rules.d/1", "# devices\r\n12-a@sp.example.com,None\t N*,R01.*  Ca\r\n\n");
  files.write("rules.d/2", " 33-*,34-urn:* * C1*,S2", true);  // no secret
  const Config config = loaded(files);
  EXPECT_EQ(config.registration.app_rules, RegistrationSettings::Rules::File);
  const auto texts = [](const std::vector<identity::Pattern>& patterns) {
    std::string text;
    for (const identity::Pattern& pattern : patterns) text += pattern.text() + " ";
    return text;
  };
  std::string all;
  for (const identity::AppRule& rule : config.app_rules)
    all += texts(rule.credentials) + (rule.without_association ? "none " : "") + "| " + texts(rule.app_ids.patterns()) +
           "| " + texts(rule.stems.patterns()) + "| " + rule.origin + "\n";
  EXPECT_EQ(all,
            "* | * | S* | main.toml:14\n"
            "12-a@sp.example.com none | N* R01.* | Ca | rules.d/1:2\n"
            "33-* 34-urn:* | * | C1* S2 | rules.d/2:1\n");
}

// Nobody may register then, which is not what no rules at all mean.
TEST(ConfigAppRules, AsksRulesOfAFileThatHoldsNone) {
  MemoryFiles files;
  files.write("main.toml",
              std::string("app_rule_files = [\"rules\"]\n") + testing::kCse + testing::kListener + testing::kPsk);
  files.write("rules", "# none yet\n");
  const Config config = loaded(files);
  EXPECT_EQ(config.registration.app_rules, RegistrationSettings::Rules::File);
  EXPECT_TRUE(config.app_rules.empty());
}

}  // namespace
}  // namespace saproxy::policy
