#include "identity/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/identity/certificate_builder.h"
#include "tests/identity/der_builder.h"

namespace saproxy::identity {
namespace {

using test::operator+;
using testing::HasSubstr;
using testing::Not;

std::string described(const Bytes& der, const LocalEntity* local = nullptr, std::span<const Certificate> issuers = {}) {
  return describe_certificate(der, issuers, local, 1'800'000'000);
}

TEST(DescribeCertificate, TellsFlavourNameAndViolations) {
  test::CertificateDraft draft;
  const std::string text = described(draft.der());
  EXPECT_THAT(text, HasSubstr("flavour:        ae_id\n"));
  EXPECT_THAT(text, HasSubstr("credential-id:  33-//sp.example.com/cse1/C1\n"));
  EXPECT_THAT(text, HasSubstr("name:           URI https://sp.example.com/cse1/C1\n"));
  EXPECT_THAT(text, HasSubstr("key name:       ni:///sha-256;"));
  EXPECT_THAT(text, HasSubstr("not before:     2026-01-01T00:00:00Z\n"));
  EXPECT_THAT(text, HasSubstr("not after:      2036-12-31T23:59:59Z\n"));
  EXPECT_THAT(text, HasSubstr("key:            EC P-256, uncompressed point\n"));
  EXPECT_THAT(text, HasSubstr("key_usage_missing: keyUsage is missing (TS-0003 10.1.1.1)"));
  EXPECT_THAT(text, HasSubstr("name constraints not judged"));
}

TEST(DescribeCertificate, EscapesWhatIsNotPrintable) {
  test::CertificateDraft draft;
  draft.extensions = test::alt_names(test::dns(std::string_view("a\0\x1B[2J\r\n\\", 9)));
  const std::string text = described(draft.der());
  EXPECT_THAT(text, HasSubstr("dNSName a\\x00\\x1B[2J\\x0D\\x0A\\x5C\n"));
  EXPECT_THAT(text, HasSubstr("bad_name_syntax"));
}

TEST(DescribeCertificate, JudgesFromThePointOfViewGiven) {
  const LocalEntity local{*SpId::parse("other.example"), *CseId::parse("/cse1"), {}};
  EXPECT_THAT(described(test::CertificateDraft().der(), &local), HasSubstr("other_service_provider"));
  const Certificate issuer = test::a_provider_ca();
  EXPECT_THAT(described(test::CertificateDraft().der(), nullptr, std::span(&issuer, 1)), Not(HasSubstr("constraint")));
}

TEST(DescribeCertificate, KnowsRawKeysAndGarbage) {
  const std::string raw = described(test::p256_key());
  EXPECT_THAT(raw, HasSubstr("raw public key"));
  EXPECT_THAT(raw, HasSubstr("credential-id:  30-sha-256;"));
  EXPECT_THAT(described({}), HasSubstr("unreadable"));
  EXPECT_THAT(described(test::p256_key(0x04, 64)), HasSubstr("unreadable"));
  EXPECT_THAT(described(test::p256_key(0x02, 33)), HasSubstr("compressed point (TS-0003 10.1.1.1)"));
}

TEST(DescribeCertificate, ShowsEveryYear) {
  test::CertificateDraft draft;
  draft.validity = test::seq(test::tlv(der::kGeneralizedTime, test::raw("00010101000000Z")) +
                             test::tlv(der::kGeneralizedTime, test::raw("99991231235959Z")));
  const std::string text = described(draft.der());
  EXPECT_THAT(text, HasSubstr("not before:     0001-01-01T00:00:00Z\n"));
  EXPECT_THAT(text, HasSubstr("not after:      9999-12-31T23:59:59Z\n"));
}

}  // namespace
}  // namespace saproxy::identity
