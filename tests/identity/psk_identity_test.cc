#include "identity/psk_identity.h"

#include <gtest/gtest.h>

#include "identity/bytes.h"

namespace saproxy::identity {
namespace {

// Spec: TS-0003 10.5; the two names are those of TS-0013 8.4.1.1 and of a national implementation
TEST(PskIdentity, SplitsAtTheSign) {
  const auto identity = PskIdentity::parse("AE123-LOCK@in.provider.com");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->relative(), "AE123-LOCK");
  EXPECT_EQ(identity->fqdn(), "in.provider.com");
  EXPECT_TRUE(PskIdentity::parse("test@onem2m.com"));
  EXPECT_TRUE(PskIdentity::parse("0123456789ABCDEF0123456789ABCDEF@cdot.in"));
}

TEST(PskIdentity, IsCaseSensitive) { EXPECT_NE(*PskIdentity::parse("a@sp.com"), *PskIdentity::parse("A@sp.com")); }

struct Row {
  const char* name;
  std::string text;
};
const Row kRows[] = {
    {"Empty", ""},
    {"NoSign", "ae1"},
    {"TwoSigns", "a@b@sp.com"},
    {"SignFirst", "@sp.com"},
    {"SignLast", "ae1@"},
    {"SignOnly", "@"},
    {"Nul", std::string("ae1\0@sp.com", 11)},
    {"NulAfter", std::string("ae1@sp.com\0", 11)},
    {"NulAndTail", std::string("ae1@sp.com\0x", 12)},
    {"Slash", "a/b@sp.com"},
    {"Hash", "#@sp.com"},
    {"Plus", "+@sp.com"},
    {"Star", "*@sp.com"},
    {"LineEnd", "ae1@sp.com\r\n"},
    {"LineEndInside", "a\r\nb@sp.com"},
    {"Blank", "a b@sp.com"},
    {"BlankFirst", " a@sp.com"},
    {"NotUtf8", "a\xFF@sp.com"},
    {"OverlongUtf8", "a\xC0\xAF@sp.com"},
    {"Umlaut", "\xC3\xA4@sp.com"},
    {"Tilde", "a~b@sp.com"},
    {"Colon", "a:b@sp.com"},
    {"DomainUnderscore", "a@sp_1.com"},
    {"DomainFinalDot", "a@sp.com."},
    {"DomainEmptyLabel", "a@sp..com"},
    {"DomainPort", "a@sp.com:443"},
    {"DomainPath", "a@sp.com/x"},
    {"DomainAddress", "a@10.0.0.1"},
    {"AeId", "//sp.com/cse1/C1"},
    {"Stem", "Cabc"},
    {"TooLong", std::string(122, 'a') + "@sp.com"},
    {"Whole65535", std::string(65535, 'a')},
};
class BadPskIdentity : public testing::TestWithParam<Row> {};
TEST_P(BadPskIdentity, IsRefused) { EXPECT_FALSE(PskIdentity::parse(as_bytes(GetParam().text))); }
INSTANTIATE_TEST_SUITE_P(Hostile, BadPskIdentity, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(PskIdentity, TakesTheLongest) { EXPECT_TRUE(PskIdentity::parse(std::string(121, 'a') + "@sp.com")); }

}  // namespace
}  // namespace saproxy::identity
