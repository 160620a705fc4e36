#include "identity/app_rule.h"

#include <gtest/gtest.h>

namespace saproxy::identity {
namespace {

struct Row {
  const char* name;
  const char* pattern;
  const char* text;
  bool matches;
};
// Spec: TS-0001 9.6.29
const Row kRows[] = {
    {"Any", "*", "Cabc", true},
    {"AnyNeverEmpty", "*", "", false},
    {"Concrete", "Cabc", "Cabc", true},
    {"ConcreteLonger", "Cabc", "Cabcd", false},
    {"ConcreteShorter", "Cabc", "Cab", false},
    {"CaseCounts", "Cabc", "CABC", false},
    {"CStar", "C*", "Cabc", true},
    {"CStarBare", "C*", "C", true},
    {"CStarOther", "C*", "Sabc", false},
    {"SStar", "S*", "Sabc", true},
    {"InnerStar", "C123*X", "C1234X", true},
    {"InnerStarEmptyRun", "C123*X", "C123X", true},
    {"InnerStarOpenEnd", "C123*X", "C123XY", false},
    {"InnerStarLastCounts", "C123*X", "C123XYX", true},
    {"TwoStars", "C*a*b", "Cxaybzb", true},
    {"TwoStarsFail", "C*a*b", "Cxbya", false},
    {"StarFirst", "*X", "CX", true},
    {"StarRun", "C***", "Cx", true},
    {"DotIsLiteral", "C.a", "Cxa", false},
    {"QuestionMarkIsLiteral", "C?a", "Cxa", false},
    {"BracketIsLiteral", "C[a]", "Ca", false},
};
class PatternMatch : public testing::TestWithParam<Row> {};
TEST_P(PatternMatch, Decides) {
  const auto pattern = Pattern::parse(GetParam().pattern);
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->matches(GetParam().text), GetParam().matches);
}
INSTANTIATE_TEST_SUITE_P(Rows, PatternMatch, testing::ValuesIn(kRows), [](const auto& row) { return row.param.name; });

TEST(Pattern, RefusesWhatNoListHolds) {
  for (const char* bad : {"", " ", "C a", "C\t", "C\n", "\x7F", "\xC3\xA4"}) EXPECT_FALSE(Pattern::parse(bad)) << bad;
  EXPECT_FALSE(Pattern::parse(std::string("C\0", 2)));
  EXPECT_TRUE(Pattern::parse(std::string(256, '*')));
  EXPECT_FALSE(Pattern::parse(std::string(257, '*')));
}

TEST(Pattern, DoesNotBlowUp) {
  std::string many;
  for (int i = 0; i < 85; ++i) many += "*aa";
  const auto pattern = Pattern::parse(many + "b");
  ASSERT_TRUE(pattern);
  EXPECT_FALSE(pattern->matches(std::string(100000, 'a')));
}

struct LetterRow {
  const char* pattern;
  bool c;
  bool s;
};
// Spec: TS-0001 10.2.2.2 (From "C" and "S" ask for a stem that the list covers)
TEST(Pattern, KnowsWhichLettersItCanCover) {
  const LetterRow rows[] = {{"*", true, true},    {"C*", true, false},   {"S*", false, true},   {"Sabc", false, true},
                            {"C", false, false},  {"S", false, false},   {"*X", true, true},    {"*C", true, true},
                            {"X*", false, false}, {"C/*", false, false}, {"*@x", false, false}, {"c*", false, false}};
  for (const LetterRow& row : rows) {
    const auto pattern = Pattern::parse(row.pattern);
    ASSERT_TRUE(pattern);
    EXPECT_EQ(pattern->can_match_stem_starting('C'), row.c) << row.pattern;
    EXPECT_EQ(pattern->can_match_stem_starting('S'), row.s) << row.pattern;
  }
}

TEST(StemList, CoversNothingWhenEmpty) {
  const StemList none;
  EXPECT_FALSE(none.contains(*AeStem::parse("Cabc")));
  EXPECT_FALSE(none.can_assign('C'));
  EXPECT_EQ(none.single_concrete(), nullptr);
}

TEST(StemList, AsksEveryPattern) {
  const StemList list({*Pattern::parse("Cabc"), *Pattern::parse("S*")});
  EXPECT_TRUE(list.contains(*AeStem::parse("Cabc")));
  EXPECT_TRUE(list.contains(*AeStem::parse("Sx")));
  EXPECT_FALSE(list.contains(*AeStem::parse("Cabd")));
  EXPECT_TRUE(list.can_assign('S'));
  EXPECT_EQ(list.single_concrete(), nullptr);
}

TEST(StemList, FindsOneStemAmongManyAndSharesThemWithItsCopies) {
  std::vector<Pattern> patterns;
  for (int i = 0; i < 20'000; ++i) patterns.push_back(*Pattern::parse("C" + std::to_string(i)));
  patterns.push_back(*Pattern::parse("S1*9"));
  const StemList list(std::move(patterns));
  const StemList copy = list;
  const auto first_of = [](const StemList& of) {
    const Pattern* first = nullptr;
    of.any_pattern([&first](const Pattern& pattern) {
      first = &pattern;
      return true;
    });
    return first;
  };
  EXPECT_EQ(first_of(copy), first_of(list));
  for (const char* inside : {"C0", "C19999", "S129"}) EXPECT_TRUE(copy.contains(*AeStem::parse(inside))) << inside;
  for (const char* outside : {"C20000", "C", "S0", "S", "c0"}) {
    const auto stem = AeStem::parse(outside);
    EXPECT_FALSE(stem && copy.contains(*stem)) << outside;
  }
}

TEST(StemList, NamesItsOnlyConcreteStem) {
  const StemList one({*Pattern::parse("Cabc")});
  ASSERT_NE(one.single_concrete(), nullptr);
  EXPECT_EQ(*one.single_concrete(), "Cabc");
  EXPECT_EQ(StemList({*Pattern::parse("C*")}).single_concrete(), nullptr);
}

}  // namespace
}  // namespace saproxy::identity
