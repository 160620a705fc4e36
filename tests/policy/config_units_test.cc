#include "policy/config_units.h"

#include <gtest/gtest.h>

#include <array>

namespace saproxy::policy {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, KnowsFiveUnits) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("10s"), 10s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("1d"), 24h);
}

class NoDuration : public ::testing::TestWithParam<const char*> {};
TEST_P(NoDuration, IsRefused) { EXPECT_FALSE(parse_duration(GetParam())); }
INSTANTIATE_TEST_SUITE_P(Texts, NoDuration,
                         ::testing::Values("", "10", "s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1min",
                                           "99999999999999999999s", "9223372036854775807d"));

TEST(ParseSize, KnowsBinaryUnitsOnly) {
  EXPECT_EQ(parse_size("100B"), 100u);
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("1MiB"), 1048576u);
  EXPECT_EQ(parse_size("2GiB"), 2147483648u);
  for (const char* text : {"64", "64KB", "64k", "64 KiB", "64kib", "-1B", "99999999999GiB"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(DurationText, UsesTheLargestWholeUnit) {
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(2min), "2m");
  EXPECT_EQ(duration_text(250ms), "250ms");
  EXPECT_EQ(duration_text(0ms), "0ms");
}

TEST(SizeText, UsesTheLargestWholeUnit) {
  EXPECT_EQ(size_text(65536), "64KiB");
  EXPECT_EQ(size_text(32000), "32000B");
  EXPECT_EQ(size_text(0), "0B");
}

TEST(NearestWord, FindsMissingSurplusWrongAndSwappedLetters) {
  constexpr std::array<std::string_view, 3> kKnown = {"address", "frameworks", "name"};
  EXPECT_EQ(nearest_word("adress", kKnown), "address");
  EXPECT_EQ(nearest_word("addresss", kKnown), "address");
  EXPECT_EQ(nearest_word("framewroks", kKnown), "frameworks");
  EXPECT_EQ(nearest_word("nane", kKnown), "name");
  EXPECT_FALSE(nearest_word("colour", kKnown));
  EXPECT_FALSE(nearest_word(std::string(100'000, 'a'), kKnown));
}

}  // namespace
}  // namespace saproxy::policy
