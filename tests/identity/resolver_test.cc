#include "identity/resolver.h"

#include <gtest/gtest.h>

#include "tests/identity/certificate_builder.h"

namespace saproxy::identity {
namespace {

using namespace test;

Credential a_certificate(std::vector<AltName> names, const LocalEntity& seen_from = a_local()) {
  const bool device = names[0].kind == AltName::Kind::RegisteredId || names[0].text().starts_with("urn:");
  const Certificate issuer = device ? a_device_ca() : a_provider_ca();
  auto verdict =
      judge_certificate(a_leaf(std::move(names)), std::span(&issuer, 1), seen_from, {}, PeerRole::Client, kNow);
  return ProvenCertificate{*verdict.name, kNow + 1000};
}
Credential a_psk() { return ProvenPsk{*PskIdentity::parse("ae1@sp.example.com"), {}}; }
ConfiguredIdentity stems(std::initializer_list<const char*> patterns) {
  std::vector<Pattern> list;
  for (const char* text : patterns) list.push_back(*Pattern::parse(text));
  return {EntityKind::Ae, StemList(std::move(list)), {}};
}
ConfiguredIdentity a_cse(const char* id) { return {EntityKind::Cse, *CseId::parse(id), {}}; }

struct Row {
  const char* name;
  const char* clause;
  Credential credential;
  ConfiguredIdentities configured;
  const char* expected;  // "ae C1", "cse /mn1", or the word of NoIdentity
};

std::string described(const Resolution& resolution) {
  if (const auto* none = std::get_if<NoIdentity>(&resolution)) return std::string(to_text(*none));
  const auto& resolved = std::get<Resolved>(resolution);
  std::string text = std::string(to_text(resolved.kind)) + " " + std::string(to_text(resolved.source));
  if (const auto* cse = std::get_if<CseId>(&resolved.identities)) return text + " " + cse->sp_relative();
  for (const Pattern& pattern : std::get<StemList>(resolved.identities).patterns()) text += " " + pattern.text();
  return text;
}

const Credential kAe = a_certificate({uri_name("https://sp.example.com/cse1/C1")});
const Credential kMn = a_certificate({dns_name("mn1.cse1.sp.example.com")});
const Credential kNode = a_certificate({uri_name("urn:dev:ops:1-2")});
const Credential kDevice = a_certificate({registered_id("1.2.3")});
const Credential kRaw = ProvenRawKey{PublicKeyName::of(as_bytes("key"))};
std::string raw_id(NameHash hash) { return "30-" + std::string(PublicKeyName::of(as_bytes("key"), hash).short_form()); }

const Row kRows[] = {
    {"AeCertificate", "TS-0003 8.2.2.2", kAe, {}, "ae certificate C1"},
    {"AeCertificateNarrowed",
     "TS-0003 8.2.2.2",
     kAe,
     {{"33-//sp.example.com/cse1/C1", stems({"C1", "C2"})}},
     "ae certificate C1"},
    {"AeCertificateNotListed",
     "TS-0003 8.2.2.2",
     kAe,
     {{"33-//sp.example.com/cse1/C1", stems({"C2"})}},
     "not_configured"},
    {"AeCertificateNeverWidened",
     "TS-0003 8.2.2.2",
     kAe,
     {{"33-//sp.example.com/cse1/C1", stems({"*"})}},
     "ae certificate C1"},
    {"AeCertificateEmptyList", "TS-0003 8.2.2.2", kAe, {{"33-//sp.example.com/cse1/C1", stems({})}}, "not_configured"},
    {"AeCertificateForACse", "TS-0003 8.1.2.1", kAe, {{"33-//sp.example.com/cse1/C1", a_cse("/mn1")}}, "kind_mismatch"},
    {"AeCertificateKindOnly",
     "TS-0003 8.1.2.1",
     kAe,
     {{"33-//sp.example.com/cse1/C1", {EntityKind::Cse, Unresolved{}, {}}}},
     "kind_mismatch"},
    {"AeCertificateOfOtherCse",
     "TS-0003 8.2.2.2",
     a_certificate({uri_name("https://sp.example.com/cse2/C1")}),
     {},
     "other_cse"},
    {"AeCertificateOtherSTypeSp",
     "TS-0003 8.2.2.2",
     ProvenCertificate{{CertificateFlavour::AeId,
                        *CredentialId::parse("33-//sp.example.org/S1"),
                        *AeId::parse_absolute("//sp.example.org/S1"),
                        {}},
                       0},
     {},
     "other_service_provider"},
    {"CseCertificate", "TS-0003 8.2.2.2", kMn, {}, "cse certificate /mn1"},
    {"CseCertificateConfigured",
     "TS-0003 8.2.2.2",
     kMn,
     {{"32-//sp.example.com/mn1", a_cse("/mn1")}},
     "cse certificate /mn1"},
    {"CseCertificateForAnother",
     "TS-0003 8.2.2.2",
     kMn,
     {{"32-//sp.example.com/mn1", a_cse("/mn2")}},
     "not_configured"},
    {"CseCertificateForAnAe", "TS-0003 8.1.2.1", kMn, {{"32-//sp.example.com/mn1", stems({"C1"})}}, "kind_mismatch"},
    {"CseCertificateOfOurs", "TS-0003 8.2.1", a_certificate({dns_name("CSE1.sp.example.com")}), {}, "own_cse_id"},
    {"NodeUnknown", "TS-0003 8.2.1", kNode, {}, "unknown"},
    {"NodeWithList", "TS-0003 8.2.1", kNode, {{"34-urn:dev:ops:1-2", stems({"C1", "S*"})}}, "ae configured C1 S*"},
    {"NodeAsCse", "TS-0003 8.2.1", kNode, {{"34-urn:dev:ops:1-2", a_cse("/asn1")}}, "cse configured /asn1"},
    {"DeviceWithList", "TS-0003 8.2.1", kDevice, {{"31-1.2.3", stems({"C1"})}}, "ae configured C1"},
    {"DeviceUnknown", "TS-0003 8.2.1", kDevice, {{"31-1.2.4", stems({"*"})}}, "unknown"},
    {"RawUnknown", "TS-0003 8.1.2.1", kRaw, {}, "unknown"},
    {"RawByFullHash", "TS-0003 10.4", kRaw, {{raw_id(NameHash::Sha256), stems({"C1"})}}, "ae configured C1"},
    {"RawByShortHash", "TS-0003 10.4", kRaw, {{raw_id(NameHash::Sha256_120), stems({"C1"})}}, "ae configured C1"},
    {"RawLongestHashCounts",
     "TS-0003 10.4",
     kRaw,
     {{raw_id(NameHash::Sha256_128), stems({"C2"})}, {raw_id(NameHash::Sha256), stems({"C1"})}},
     "ae configured C1"},
    {"PskUnknown", "TS-0003 8.2.2.1", a_psk(), {{"12-other@sp.example.com", stems({"*"})}}, "unknown"},
    {"PskOtherCase", "TS-0003 10.5", a_psk(), {{"12-AE1@sp.example.com", stems({"*"})}}, "unknown"},
    {"PskOtherType", "TS-0003 10.4", a_psk(), {{"11-ae1@sp.example.com", stems({"*"})}}, "unknown"},
    {"PskAe", "TS-0003 8.2.2.1", a_psk(), {{"12-ae1@sp.example.com", stems({"C1"})}}, "ae configured C1"},
    {"PskCse", "TS-0003 8.2.2.1", a_psk(), {{"12-ae1@sp.example.com", a_cse("/mn1")}}, "cse configured /mn1"},
    {"PskOurOwnCse", "TS-0003 8.2.1", a_psk(), {{"12-ae1@sp.example.com", a_cse("/cse1")}}, "own_cse_id"},
    {"PskEmptyList", "TS-0003 8.2.1", a_psk(), {{"12-ae1@sp.example.com", stems({})}}, "unknown"},
    {"PskWithoutIdentity",
     "TS-0003 8.2.1",
     a_psk(),
     {{"12-ae1@sp.example.com", {EntityKind::Ae, Unresolved{}, {}}}},
     "unknown"},
    {"PskKindContradicts",
     "TS-0003 8.1.2.1",
     a_psk(),
     {{"12-ae1@sp.example.com", {EntityKind::Ae, *CseId::parse("/mn1"), {}}}},
     "kind_mismatch"},
};
class Resolve : public testing::TestWithParam<Row> {};
TEST_P(Resolve, NamesTheIdentityOrSaysWhyNot) {
  SCOPED_TRACE(GetParam().clause);
  EXPECT_EQ(described(resolve(GetParam().credential, a_local(), Sources{.configured = GetParam().configured})),
            GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(Rows, Resolve, testing::ValuesIn(kRows), [](const auto& row) { return row.param.name; });

// Spec: TS-0003 10.4
TEST(Credential, HasTheCredentialIdOfItsKind) {
  EXPECT_EQ(credential_id_of(a_psk()).text(), "12-ae1@sp.example.com");
  EXPECT_EQ(credential_id_of(kRaw).text(), raw_id(NameHash::Sha256));
  EXPECT_EQ(credential_id_of(kMn).text(), "32-//sp.example.com/mn1");
  EXPECT_EQ(saef_of(a_psk()), Saef::Psk);
  EXPECT_EQ(saef_of(kRaw), Saef::Certificate);
  EXPECT_EQ(saef_of(kAe), Saef::Certificate);
}

TEST(KeyFingerprint, TellsKeysApartAndIsNoKey) {
  const Bytes key{0, 0, 1, 2, 3};
  EXPECT_EQ(key_fingerprint(key), key_fingerprint(key));
  EXPECT_NE(key_fingerprint(key), key_fingerprint(std::span(key).subspan(1))) << "a leading zero byte counts";
  EXPECT_NE(key_fingerprint(key), hmac_sha256(key, {}));
}

// A PSK name that reads like somebody's certificate stays a PSK.
TEST(Credential, KindsNeverShareACredentialId) {
  const Credential psk = ProvenPsk{*PskIdentity::parse("33@sp.example.com"), {}};
  EXPECT_EQ(credential_id_of(psk).text(), "12-33@sp.example.com");
  EXPECT_EQ(credential_id_of(psk).type(), CredentialType::SaefKey);
}

}  // namespace
}  // namespace saproxy::identity
