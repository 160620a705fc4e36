// Who may never be From. Spec: design invariant 1
#include "policy/denied_originators.h"

#include <gtest/gtest.h>

#include <string>

namespace saproxy::policy {
namespace {

DeniedOriginators denied(const std::vector<std::string>& texts) {
  std::vector<identity::Pattern> patterns;
  for (const std::string& text : texts) patterns.push_back(*identity::Pattern::parse(text));
  return patterns;
}

struct GlobRow {
  const char* pattern;
  const char* text;
  bool matches;
};
TEST(DeniedOriginators, AreComparedWithoutCase) {
  for (const GlobRow& row :
       {GlobRow{"CAdmin", "cadmin", true}, GlobRow{"cadmin", "CADMIN", true}, GlobRow{"CAdmin", "CAdmin1", false},
        GlobRow{"C*n", "cadmin", true}, GlobRow{"*admin*", "xADMINy", true}, GlobRow{"*", "", false},
        GlobRow{"*", "x", true}, GlobRow{"a*b*c", "aXbYbZc", true}, GlobRow{"a*b*c", "aXbYbZ", false},
        GlobRow{"**", "x", true}}) {
    EXPECT_EQ(denied({row.pattern}).covers(row.text), row.matches) << row.pattern << " " << row.text;
  }
  EXPECT_FALSE(DeniedOriginators().covers("x"));
}

TEST(DeniedOriginators, MayBeManyAndTheirTextsLong) {
  std::vector<std::string> texts = {"CBoss*", "*Z"};
  for (int i = 0; i < 10'000; ++i) texts.push_back("CAdmin" + std::to_string(i));
  const DeniedOriginators many = denied(texts);
  for (const char* text : {"cadmin0", "CADMIN9999", "cbossy", "z"}) EXPECT_TRUE(many.covers(text)) << text;
  for (const char* text : {"cadmin", "cadmin10000", "xcboss", ""}) EXPECT_FALSE(many.covers(text)) << text;
  EXPECT_TRUE(many.covers(std::string(1000, 'x') + "z"));
  EXPECT_FALSE(many.covers(std::string(1000, 'x')));
}

}  // namespace
}  // namespace saproxy::policy
