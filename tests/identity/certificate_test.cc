#include "identity/certificate.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/identity/der_builder.h"

namespace saproxy::identity {
namespace {

using namespace test;

// Spec: RFC 5280 4.1, 4.2
TEST(Certificate, GivesItsFacts) {
  CertificateDraft draft;
  draft.extensions = alt_names(uri("https://sp.example.com/cse1/C1") + dns(std::string_view("a\0b", 3)) +
                               tlv(der::context(8), {0x2A, 0x03})) +
                     extension(15, {0x03, 0x02, 0x07, 0x80}, {0x01, 0x01, 0xFF}) + extension(19, seq({})) +
                     extension(37, seq({0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02}));
  const auto certificate = parse_certificate(draft.der());
  ASSERT_TRUE(certificate) << certificate.error().detail;
  EXPECT_EQ(certificate->version, 3);
  EXPECT_EQ(certificate->subject_common_name, "subject");
  EXPECT_EQ(certificate->not_before, 1767225600);
  EXPECT_EQ(certificate->not_after, 2114380799);
  EXPECT_EQ(certificate->key, KeyAlgorithm::EcP256);
  EXPECT_TRUE(certificate->key_uncompressed);
  EXPECT_EQ(certificate->signature, SignatureAlgorithm::EcdsaSha256);
  EXPECT_EQ(certificate->public_key_info, p256_key());
  EXPECT_EQ(certificate->key_usage, 0x0001);
  EXPECT_FALSE(certificate->is_ca);
  EXPECT_EQ(certificate->extended_key_usages, std::vector<std::string>{"1.3.6.1.5.5.7.3.2"});
  ASSERT_EQ(certificate->alt_names.size(), 3U);
  EXPECT_EQ(certificate->alt_names[0].text(), "https://sp.example.com/cse1/C1");
  EXPECT_EQ(certificate->alt_names[1].text(), std::string_view("a\0b", 3)) << "bytes as encoded, the NUL too";
  EXPECT_EQ(certificate->alt_names[2].text(), "1.2.3");
}

TEST(Certificate, ReadsOtherName) {
  CertificateDraft draft;
  const Bytes value = tlv(der::kUtf8String, raw("100.3030"));
  draft.extensions = alt_names(tlv(der::context_constructed(0), Bytes{0x06, 0x04, 0x02, 0x83, 0x61, 0x01} +
                                                                    tlv(der::context_constructed(0), value)));
  const auto certificate = parse_certificate(draft.der());
  ASSERT_TRUE(certificate) << certificate.error().detail;
  EXPECT_EQ(certificate->alt_names[0].kind, AltName::Kind::OtherName);
  EXPECT_EQ(certificate->alt_names[0].type_oid, "0.2.481.1");
  EXPECT_EQ(certificate->alt_names[0].value, value);
}

TEST(Certificate, ReadsAuthorityExtensions) {
  CertificateDraft draft;
  const Bytes permitted =
      tlv(der::context_constructed(0), seq(dns("sp.example.com")) + seq(uri(".sp.example.com")) +
                                           seq(tlv(der::context_constructed(4), name_with_cn("x"))));
  const Bytes excluded = tlv(der::context_constructed(1), seq(dns("bad.sp.example.com")));
  draft.extensions = extension(19, seq({0x01, 0x01, 0xFF, 0x02, 0x01, 0x00})) +
                     extension(30, seq(permitted + excluded)) + extension(15, {0x03, 0x02, 0x01, 0x06});
  const auto certificate = parse_certificate(draft.der());
  ASSERT_TRUE(certificate) << certificate.error().detail;
  EXPECT_TRUE(certificate->is_ca);
  EXPECT_EQ(certificate->path_length, 0U);
  EXPECT_EQ(certificate->key_usage, 0x0060);
  ASSERT_EQ(certificate->name_constraints.size(), 4U);
  EXPECT_EQ(certificate->name_constraints[1].base, ".sp.example.com");
  EXPECT_EQ(certificate->name_constraints[2].kind, NameConstraint::Kind::Other);
  EXPECT_FALSE(certificate->name_constraints[3].permitted);
}

TEST(Certificate, NotesUnknownCriticalExtensionsOnly) {
  CertificateDraft draft;
  draft.extensions = draft.extensions + extension(99, {}, {0x01, 0x01, 0xFF}) + extension(98, {});
  const auto certificate = parse_certificate(draft.der());
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->unknown_critical_extensions, std::vector<std::string>{"2.5.29.99"});
}

// DER leaves defaults out; certificates in the field do not.
TEST(Certificate, TakesACriticalFalseThatIsWrittenOut) {
  CertificateDraft draft;
  draft.extensions = draft.extensions + extension(99, {}, {0x01, 0x01, 0x00});
  const auto certificate = parse_certificate(draft.der());
  ASSERT_TRUE(certificate) << certificate.error().detail;
  EXPECT_TRUE(certificate->unknown_critical_extensions.empty());
}

TEST(Certificate, KnowsKeys) {
  const auto key_of = [](const Bytes& key) {
    CertificateDraft draft;
    draft.key = key;
    return parse_certificate(draft.der());
  };
  EXPECT_FALSE(key_of(p256_key(0x02, 33))->key_uncompressed);
  const Bytes modulus = Bytes{0x02, 0x82, 0x01, 0x01, 0x00, 0x80} + Bytes(255, 1);
  const auto rsa = key_of(seq(seq({0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00}) +
                              tlv(0x03, Bytes{0x00} + seq(modulus + Bytes{0x02, 0x03, 0x01, 0x00, 0x01}))));
  ASSERT_TRUE(rsa) << rsa.error().detail;
  EXPECT_EQ(rsa->key, KeyAlgorithm::Rsa);
  EXPECT_EQ(rsa->rsa_bits, 2048U);
  EXPECT_EQ(key_of(seq(seq({0x06, 0x03, 0x2B, 0x65, 0x70}) + tlv(0x03, Bytes(33, 0))))->key, KeyAlgorithm::Ed25519);
  for (const Bytes& bad : {p256_key(0x04, 64), p256_key(0x04, 66), p256_key(0x04, 33), p256_key(0x05, 65),
                           p256_key(0x00, 1), p256_key(0x04, 0)})
    EXPECT_FALSE(key_of(bad));
}

struct Bend {
  const char* name;
  std::function<void(CertificateDraft&)> apply;
};
Bytes many(std::size_t count, const Bytes& each) {
  Bytes all;
  for (std::size_t i = 0; i < count; ++i) all = std::move(all) + each;
  return all;
}
const Bend kBends[] = {
    {"VersionWrittenAs1",
     [](auto& d) {
       d.version = tlv(0xA0, {0x02, 0x01, 0x00});
     }},
    {"Version4",
     [](auto& d) {
       d.version = tlv(0xA0, {0x02, 0x01, 0x03});
     }},
    {"ExtensionsInVersion1", [](auto& d) { d.version = {}; }},
    {"ExtensionsInVersion2",
     [](auto& d) {
       d.version = tlv(0xA0, {0x02, 0x01, 0x01});
     }},
    {"SerialEmpty",
     [](auto& d) {
       d.serial = {0x02, 0x00};
     }},
    {"SerialPadded",
     [](auto& d) {
       d.serial = {0x02, 0x02, 0x00, 0x01};
     }},
    {"SerialHuge", [](auto& d) { d.serial = tlv(0x02, Bytes(22, 1)); }},
    {"AlgorithmsDiffer",
     [](auto& d) {
       d.inner_algorithm = seq({0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03});
     }},
    {"ValidityOfOne", [](auto& d) { d.validity = seq(tlv(0x17, raw("260101000000Z"))); }},
    {"ValidityOfThree", [](auto& d) { d.validity = seq(many(3, tlv(0x17, raw("260101000000Z")))); }},
    {"SubjectIsASet", [](auto& d) { d.subject[0] = 0x31; }},
    {"EmptyRdn", [](auto& d) { d.subject = seq(tlv(0x31, {})); }},
    {"SubjectOfManyParts",
     [](auto& d) {
       d.subject = seq(many(65, tlv(0x31, seq({0x06, 0x01, 0x2A, 0x0C, 0x01, 'a'}))));
     }},
    {"NoExtensionInTheList",
     [](auto& d) {
       d.extensions = {};
       d.rest_of_tbs = tlv(0xA3, seq({}));
     }},
    {"BytesAfterExtensions",
     [](auto& d) {
       d.rest_of_tbs = {0x05, 0x00};
     }},
    {"UniqueIdsSwapped", [](auto& d) { d.unique_ids = Bytes{0x82, 0x01, 0x00, 0x81, 0x01, 0x00}; }},
    {"SignatureWithUnusedBits",
     [](auto& d) {
       d.signature = {0x03, 0x02, 0x01, 0x00};
     }},
    {"SignatureMissing", [](auto& d) { d.signature = {}; }},
    {"BytesAfterSignature",
     [](auto& d) {
       d.signature = d.signature + Bytes{0x05, 0x00};
     }},
    {"AltNamesTwice", [](auto& d) { d.extensions = d.extensions + alt_names(uri("https://sp.example.com/cse1/C2")); }},
    {"UnknownExtensionTwice", [](auto& d) { d.extensions = d.extensions + extension(99, {}) + extension(99, {}); }},
    {"ManyExtensions",
     [](auto& d) {
       for (std::uint8_t i = 60; i < 125; ++i) d.extensions = d.extensions + extension(i, {});
     }},
    {"ManyAltNames", [](auto& d) { d.extensions = alt_names(many(257, dns("a.example"))); }},
    {"EmptyAltNames", [](auto& d) { d.extensions = alt_names({}); }},
    {"AltNameUnknownTag", [](auto& d) { d.extensions = alt_names(tlv(0x89, raw("x"))); }},
    {"AltNameUniversalTag", [](auto& d) { d.extensions = alt_names(tlv(0x0C, raw("x"))); }},
    {"AltNameDnsConstructed", [](auto& d) { d.extensions = alt_names(tlv(0xA2, tlv(0x16, raw("a.example")))); }},
    {"AltNamesWithRest", [](auto& d) { d.extensions = extension(17, seq(dns("a.example")) + Bytes{0}); }},
    {"RegisteredIdPadded",
     [](auto& d) {
       d.extensions = alt_names(tlv(0x88, {0x2A, 0x80, 0x01}));
     }},
    {"OtherNameWithoutValue",
     [](auto& d) {
       d.extensions = alt_names(tlv(0xA0, {0x06, 0x01, 0x2A}));
     }},
    {"OtherNameWithTwoValues",
     [](auto& d) {
       d.extensions = alt_names(tlv(0xA0, Bytes{0x06, 0x01, 0x2A} + tlv(0xA0, {0x05, 0x00, 0x05, 0x00})));
     }},
    {"CriticalOddValue",
     [](auto& d) {
       d.extensions = extension(99, {}, {0x01, 0x01, 0x01});
     }},
    {"CaFalseWritten",
     [](auto& d) {
       d.extensions = extension(19, seq({0x01, 0x01, 0x00}));
     }},
    {"PathLengthWithoutCa",
     [](auto& d) {
       d.extensions = extension(19, seq({0x02, 0x01, 0x00}));
     }},
    {"PathLengthNegative",
     [](auto& d) {
       d.extensions = extension(19, seq({0x01, 0x01, 0xFF, 0x02, 0x01, 0xFF}));
     }},
    {"KeyUsageNotShortest",
     [](auto& d) {
       d.extensions = extension(15, {0x03, 0x02, 0x00, 0x80});
     }},
    {"KeyPurposesEmpty", [](auto& d) { d.extensions = extension(37, seq({})); }},
    {"NameConstraintsEmpty", [](auto& d) { d.extensions = extension(30, seq({})); }},
    {"NameConstraintsEmptyPermitted",
     [](auto& d) {
       d.extensions = extension(30, seq({0xA0, 0x00}));
     }},
    {"NameConstraintsExcludedFirst",
     [](auto& d) { d.extensions = extension(30, seq(tlv(0xA1, seq(dns("a"))) + tlv(0xA0, seq(dns("a"))))); }},
    {"NameConstraintWithMinimum",
     [](auto& d) {
       d.extensions = extension(30, seq(tlv(0xA0, seq(dns("a") + Bytes{0x80, 0x01, 0x01}))));
     }},
};
class BentCertificate : public testing::TestWithParam<Bend> {};
TEST_P(BentCertificate, IsRefused) {
  CertificateDraft draft;
  ASSERT_TRUE(parse_certificate(draft.der()));
  GetParam().apply(draft);
  EXPECT_FALSE(parse_certificate(draft.der()));
}
INSTANTIATE_TEST_SUITE_P(Bends, BentCertificate, testing::ValuesIn(kBends),
                         [](const auto& row) { return row.param.name; });

TEST(Certificate, IsRefusedWhenCutAnywhere) {
  const Bytes good = CertificateDraft().der();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(parse_certificate(ByteView(good).first(size))) << size;
  EXPECT_FALSE(parse_certificate(good + Bytes{0}));
}

TEST(Certificate, IsRefusedBeyondItsBound) {
  CertificateDraft draft;
  draft.extensions = draft.extensions + extension(99, Bytes(66000, 0));
  EXPECT_FALSE(parse_certificate(draft.der()));
}

// Defends against CVE-2026-55960: an un-negotiated raw key taken for a certificate.
TEST(PeerKeyForm, IsToldApartByStructure) {
  EXPECT_EQ(classify_peer_key(CertificateDraft().der()), PeerKeyForm::X509);
  EXPECT_EQ(classify_peer_key(p256_key()), PeerKeyForm::RawPublicKey);
  for (const Bytes& bad :
       {Bytes{}, Bytes{0x30, 0x00}, p256_key() + Bytes{0}, CertificateDraft().der() + Bytes{0}, seq(seq({}) + seq({})),
        seq(seq({}) + tlv(0x03, {0})), seq(seq(oid_ec()) + tlv(0x03, {0}) + tlv(0x03, {0})),
        seq(seq({}) + seq({}) + tlv(0x03, {0}) + tlv(0x05, {})), raw("-----BEGIN CERTIFICATE-----")})
    EXPECT_EQ(classify_peer_key(bad), PeerKeyForm::Neither);
}

TEST(RawPublicKey, IsReadStrictly) {
  const auto key = parse_raw_public_key(p256_key());
  ASSERT_TRUE(key);
  EXPECT_EQ(key->key, KeyAlgorithm::EcP256);
  EXPECT_EQ(key->public_key_info, p256_key());
  EXPECT_FALSE(parse_raw_public_key(p256_key() + Bytes{0}));
  EXPECT_FALSE(parse_raw_public_key(CertificateDraft().der()));
  EXPECT_FALSE(parse_certificate(p256_key()));
}

}  // namespace
}  // namespace saproxy::identity
