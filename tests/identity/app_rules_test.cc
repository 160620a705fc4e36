// The indexes of application rules against a plain scan of them. Spec: TS-0001 9.6.29, 10.2.2.2
#include "identity/app_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "identity/pattern_index.h"

namespace saproxy::identity {
namespace {

using Texts = std::vector<std::string>;

std::vector<Pattern> patterns(const Texts& texts) {
  std::vector<Pattern> list;
  for (const std::string& text : texts) list.push_back(*Pattern::parse(text));
  return list;
}

AppRule rule(const Texts& credentials, const Texts& app_ids, const Texts& stems) {
  AppRule made;
  made.credentials = patterns(credentials);
  made.app_ids = PatternList(patterns(app_ids));
  made.stems = StemList(patterns(stems));
  return made;
}

std::set<std::string> texts_of(const StemList& stems) {
  std::set<std::string> texts;
  for (const Pattern& pattern : stems.patterns()) texts.insert(pattern.text());
  return texts;
}

// What find() and stems_of() promise, rule by rule.
struct Scan {
  explicit Scan(const std::vector<AppRule>& given) : rules(given) {}
  [[nodiscard]] static bool covers_app_id(const AppRule& rule, std::string_view app_id) {
    return rule.app_ids.any_pattern([app_id](const Pattern& pattern) { return pattern.matches(app_id); });
  }
  [[nodiscard]] static bool names(const AppRule& rule, std::string_view credential, bool by_wildcard) {
    if (credential.empty()) return rule.without_association && !by_wildcard;
    return std::ranges::any_of(rule.credentials, [&](const Pattern& pattern) {
      return pattern.is_concrete() != by_wildcard && pattern.matches(credential);
    });
  }
  [[nodiscard]] static bool covers(const AppRule& rule, const StemWish& wish) {
    const auto any = [&](auto&& fits) { return rule.stems.any_pattern(fits); };
    switch (wish.form) {
      case StemWish::Form::Stem: return any([&](const Pattern& p) { return p.matches(wish.stem); });
      case StemWish::Form::BareC: return any([](const Pattern& p) { return p.can_match_stem_starting('C'); });
      case StemWish::Form::BareS: return any([](const Pattern& p) { return p.can_match_stem_starting('S'); });
      case StemWish::Form::Absent:
        return any([](const Pattern& p) { return p.can_match_stem_starting('C') || p.can_match_stem_starting('S'); });
    }
    return false;
  }
  [[nodiscard]] const AppRule* find(std::string_view credential, std::string_view app_id, const StemWish& wish) const {
    for (const bool by_wildcard : {false, true})
      for (const AppRule& rule : rules)
        if (names(rule, credential, by_wildcard) && covers_app_id(rule, app_id) && covers(rule, wish)) return &rule;
    return nullptr;
  }
  [[nodiscard]] std::set<std::string> stems_of(std::string_view credential) const {
    std::set<std::string> texts;
    for (const AppRule& rule : rules)
      if (names(rule, credential, false) || names(rule, credential, true)) texts.merge(texts_of(rule.stems));
    return texts;
  }
  const std::vector<AppRule>& rules;
};

// Few letters, so that patterns collide, overlap and match.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t bound) { return random_() % bound; }
  std::string text(std::string_view letters, std::size_t longest) {
    std::string made;
    for (std::size_t n = 1 + below(longest); n > 0; --n) made += letters[below(letters.size())];
    return made;
  }
  Texts list(std::string_view first, std::string_view letters, std::size_t longest, std::size_t most) {
    Texts made;
    for (std::size_t n = below(most + 1); n > 0; --n)
      made.push_back(std::string(1, first[below(first.size())]) + text(letters, longest));
    return made;
  }
  std::vector<AppRule> rules(std::size_t count, std::size_t longest) {
    std::vector<AppRule> made;
    for (std::size_t i = 0; i < count; ++i) {
      made.push_back(rule(list("1*", "12*", longest, 3), list("RN*", "ab*", longest, 3), list("CS*", "ab*", 3, 3)));
      made.back().without_association = below(8) == 0;
      if (below(50) == 0) made.back().app_ids = PatternList(patterns(list("RN", "abcdef*", 6, 60)));
    }
    return made;
  }

