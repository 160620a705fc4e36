#include "identity/credential_id.h"

#include <gtest/gtest.h>

namespace saproxy::identity {
namespace {

// Spec: TS-0003 10.4, 12.2, 12.3.2.1
TEST(CredentialId, SplitsAtTheFirstDash) {
  const auto id = CredentialId::parse("12-ae-1@sp-x.example.com");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->type(), CredentialType::SaefKey);
  EXPECT_EQ(id->value(), "ae-1@sp-x.example.com");
  EXPECT_EQ(id->text(), "12-ae-1@sp-x.example.com");
}

TEST(CredentialId, TakesEveryTypeOfTheTable) {
  for (const char* text : {"10-thiskey@mymef.com", "11-k@maf.com", "12-k@sp.com", "30-sha-256;abc", "31-0.2.481.1.100",
                           "32-//sp.com/cse1", "33-//sp.com/cse1/C1", "34-urn:dev:ops:1-2"})
    EXPECT_TRUE(CredentialId::parse(text)) << text;
}

struct BadRow {
  const char* name;
  std::string_view text;
  ErrorCode code;
};
const BadRow kBadRows[] = {
    {"Empty", "", ErrorCode::BadSyntax},
    {"NoDash", "12", ErrorCode::BadSyntax},
    {"NoValue", "12-", ErrorCode::BadSyntax},
    {"NoType", "-ae1@sp.com", ErrorCode::Unsupported},
    {"OldType00", "00-test@onem2m.com", ErrorCode::Unsupported},
    {"EsPrimType13", "13-x", ErrorCode::Unsupported},
    {"ThreeDigits", "012-x", ErrorCode::Unsupported},
    {"OneDigit", "1-x", ErrorCode::Unsupported},
    {"BlankType", " 12-x", ErrorCode::Unsupported},
    {"Blank", "12-a b", ErrorCode::BadSyntax},
    {"Tab", "12-a\tb", ErrorCode::BadSyntax},
    {"LineEnd", "12-a\r\nb", ErrorCode::BadSyntax},
    {"Nul", std::string_view("12-a\0b", 6), ErrorCode::BadSyntax},
    {"Delete", "12-a\x7F", ErrorCode::BadSyntax},
    {"NotAscii", "12-\xC3\xA4", ErrorCode::BadSyntax},
};
class BadCredentialId : public testing::TestWithParam<BadRow> {};
TEST_P(BadCredentialId, IsRefused) {
  const auto id = CredentialId::parse(GetParam().text);
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(Rows, BadCredentialId, testing::ValuesIn(kBadRows),
                         [](const auto& row) { return row.param.name; });

TEST(CredentialId, HasABound) {
  EXPECT_TRUE(CredentialId::make(CredentialType::SaefKey, std::string(597, 'a')));
  EXPECT_FALSE(CredentialId::make(CredentialType::SaefKey, std::string(598, 'a')));
}

TEST(CredentialId, ComparesByteByByte) {
  EXPECT_NE(*CredentialId::parse("12-A@sp.com"), *CredentialId::parse("12-a@sp.com"));
  EXPECT_NE(*CredentialId::parse("11-a@sp.com"), *CredentialId::parse("12-a@sp.com"));
}

}  // namespace
}  // namespace saproxy::identity
