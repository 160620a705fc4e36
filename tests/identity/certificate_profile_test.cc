#include "identity/certificate_profile.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/identity/certificate_builder.h"

namespace saproxy::identity {
namespace {

using namespace test;
using V = ProfileViolation;

ProfileVerdict judge(const Certificate& leaf, const std::vector<Certificate>& issuers,
                     const ProfileSwitches& switches = {}, PeerRole role = PeerRole::Client,
                     const LocalEntity& local = a_local()) {
  return judge_certificate(leaf, issuers, local, switches, role, kNow);
}

struct GoodName {
  const char* name;
  const char* clause;
  std::vector<AltName> names;
  CertificateFlavour flavour;
  const char* credential_id;
};
const GoodName kGoodNames[] = {
    {"AeUri",
     "TS-0003 8.1.2.5, 10.1.1.5",
     {uri_name("https://sp.example.com/cse1/C1")},
     CertificateFlavour::AeId,
     "33-//sp.example.com/cse1/C1"},
    {"AeUriSType",
     "TS-0003 10.1.1.5",
     {uri_name("https://sp.example.com/S1")},
     CertificateFlavour::AeId,
     "33-//sp.example.com/S1"},
    {"AeUriOtherScheme",
     "TS-0003 10.1.1.5",
     {uri_name("coaps://sp.example.com/cse1/C1")},
     CertificateFlavour::AeId,
     "33-//sp.example.com/cse1/C1"},
    {"AeUriLiteral",
     "TS-0003 8.1.2.5",
     {uri_name("//sp.example.com/cse1/C1")},
     CertificateFlavour::AeId,
     "33-//sp.example.com/cse1/C1"},
    {"AeUriHostCase",
     "RFC 3986 6.2.2.1",
     {uri_name("https://SP.example.COM/cse1/C1")},
     CertificateFlavour::AeId,
     "33-//sp.example.com/cse1/C1"},
    {"AeUriBothForms",
     "TS-0003 8.1.2.5",
     {uri_name("//sp.example.com/cse1/C1"), uri_name("https://sp.example.com/cse1/C1")},
     CertificateFlavour::AeId,
     "33-//sp.example.com/cse1/C1"},
    {"AeUriBesideHostName",
     "TS-0003 8.1.2.5",
     {dns_name("ae.x.y.sp.example.com"), uri_name("https://sp.example.com/S1")},
     CertificateFlavour::AeId,
     "33-//sp.example.com/S1"},
    {"CseOfIn",
     "TS-0001 6.5.1.1",
     {dns_name("in2.sp.example.com")},
     CertificateFlavour::CseId,
     "32-//sp.example.com/in2"},
    {"CseOfMn",
     "TS-0001 6.5.1.1",
     {dns_name("mn1.cse1.sp.example.com")},
     CertificateFlavour::CseId,
     "32-//sp.example.com/mn1"},
    {"CseCaseFolded",
     "RFC 4343 3",
     {dns_name("MN1.CSE1.SP.EXAMPLE.COM")},
     CertificateFlavour::CseId,
     "32-//sp.example.com/mn1"},
    {"CseTwoNamesOfOne",
     "TS-0001 6.5.1.1",
     {dns_name("mn1.cse1.sp.example.com"), dns_name("mn1.sp.example.com")},
     CertificateFlavour::CseId,
     "32-//sp.example.com/mn1"},
    {"NodeUrn",
     "TS-0003 8.1.2.5",
     {uri_name("urn:dev:ops:32473-Sensor-5002")},
     CertificateFlavour::NodeId,
     "34-urn:dev:ops:32473-Sensor-5002"},
    {"NodeImei",
     "TS-0001 7.1.7",
     {uri_name("urn:gsma:imei:90420156-025763-0")},
     CertificateFlavour::NodeId,
     "34-urn:gsma:imei:90420156-025763-0"},
    {"DeviceOtherName",
     "TS-0003 10.1.1.4, TS-0001 Annex H",
     {hardware_name("0.2.481.1", "100.3030.10011")},
     CertificateFlavour::Device,
     "31-0.2.481.1.100.3030.10011"},
    {"DeviceRegisteredId",
     "TS-0003 10.1.1.4",
     {registered_id("0.2.481.1.100.3030.10011")},
     CertificateFlavour::Device,
     "31-0.2.481.1.100.3030.10011"},
    {"DeviceSeveralIdsFirstNames",
     "TS-0003 10.1.1.4",
     {hardware_name("0.2.481.1", "100.1.1"), registered_id("1.3.6.1.4.1.7")},
     CertificateFlavour::Device,
     "31-0.2.481.1.100.1.1"},
    {"EmailIsNoName",
     "TS-0003 8.1.2.5",
     {email_name("x@y.example"), registered_id("1.3.6.1")},
     CertificateFlavour::Device,
     "31-1.3.6.1"},
};
class GoodCertificateName : public testing::TestWithParam<GoodName> {};
TEST_P(GoodCertificateName, IsFound) {
  SCOPED_TRACE(GetParam().clause);
  const bool urn = GetParam().flavour == CertificateFlavour::NodeId || GetParam().flavour == CertificateFlavour::Device;
  const auto verdict = judge(a_leaf(GetParam().names), {urn ? a_device_ca() : a_provider_ca()});
  EXPECT_TRUE(verdict.violations.empty()) << to_text(verdict.violations.front());
  ASSERT_TRUE(verdict.name);
  EXPECT_EQ(verdict.name->flavour, GetParam().flavour);
  EXPECT_EQ(verdict.name->credential_id.text(), GetParam().credential_id);
  EXPECT_EQ(verdict.name->ae_id.has_value(), GetParam().flavour == CertificateFlavour::AeId);
  EXPECT_EQ(verdict.name->cse_id.has_value(), GetParam().flavour == CertificateFlavour::CseId);
}
INSTANTIATE_TEST_SUITE_P(Names, GoodCertificateName, testing::ValuesIn(kGoodNames),
                         [](const auto& row) { return row.param.name; });

struct BadName {
  const char* name;
  std::vector<AltName> names;
  V violation;
};
// Spec: TS-0003 8.1.2.1, 8.1.2.5; RFC 5280 4.2.1.6
const BadName kBadNames[] = {
    {"None", {}, V::NoName},
    {"EmailOnly", {email_name("C1@sp.example.com")}, V::NoName},
    {"TwoAes", {uri_name("https://sp.example.com/S1"), uri_name("https://sp.example.com/S2")}, V::SeveralNames},
    {"AeAndCse", {uri_name("https://sp.example.com/S1"), dns_name("mn1.sp.example.com")}, V::SeveralNames},
    {"AeAndNode", {uri_name("https://sp.example.com/S1"), uri_name("urn:dev:ops:1-2")}, V::SeveralNames},
    {"AeAndDevice", {uri_name("https://sp.example.com/S1"), registered_id("1.2.3")}, V::SeveralNames},
    {"CseAndDevice", {dns_name("mn1.sp.example.com"), registered_id("1.2.3")}, V::SeveralNames},
    {"TwoCses", {dns_name("mn1.sp.example.com"), dns_name("mn2.sp.example.com")}, V::SeveralNames},
    {"TwoNodes", {uri_name("urn:dev:ops:1-2"), uri_name("urn:dev:ops:1-3")}, V::SeveralNames},
    {"GoodAndBad", {uri_name("https://sp.example.com/S1"), uri_name("https://sp.example.com/S1/")}, V::BadNameSyntax},
    {"GoodAndNulDns",
     {uri_name("https://sp.example.com/S1"), dns_name(std::string_view("a.example\0x", 11))},
     V::BadNameSyntax},
    {"WildcardDns", {dns_name("*.sp.example.com")}, V::WildcardName},
    {"WildcardUri", {uri_name("https://sp.example.com/cse1/C*")}, V::WildcardName},
    {"NulInUri", {uri_name(std::string_view("https://sp.example.com/S1\0x", 27))}, V::BadNameSyntax},
    {"NulInDns", {dns_name(std::string_view("mn1.sp.example.com\0.evil.example", 32))}, V::BadNameSyntax},
    {"LineEndInUri", {uri_name("https://sp.example.com/S1\r\nX: y")}, V::BadNameSyntax},
    {"OverlongUtf8", {uri_name("https://sp.example.com/S1\xC0\xAF")}, V::BadNameSyntax},
    {"Percent", {uri_name("https://sp.example.com/S%31")}, V::BadNameSyntax},
    {"TrailingSlash", {uri_name("https://sp.example.com/S1/")}, V::BadNameSyntax},
    {"Query", {uri_name("https://sp.example.com/S1?x")}, V::BadNameSyntax},
    {"Fragment", {uri_name("https://sp.example.com/S1#x")}, V::BadNameSyntax},
    {"UserInfo", {uri_name("https://evil@sp.example.com/S1")}, V::BadNameSyntax},
    {"Port", {uri_name("https://sp.example.com:443/S1")}, V::BadNameSyntax},
    {"NoHost", {uri_name("https:///S1")}, V::BadNameSyntax},
    {"OneSlash", {uri_name("https:/sp.example.com/S1")}, V::BadNameSyntax},
    {"TwoSchemes", {uri_name("https:https://sp.example.com/S1")}, V::BadNameSyntax},
    {"SpRelative", {uri_name("/cse1/C1")}, V::BadNameSyntax},
    {"StemOnly", {uri_name("C1")}, V::BadNameSyntax},
    {"CseAsUri", {uri_name("https://sp.example.com/mn1")}, V::BadNameSyntax},
    {"CTypeWithoutCse", {uri_name("https://sp.example.com/C1")}, V::BadNameSyntax},
    {"STypeBelowCse", {uri_name("https://sp.example.com/cse1/S1")}, V::BadNameSyntax},
    {"Empty", {uri_name("")}, V::BadNameSyntax},
    {"EmptyDns", {dns_name("")}, V::BadNameSyntax},
    {"DnsFinalDot", {dns_name("mn1.sp.example.com.")}, V::BadNameSyntax},
    {"DnsEmptyLabel", {dns_name("mn1..sp.example.com")}, V::BadNameSyntax},
    {"UrnInDns", {dns_name("urn:dev:ops:1-2")}, V::BadNameSyntax},
    {"UrnShort", {uri_name("urn:dev:")}, V::BadNameSyntax},
    {"UrnWithComma", {uri_name("urn:dev:a,b")}, V::BadNameSyntax},
    {"UrnWithQuote", {uri_name("urn:dev:a\"b")}, V::BadNameSyntax},
    {"OtherSchemeWithoutHost", {uri_name("mailto:x@sp.example.com")}, V::BadNameSyntax},
    {"OtherServiceProvider", {uri_name("https://sp.example.org/S1")}, V::OtherServiceProvider},
    {"OtherCse", {uri_name("https://sp.example.com/cse2/C1")}, V::OtherCse},
    {"OtherCseByCase", {uri_name("https://sp.example.com/CSE1/C1")}, V::OtherCse},
    {"CseBelowAnotherIn", {dns_name("mn1.cse2.sp.example.com")}, V::OtherCse},
    {"CseOfAnotherSp", {dns_name("in.sp.example.org")}, V::OtherServiceProvider},
    {"SpSuffix", {dns_name("mn1.evilsp.example.com")}, V::OtherServiceProvider},
    {"SpItself", {dns_name("sp.example.com")}, V::NoName},
    {"OneLabel", {dns_name("mn1")}, V::NoName},
    {"HardwareLetters", {hardware_name("0.2.481.1", "100.x")}, V::NoName},
    {"HardwareLeadingZero", {hardware_name("0.2.481.1", "0100.1")}, V::NoName},
    {"HardwareEmpty", {hardware_name("0.2.481.1", "")}, V::NoName},
    {"TooLong", {uri_name("https://sp.example.com/S" + std::string(4096, 'a'))}, V::BadNameSyntax},
};
class BadCertificateName : public testing::TestWithParam<BadName> {};
TEST_P(BadCertificateName, IsAViolation) {
  const auto verdict = judge(a_leaf(GetParam().names), {a_provider_ca()});
  EXPECT_EQ(std::count(verdict.violations.begin(), verdict.violations.end(), GetParam().violation), 1);
}
INSTANTIATE_TEST_SUITE_P(Names, BadCertificateName, testing::ValuesIn(kBadNames),
                         [](const auto& row) { return row.param.name; });

// Spec: TS-0003 8.1.2.5
TEST(CertificateProfile, NeverTakesTheCommonName) {
  for (const char* cn : {"https://sp.example.com/S1", "//sp.example.com/cse1/C1", "mn1.sp.example.com",
                         "urn:dev:ops:1-2", "C1", "/mn1"}) {
    Certificate leaf = a_leaf({});
    leaf.subject_common_name = cn;
    const auto verdict = judge(leaf, {a_provider_ca()});
    EXPECT_FALSE(verdict.name) << cn;
    EXPECT_EQ(verdict.violations, std::vector{V::NameInCommonNameOnly}) << cn;
  }
  Certificate leaf = a_leaf({uri_name("https://sp.example.com/S1")});
  leaf.subject_common_name = "//sp.example.com/Svictim";
  EXPECT_EQ(judge(leaf, {a_provider_ca()}).name->credential_id.text(), "33-//sp.example.com/S1");
}

struct Bend {
  const char* name;
  std::function<void(Certificate&)> apply;
  V violation;
  std::function<void(ProfileSwitches&)> mend;  // the switch that allows it, if there is one
};
const Bend kBends[] = {
    {"Version1", [](auto& c) { c.version = 1; }, V::NotVersion3, {}},
    {"P384", [](auto& c) { c.key = KeyAlgorithm::EcP384; }, V::KeyNotP256, [](auto& s) { s.allow_p384 = true; }},
    {"Rsa2048",
     [](auto& c) {
       c.key = KeyAlgorithm::Rsa;
       c.rsa_bits = 2048;
     },
     V::KeyNotP256, [](auto& s) { s.allow_rsa = true; }},
    {"Ed25519", [](auto& c) { c.key = KeyAlgorithm::Ed25519; }, V::KeyNotP256, {}},
    {"Compressed", [](auto& c) { c.key_uncompressed = false; }, V::KeyNotUncompressed, {}},
    {"Sha384", [](auto& c) { c.signature = SignatureAlgorithm::EcdsaSha384; }, V::SignatureNotEcdsaSha256,
     [](auto& s) { s.allow_p384 = true; }},
    {"RsaSigned", [](auto& c) { c.signature = SignatureAlgorithm::RsaSha256; }, V::SignatureNotEcdsaSha256,
     [](auto& s) { s.allow_rsa = true; }},
    {"OtherEcdsa", [](auto& c) { c.signature = SignatureAlgorithm::EcdsaOther; }, V::SignatureNotEcdsaSha256, {}},
    {"NoKeyUsage", [](auto& c) { c.key_usage.reset(); }, V::KeyUsageMissing,
     [](auto& s) { s.allow_missing_key_usage = true; }},
    {"OtherKeyUsage", [](auto& c) { c.key_usage = 0x0010; }, V::NoDigitalSignature, {}},
    {"Ca", [](auto& c) { c.is_ca = true; }, V::IsCa, {}},
    {"EmailPurpose",
     [](auto& c) { c.extended_key_usages = {"1.3.6.1.5.5.7.3.4"}; },
     V::ExtendedKeyUsageExcludesClient,
     {}},
    {"ServerPurpose",
     [](auto& c) { c.extended_key_usages = {"1.3.6.1.5.5.7.3.1"}; },
     V::ExtendedKeyUsageExcludesClient,
     {}},
    {"UnknownCritical", [](auto& c) { c.unknown_critical_extensions = {"1.2.3"}; }, V::UnknownCriticalExtension, {}},
    {"Tomorrow", [](auto& c) { c.not_before = kNow + 1; }, V::NotYetValid, {}},
    {"Yesterday", [](auto& c) { c.not_after = kNow - 1; }, V::Expired, {}},
};
class BentLeaf : public testing::TestWithParam<Bend> {};
TEST_P(BentLeaf, BreaksTheProfileUnlessAllowed) {
  Certificate leaf = a_leaf({uri_name("https://sp.example.com/S1")});
  GetParam().apply(leaf);
  EXPECT_EQ(judge(leaf, {a_provider_ca()}).violations, std::vector{GetParam().violation});
  ProfileSwitches switches;
  if (!GetParam().mend) return;
  GetParam().mend(switches);
  EXPECT_TRUE(judge(leaf, {a_provider_ca()}, switches).violations.empty());
}
INSTANTIATE_TEST_SUITE_P(Bends, BentLeaf, testing::ValuesIn(kBends), [](const auto& row) { return row.param.name; });

TEST(CertificateProfile, HoldsAtBothEndsOfValidity) {
  Certificate leaf = a_leaf({uri_name("https://sp.example.com/S1")});
  leaf.not_before = leaf.not_after = kNow;
  EXPECT_TRUE(judge(leaf, {a_provider_ca()}).violations.empty());
}

TEST(CertificateProfile, RefusesShortRsaEvenWhenRsaIsAllowed) {
  Certificate leaf = a_leaf({uri_name("https://sp.example.com/S1")});
  leaf.key = KeyAlgorithm::Rsa;
  leaf.rsa_bits = 2047;
  EXPECT_EQ(judge(leaf, {a_provider_ca()}, {.allow_rsa = true}).violations, std::vector{V::KeyNotP256});
}

TEST(CertificateProfile, AsksForThePurposeOfTheRole) {
  Certificate leaf = a_leaf({uri_name("https://sp.example.com/S1")});
  leaf.extended_key_usages = {"1.3.6.1.5.5.7.3.2"};
  EXPECT_TRUE(judge(leaf, {a_provider_ca()}).violations.empty());
  EXPECT_EQ(judge(leaf, {a_provider_ca()}, {}, PeerRole::Server).violations,
            std::vector{V::ExtendedKeyUsageExcludesServer});
  leaf.extended_key_usages = {"2.5.29.37.0"};
  EXPECT_TRUE(judge(leaf, {a_provider_ca()}, {}, PeerRole::Server).violations.empty());
}

TEST(CertificateProfile, TakesANodeIdInADnsNameOnlyWithTheSwitch) {
  const Certificate leaf = a_leaf({dns_name("urn:dev:ops:def010-NODE10-ADN10")});
  EXPECT_EQ(judge(leaf, {a_device_ca()}).violations, std::vector{V::BadNameSyntax});
  const auto verdict = judge(leaf, {a_device_ca()}, {.allow_node_id_in_dns_name = true});
  ASSERT_TRUE(verdict.name && verdict.violations.empty());
  EXPECT_EQ(verdict.name->credential_id.text(), "34-urn:dev:ops:def010-NODE10-ADN10");
}

// Spec: TS-0003 8.1.2.2, 10.1.1.4.2
TEST(CertificateProfile, WantsNameConstraintsInEveryCa) {
  const Certificate ae = a_leaf({uri_name("https://sp.example.com/S1")});
  EXPECT_EQ(judge(ae, {a_provider_ca(), an_issuer({})}).violations, std::vector{V::CaWithoutNameConstraints});
  EXPECT_EQ(judge(ae, {}).violations, std::vector{V::CaWithoutNameConstraints});
  EXPECT_TRUE(judge(ae, {an_issuer({})}, {.allow_ca_without_name_constraints = true}).violations.empty());
  EXPECT_TRUE(judge(a_leaf({registered_id("1.2.3")}), {an_issuer({})}).violations.empty())
      << "only recommended above device certificates";
}

// Spec: TS-0003 10.1.1.5
TEST(CertificateProfile, LetsNoDeviceCaNameAesOrCses) {
  const ProfileSwitches lax{.allow_ca_without_name_constraints = true};
  EXPECT_EQ(judge(a_leaf({uri_name("https://sp.example.com/S1")}), {a_device_ca()}, lax).violations,
            std::vector{V::NameConstraintViolated});
  EXPECT_EQ(judge(a_leaf({dns_name("mn1.sp.example.com")}), {a_device_ca()}, lax).violations,
            std::vector{V::NameConstraintViolated});
}

TEST(CertificateProfile, HoldsTheWholePathToIt) {
  const Certificate ae = a_leaf({uri_name("https://sp.example.com/S1")});
  Certificate intermediate = a_provider_ca();
  intermediate.not_after = kNow - 1;
  EXPECT_EQ(judge(ae, {intermediate, a_provider_ca()}).violations, std::vector{V::Expired});
  Certificate root = a_provider_ca();
  root.signature = SignatureAlgorithm::RsaOther;
  EXPECT_TRUE(judge(ae, {root}).violations.empty()) << "nobody relies on the signature of the anchor";
}

// Spec: TS-0001 6.5.1.1
TEST(CseOfDomainName, FindsConfiguredNamesFirst) {
  LocalEntity local = a_local();
  local.cse_domain_names = {{"gw.plant.example.net", *CseId::parse("/GW_1")},
                            {"mn1.sp.example.com", *CseId::parse("/Other")}};
  EXPECT_EQ(cse_of_domain_name("GW.plant.example.net", local)->sp_relative(), "/GW_1");
  EXPECT_EQ(cse_of_domain_name("mn1.sp.example.com", local)->sp_relative(), "/Other");
  EXPECT_FALSE(cse_of_domain_name("x.gw.plant.example.net", local));
}

TEST(CseOfDomainName, GivesOurOwnSpelling) {
  LocalEntity local = a_local();
  local.cse = *CseId::parse("/Mobius2");
  EXPECT_EQ(cse_of_domain_name("mobius2.sp.example.com", local)->sp_relative(), "/Mobius2");
  EXPECT_EQ(cse_of_domain_name("mn.MOBIUS2.sp.example.com", local)->sp_relative(), "/mn");
}

// Spec: TS-0001 6.5.1.1 (MN and ASN: below the public domain name of the IN)
TEST(CseOfDomainName, FindsThoseBelowTheSameInCse) {
  LocalEntity local = a_local();
  local.cse = *CseId::parse("/MN1");
  EXPECT_FALSE(cse_of_domain_name("mn2.in.sp.example.com", local));
  local.in_domain_name = "in.sp.example.com";
  EXPECT_EQ(cse_of_domain_name("mn2.IN.sp.example.com", local)->sp_relative(), "/mn2");
  EXPECT_EQ(cse_of_domain_name("mn1.in.sp.example.com", local), local.cse) << "in our own spelling";
  EXPECT_EQ(cse_of_domain_name("in.sp.example.com", local)->sp_relative(), "/in");
  EXPECT_FALSE(cse_of_domain_name("a.mn2.in.sp.example.com", local));
  EXPECT_FALSE(cse_of_domain_name("mn2.in2.sp.example.com", local));
}

TEST(CseOfDomainName, FindsNothingElsewhere) {
  for (const char* name : {"", "sp.example.com", "mn1", "mn1.sp.example.org", "mn1.xsp.example.com",
                           "a.mn1.cse1.sp.example.com", "mn1.cse2.sp.example.com", ".sp.example.com",
                           "mn1.sp.example.com.", "mn_1.sp.example.com", "urn:x.sp.example.com"})
    EXPECT_FALSE(cse_of_domain_name(name, a_local())) << name;
}

}  // namespace
}  // namespace saproxy::identity