 private:
  std::mt19937 random_;
};

class Generated : public testing::TestWithParam<unsigned> {};

TEST_P(Generated, RulesAreFoundAsByAScan) {
  Generator generator(GetParam());
  // Few and long lists of them, with patterns of few and of many spellings: groups of one rule and of hundreds.
  const AppRules rules(generator.rules(1 + generator.below(150), 1 + generator.below(5)));
  const Scan scan(rules.all());
  std::size_t found = 0;
  for (int turn = 0; turn < 40; ++turn) {
    const std::string credential = generator.below(20) == 0 ? "" : "1" + generator.text("12", 6);
    const std::string app_id = generator.below(20) == 0 ? "" : generator.text("RNab", 4);
    const std::string stem = generator.text("CSab", 4);
    using Form = StemWish::Form;
    for (const Form form : {Form::Stem, Form::BareC, Form::BareS, Form::Absent}) {
      const StemWish wish{form, stem};
      ASSERT_EQ(rules.find(credential, app_id, wish), scan.find(credential, app_id, wish))
          << credential << ' ' << app_id << ' ' << stem << ' ' << static_cast<int>(form);
      found += rules.find(credential, app_id, wish) != nullptr ? 1 : 0;
    }
    const StemList stems = rules.stems_of(credential);
    ASSERT_EQ(texts_of(stems), scan.stems_of(credential)) << credential;
    const bool covered = std::ranges::any_of(stems.patterns(), [&](const Pattern& p) { return p.matches(stem); });
    ASSERT_EQ(stems.covers(stem), covered);
    ASSERT_EQ(stems.lists(stem), texts_of(stems).contains(stem));
    for (const char letter : {'C', 'S'})
      ASSERT_EQ(stems.can_assign(letter), std::ranges::any_of(stems.patterns(), [letter](const Pattern& p) {
                  return p.can_match_stem_starting(letter);
                }));
  }
  EXPECT_TRUE(found > 0 || rules.size() < 100);
}

TEST_P(Generated, PatternsAreFoundAsByAScan) {
  Generator generator(GetParam() + 1000);
  std::vector<Pattern> list;
  const std::string letters = generator.below(2) == 0 ? "ab*" : "abcd**";
  for (std::size_t n = generator.below(500); n > 0; --n)
    list.push_back(*Pattern::parse(generator.text(letters, 1 + generator.below(8))));
  PatternIndex index;
  std::vector<PatternIndex::Number> numbers;
  for (const Pattern& pattern : list) numbers.push_back(index.add(pattern));
  index.finish();
  for (int turn = 0; turn < 40; ++turn) {
    const std::string text = turn == 0 ? "" : generator.text("abcd", 10);
    std::set<PatternIndex::Number> expected, found;
    for (std::size_t i = 0; i < list.size(); ++i)
      if (list[i].matches(text)) expected.insert(numbers[i]);
    index.any(text, [&found](PatternIndex::Number number) {
      found.insert(number);
      return false;
    });
    ASSERT_EQ(found, expected) << text;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, Generated, testing::Range(0u, 8u));

TEST(AppRules, ThatNameTheCredentialComeFirstAndThenTheFirstWritten) {
  const AppRules rules({rule({"12-*"}, {"*"}, {"C*"}), rule({"12-a"}, {"N*"}, {"C1"}), rule({"12-a"}, {"*"}, {"C1"}),
                        rule({"*"}, {"*"}, {"S*"})});
  const auto found = [&](std::string_view credential, std::string_view stem) {
    const AppRule* rule = rules.find(credential, "N1", {StemWish::Form::Stem, stem});
    return rule == nullptr ? -1 : rule - rules.all().data();
  };
  EXPECT_EQ(found("12-a", "C1"), 1);
  EXPECT_EQ(found("12-a", "C2"), 0);
  EXPECT_EQ(found("12-b", "C1"), 0);
  EXPECT_EQ(found("13-b", "C1"), -1);
  EXPECT_EQ(found("12-b", "S1"), 3);
  EXPECT_EQ(found("", "C1"), -1);
}

// A wildcard that many rules have for its credential is looked up by stem and App-ID, and its stems are one list for
// all that it matches.
TEST(AppRules, OfOneWildcardShareTheirStems) {
  std::vector<AppRule> many;
  for (int i = 0; i < 1000; ++i)
    many.push_back(rule({"*"}, {"N" + std::to_string(i)}, {"C" + std::to_string(i), "Sx*" + std::to_string(i)}));
  many.push_back(rule({"12-own"}, {"*"}, {"Cown"}));
  const AppRules rules(std::move(many));
  const StemList a = rules.stems_of("12-a"), own = rules.stems_of("12-own");
  EXPECT_EQ(a.size(), 2000u);
  EXPECT_EQ(a, rules.stems_of("12-b"));
  EXPECT_EQ(own.size(), 2001u);
  EXPECT_FALSE(own == a);
  EXPECT_EQ(own, rules.stems_of("12-own"));
  EXPECT_TRUE(own.lists("Cown") && own.lists("C999") && own.covers("Sx17") && !own.covers("C1000"));
  const auto origin = [&](std::string_view app_id, std::string_view stem) {
    const AppRule* rule = rules.find("12-a", app_id, {StemWish::Form::Stem, stem});
    return rule == nullptr ? -1 : rule - rules.all().data();
  };
  EXPECT_EQ(origin("N432", "C432"), 432);
  EXPECT_EQ(origin("N432", "C433"), -1);
  EXPECT_EQ(origin("N432", "Sxyz432"), 432);
}

// What a source may make of a few megabytes: rules that are each in a thousand groups.
TEST(AppRules, OfManyCredentialsEachDoNotOutgrowThemselves) {
  Texts credentials, app_ids, stems;
  for (int i = 0; i < 1000; ++i) {
    credentials.push_back("12-" + std::to_string(i));
    app_ids.push_back("N" + std::to_string(i));
    stems.push_back("C" + std::to_string(i));
  }
  std::vector<AppRule> many;
  for (int i = 0; i < 100; ++i) many.push_back(rule(credentials, app_ids, stems));
  const AppRules rules(std::move(many));  // 100 million pairs, were all of them written down
  EXPECT_EQ(rules.find("12-999", "N999", {StemWish::Form::Stem, "C999"}), rules.all().data());
  EXPECT_EQ(rules.find("12-999", "N999", {StemWish::Form::Stem, "C1000"}), nullptr);
}

}  // namespace
}  // namespace saproxy::identity
