// From credential to association, and the whole way to the decision: every kind of credential with every kind of From.
#include "policy/judging.h"

#include <gtest/gtest.h>

#include "tests/policy/gate_outcomes.h"
#include "tests/policy/snapshot_builders.h"

namespace saproxy::policy::testing {
namespace {

using identity::CertificateFlavour;
using NoIdentityPolicy = ListenerSettings::NoIdentity;

enum class Kind {
  PskAe,
  PskCse,
  AeCertificate,
  CseCertificate,
  NodeCertificate,
  DeviceCertificate,
  RawKey,
  UnknownPsk
};

identity::Credential credential_of(Kind kind) {
  switch (kind) {
    case Kind::PskAe: return a_psk("ae1@sp.example.com");
    case Kind::PskCse: return a_psk("cse2@sp.example.com");
    case Kind::AeCertificate: return a_certificate(CertificateFlavour::AeId, "33-//sp.example.com/cse-in/Ccert");
    case Kind::CseCertificate: return a_certificate(CertificateFlavour::CseId, "32-//sp.example.com/cse3");
    case Kind::NodeCertificate: return a_certificate(CertificateFlavour::NodeId, "34-urn:node7");
    case Kind::DeviceCertificate: return a_certificate(CertificateFlavour::Device, "31-0.2.481.1.100.3030.10011");
    case Kind::RawKey: return a_raw_key();
    case Kind::UnknownPsk: return a_psk("new@sp.example.com");
  }
  return a_raw_key();
}

struct Row {
  const char* name;
  Kind kind;
  const char* from;
  const char* create_ae;
  const char* retrieve;
  const char* create_cse;
};

constexpr const char* kAbsent = nullptr;
constexpr const char* kC1 = "forward as 'C1'";
constexpr const char* kCcert = "forward as 'Ccert'";
constexpr const char* kS9 = "forward as 'S9'";
constexpr const char* kC = "forward as 'C'";
constexpr const char* kS = "forward as 'S'";
constexpr const char* kNone = "forward as ''";

// Spec: TS-0003 8.2.1 (identity bound to the credential), TS-0004 7.3.2.1
constexpr Row kMatrix[] = {
    // name                        credential               From                  CREATE <AE>     RETRIEVE     CREATE
    // <remoteCSE>
    {"PskAeRight", Kind::PskAe, "C1", kC1, kC1, kAeAsCse},
    {"PskAeWrong", Kind::PskAe, "C2", kNotAllowed, kNotAllowed, kNotAllowed},
    {"PskAeAbsent", Kind::PskAe, kAbsent, kC1, kMissing, kMissing},
    {"PskAeSpRelative", Kind::PskAe, "/cse-in/C1", kForm, kForm, kForm},
    {"PskAeAbsolute", Kind::PskAe, "//sp.example.com/cse-in/C1", kForm, kForm, kForm},
    {"PskAeDenied", Kind::PskAe, "CAdmin", kDenied, kDenied, kDenied},
    {"PskAeOtherCse", Kind::PskAe, "/cse2", kForm, kForm, kForm},
    {"PskAeOwnCse", Kind::PskAe, "/cse-in", kOwn, kOwn, kOwn},
    {"PskAeC", Kind::PskAe, "C", kC1, kForm, kForm},
    {"PskAeS", Kind::PskAe, "S", kNotAssignable, kForm, kForm},
    {"PskAeBad", Kind::PskAe, "C1 ", kSyntax, kSyntax, kSyntax},

    {"PskCseRight", Kind::PskCse, "/cse2", kNotAllowed, "forward as '/cse2'", "forward as '/cse2'"},
    {"PskCseWrong", Kind::PskCse, "/cse3", kOtherCse, kOtherCse, kOtherCse},
    {"PskCseUnknown", Kind::PskCse, "/cse9", kNotAllowed, "forward as '/cse9'", "refuse 4106 cse_id_mismatch"},
    {"PskCseAbsent", Kind::PskCse, kAbsent, kNotAssignable, kMissing, kMissing},
    {"PskCseAbsolute", Kind::PskCse, "//sp.example.com/cse2", kNotAllowed, "forward as '//sp.example.com/cse2'",
     "forward as '//sp.example.com/cse2'"},
    {"PskCseBareName", Kind::PskCse, "cse2", kSyntax, kSyntax, kSyntax},
    {"PskCseDenied", Kind::PskCse, "CAdmin", kDenied, kDenied, kDenied},
    {"PskCseOwnCse", Kind::PskCse, "/cse-in", kOwn, kOwn, kOwn},
    {"PskCseOwnCseBare", Kind::PskCse, "cse-in", kOwn, kOwn, kOwn},
    {"PskCseAeOfOurs", Kind::PskCse, "C1", kRelative, kRelative, kRelative},
    {"PskCseC", Kind::PskCse, "C", kNotAssignable, kSyntax, kSyntax},
    {"PskCseS", Kind::PskCse, "S", kNotAssignable, kSyntax, kSyntax},
    {"PskCseBad", Kind::PskCse, "/cse2\t", kSyntax, kSyntax, kSyntax},

    {"AeCertificateRight", Kind::AeCertificate, "Ccert", kCcert, kCcert, kAeAsCse},
    {"AeCertificateWrong", Kind::AeCertificate, "C1", kNotAllowed, kNotAllowed, kNotAllowed},
    {"AeCertificateAbsent", Kind::AeCertificate, kAbsent, kCcert, kMissing, kMissing},
    {"AeCertificateAbsolute", Kind::AeCertificate, "//sp.example.com/cse-in/Ccert", kForm, kForm, kForm},
    {"AeCertificateDenied", Kind::AeCertificate, "CAdmin", kDenied, kDenied, kDenied},
    {"AeCertificateOtherCse", Kind::AeCertificate, "/cse2", kForm, kForm, kForm},
    {"AeCertificateOwnCse", Kind::AeCertificate, "//sp.example.com/cse-in", kOwn, kOwn, kOwn},
    {"AeCertificateC", Kind::AeCertificate, "C", kCcert, kForm, kForm},
    {"AeCertificateS", Kind::AeCertificate, "S", kNotAssignable, kForm, kForm},
    {"AeCertificateBad", Kind::AeCertificate, "Ccert\r\n", kSyntax, kSyntax, kSyntax},

    {"CseCertificateRight", Kind::CseCertificate, "/cse3", kNotAllowed, "forward as '/cse3'", "forward as '/cse3'"},
    {"CseCertificateWrong", Kind::CseCertificate, "/cse2", kOtherCse, kOtherCse, kOtherCse},
    {"CseCertificateAbsent", Kind::CseCertificate, kAbsent, kNotAssignable, kMissing, kMissing},
    {"CseCertificateAe", Kind::CseCertificate, "/cse3/C1", kNotAllowed, "forward as '/cse3/C1'", kAeAsCse},
    {"CseCertificateDenied", Kind::CseCertificate, "/cse3/CAdmin", kDenied, kDenied, kDenied},
    {"CseCertificateOwnCse", Kind::CseCertificate, "/cse-in", kOwn, kOwn, kOwn},
    {"CseCertificateC", Kind::CseCertificate, "C", kNotAssignable, kSyntax, kSyntax},
    {"CseCertificateBad", Kind::CseCertificate, "/cse3/", kSyntax, kSyntax, kSyntax},

    {"NodeRight", Kind::NodeCertificate, "C7x", "forward as 'C7x'", kNotAllowed, kNotAllowed},
    {"NodeRightS", Kind::NodeCertificate, "S7", "forward as 'S7'", "forward as 'S7'", kAeAsCse},
    {"NodeWrong", Kind::NodeCertificate, "C1", kNotAllowed, kNotAllowed, kNotAllowed},
    {"NodeAbsent", Kind::NodeCertificate, kAbsent, kNone, kMissing, kMissing},
    {"NodeOtherForm", Kind::NodeCertificate, "/cse-in/C7x", kForm, kForm, kForm},
    {"NodeDenied", Kind::NodeCertificate, "CAdmin", kDenied, kDenied, kDenied},
    {"NodeOtherCse", Kind::NodeCertificate, "/cse2", kForm, kForm, kForm},
    {"NodeOwnCse", Kind::NodeCertificate, "/cse-in", kOwn, kOwn, kOwn},
    {"NodeC", Kind::NodeCertificate, "C", kC, kForm, kForm},
    {"NodeS", Kind::NodeCertificate, "S", kS, kForm, kForm},
    {"NodeBad", Kind::NodeCertificate, "C7\x80", kSyntax, kSyntax, kSyntax},

    {"DeviceRight", Kind::DeviceCertificate, "C8b", "forward as 'C8b'", "forward as 'C8b'", kAeAsCse},
    {"DeviceWrong", Kind::DeviceCertificate, "C8c", kNotAllowed, kNotAllowed, kNotAllowed},
    {"DeviceAbsent", Kind::DeviceCertificate, kAbsent, kNone, kMissing, kMissing},
    {"DeviceOtherForm", Kind::DeviceCertificate, "/cse-in/C8b", kForm, kForm, kForm},
    {"DeviceDenied", Kind::DeviceCertificate, "cadmin", kDenied, kDenied, kDenied},
    {"DeviceOtherCse", Kind::DeviceCertificate, "/cse3", kForm, kForm, kForm},
    {"DeviceOwnCse", Kind::DeviceCertificate, "cse-in", kOwn, kOwn, kOwn},
    {"DeviceC", Kind::DeviceCertificate, "C", kC, kForm, kForm},
    {"DeviceS", Kind::DeviceCertificate, "S", kNotAssignable, kForm, kForm},

    {"RawKeyRight", Kind::RawKey, "S9", kS9, kS9, kAeAsCse},
    {"RawKeyWrong", Kind::RawKey, "S7", kNotAllowed, kNotAllowed, kNotAllowed},
    {"RawKeyAbsent", Kind::RawKey, kAbsent, kS9, kMissing, kMissing},
    {"RawKeyOtherForm", Kind::RawKey, "/S9", kForm, kForm, kForm},
    {"RawKeyDenied", Kind::RawKey, "Superman", kDenied, kDenied, kDenied},
    {"RawKeyOtherCse", Kind::RawKey, "/cse2", kForm, kForm, kForm},
    {"RawKeyOwnCse", Kind::RawKey, "/cse-in", kOwn, kOwn, kOwn},
    {"RawKeyC", Kind::RawKey, "C", kNotAssignable, kForm, kForm},
    {"RawKeyS", Kind::RawKey, "S", kS9, kForm, kForm},
    {"RawKeyBad", Kind::RawKey, "\x01", kSyntax, kSyntax, kSyntax},

    {"UnknownStem", Kind::UnknownPsk, "Cnew", "forward as 'Cnew'", kUnresolved, kUnresolved},
    {"UnknownConfiguredStem", Kind::UnknownPsk, "C1", kNotAllowed, kUnresolved, kUnresolved},
    {"UnknownAbsent", Kind::UnknownPsk, kAbsent, kNone, kMissing, kMissing},
    {"UnknownOtherForm", Kind::UnknownPsk, "/cse-in/Cnew", kUnresolved, kUnresolved, kUnresolved},
    {"UnknownDenied", Kind::UnknownPsk, "CAdmin", kDenied, kDenied, kDenied},
    {"UnknownOtherCse", Kind::UnknownPsk, "/cse2", kUnresolved, kUnresolved, kUnresolved},
    {"UnknownOwnCse", Kind::UnknownPsk, "/cse-in", kOwn, kOwn, kOwn},
    {"UnknownC", Kind::UnknownPsk, "C", kC, kUnresolved, kUnresolved},
    {"UnknownS", Kind::UnknownPsk, "S", kS, kUnresolved, kUnresolved},
};

class CredentialMatrix : public ::testing::TestWithParam<Row> {};

TEST_P(CredentialMatrix, IsJudgedByWhatTheCredentialProves) {
  const Row& row = GetParam();
  const auto snapshot = Snapshot::make(some_config(), 1);
  const auto bound =
      associate(*snapshot, a_listener(NoIdentityPolicy::RegisterOnly), credential_of(row.kind), "a1", kNowSeconds);
  ASSERT_TRUE(std::holds_alternative<identity::Association>(bound));
  const auto& association = std::get<identity::Association>(bound);
  const auto from = row.from == nullptr ? std::nullopt : std::optional<std::string_view>(row.from);
  const Gate gate = snapshot->gate();
  EXPECT_EQ(to_string(gate.judge(&association, a_request(Operation::Create, from, kTypeAe), kNow)), row.create_ae);
  EXPECT_EQ(to_string(gate.judge(&association, a_request(Operation::Retrieve, from), kNow)), row.retrieve);
  EXPECT_EQ(to_string(gate.judge(&association, a_request(Operation::Create, from, kTypeRemoteCse), kNow)),
            row.create_cse);
}
INSTANTIATE_TEST_SUITE_P(Rows, CredentialMatrix, ::testing::ValuesIn(kMatrix),
                         [](const auto& row) { return row.param.name; });

TEST(Associate, BindsWhatTheHandshakeProved) {
  const auto snapshot = Snapshot::make(some_config(), 7);
  const auto bound = associate(*snapshot, a_listener(), a_psk("ae1@sp.example.com"), "a42", kNowSeconds);
  const auto& association = std::get<identity::Association>(bound);
  EXPECT_EQ(association.id, "a42");
  EXPECT_EQ(association.credential_id.text(), "12-ae1@sp.example.com");
  EXPECT_EQ(association.saef, identity::Saef::Psk);
  EXPECT_EQ(association.kind, identity::EntityKind::Ae);
  EXPECT_EQ(association.source, identity::IdentitySource::Configured);
  EXPECT_EQ(association.generation, 7u);
}

TEST(Associate, ExpiresWithTheEarlierOfLifetimeAndCertificate) {
  const auto snapshot = Snapshot::make(some_config(), 1);
  ListenerSettings listener = a_listener();
  listener.limits.session_lifetime = Seconds(100);
  const auto expiry = [&](std::int64_t not_after) {
    const auto credential = a_certificate(CertificateFlavour::AeId, "33-//sp.example.com/cse-in/C5", not_after);
    return std::get<identity::Association>(associate(*snapshot, listener, credential, "a", kNowSeconds)).expires;
  };
  EXPECT_EQ(expiry(kNowSeconds + 50), kNowSeconds + 51);  // its last second belongs to it
  EXPECT_EQ(expiry(kNowSeconds + 500), kNowSeconds + 100);
}

struct RefusedRow {
  const char* name;
  identity::Credential credential;
  identity::NoIdentity reason;
};
// Spec: TS-0003 8.1.2.1, 8.2.2.2: a conflict is refused even where strangers may register.
TEST(Associate, RefusesConflictsWhateverTheListenerSays) {
  Config config = some_config();
  add_ae(config, "32-//sp.example.com/cse5", {"C5"});
  const auto snapshot = Snapshot::make(std::move(config), 1);
  const RefusedRow rows[] = {
      {"own CSE-ID", a_certificate(CertificateFlavour::CseId, "32-//sp.example.com/cse-in"),
       identity::NoIdentity::OwnCseId},
      {"kind", a_certificate(CertificateFlavour::CseId, "32-//sp.example.com/cse5"),
       identity::NoIdentity::KindMismatch},
      {"other CSE", a_certificate(CertificateFlavour::AeId, "33-//sp.example.com/cse9/C1"),
       identity::NoIdentity::OtherCse},
      {"other SP", a_certificate(CertificateFlavour::AeId, "33-//other.example.org/cse-in/C1"),
       identity::NoIdentity::OtherServiceProvider},
  };
  for (const auto& row : rows) {
    const auto bound =
        associate(*snapshot, a_listener(NoIdentityPolicy::RegisterOnly), row.credential, "a", kNowSeconds);
    ASSERT_TRUE(std::holds_alternative<identity::NoIdentity>(bound)) << row.name;
    EXPECT_EQ(std::get<identity::NoIdentity>(bound), row.reason) << row.name;
  }
}

TEST(Associate, RefusesAStrangerUnlessTheListenerLetsItRegister) {
  const auto snapshot = Snapshot::make(some_config(), 1);
  const auto stranger = a_psk("new@sp.example.com");
  const auto refused = associate(*snapshot, a_listener(), stranger, "a", kNowSeconds);
  EXPECT_EQ(std::get<identity::NoIdentity>(refused), identity::NoIdentity::Unknown);
  const auto bound = associate(*snapshot, a_listener(NoIdentityPolicy::RegisterOnly), stranger, "a", kNowSeconds);
  EXPECT_FALSE(std::get<identity::Association>(bound).is_resolved());
}

// Spec: design invariant 7. Each test makes an association under one snapshot and judges it again under another.
class JudgeAgain : public ::testing::Test {
 protected:
  Rejudged again(const identity::Credential& credential, Config after, std::int64_t later = 10) {
    const auto before = Snapshot::make(before_, 1);
    association_ = std::get<identity::Association>(associate(*before, listener_before_, credential, "a", kNowSeconds));
    const auto snapshot = Snapshot::make(std::move(after), 2);
    return judge_again(*association_, credential, *snapshot, listener_after_, kNowSeconds, kNowSeconds + later);
  }
  Config before_ = some_config();
  Config after_ = some_config();
  ListenerSettings listener_before_ = a_listener();
  ListenerSettings listener_after_ = a_listener();
  std::optional<identity::Association> association_;
};

TEST_F(JudgeAgain, LeavesWhatDidNotChange) {
  for (const auto kind :
       {Kind::PskAe, Kind::PskCse, Kind::AeCertificate, Kind::CseCertificate, Kind::NodeCertificate, Kind::RawKey}) {
    EXPECT_EQ(again(credential_of(kind), after_), Rejudged::Unchanged);
    EXPECT_EQ(association_->generation, 2u);
  }
}
TEST_F(JudgeAgain, EndsWhenThePskIsRemoved) {
  after_.psks.erase("ae1@sp.example.com");
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsWhenTheKeyIsReplaced) {
  add_psk(after_, "ae1@sp.example.com", "another key, same name");
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsWhenTheRawKeyIsNoLongerTrusted) {
  after_.trusted_raw_keys.clear();
  EXPECT_EQ(again(a_raw_key(), after_), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsWhenTheIdentityIsGone) {
  after_.identities.erase("12-ae1@sp.example.com");
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsWhenTheIdentityIsGoneEvenWhereStrangersMayRegister) {
  after_.identities.erase("12-ae1@sp.example.com");
  listener_after_ = a_listener(NoIdentityPolicy::RegisterOnly);
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsWhenTheKindChanges) {
  add_cse(after_, "12-ae1@sp.example.com", "/cse7");
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsWhenTheCseIdChanges) {
  add_cse(after_, "12-cse2@sp.example.com", "/cse7");
  EXPECT_EQ(again(a_psk("cse2@sp.example.com"), after_), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsAtTheEndOfItsLifetime) {
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_, 86'399), Rejudged::Unchanged);
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_, 86'400), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsWithItsCertificate) {
  const auto credential = a_certificate(CertificateFlavour::NodeId, "34-urn:node7", kNowSeconds + 5);
  EXPECT_EQ(again(credential, after_, 5), Rejudged::Unchanged);  // its last second
  EXPECT_EQ(again(credential, after_, 6), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsWhenTheListenerNoLongerTakesTheKind) {
  listener_after_.psk = listener_after_.raw_public_keys = listener_after_.certificates = false;
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_), Rejudged::Ended);
  EXPECT_EQ(again(a_raw_key(), after_), Rejudged::Ended);
  EXPECT_EQ(again(credential_of(Kind::AeCertificate), after_), Rejudged::Ended);
}
TEST_F(JudgeAgain, EndsAStrangerWhenTheListenerTurnsStrict) {
  listener_before_ = a_listener(NoIdentityPolicy::RegisterOnly);
  EXPECT_EQ(again(a_psk("new@sp.example.com"), after_), Rejudged::Ended);
}
TEST_F(JudgeAgain, ChangesTheListOfStems) {
  add_ae(after_, "12-ae1@sp.example.com", {"C1", "C2"});
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_), Rejudged::Changed);
  EXPECT_EQ(association_->stems()->patterns().size(), 2u);
}
TEST_F(JudgeAgain, ChangesAStrangerThatIsNowKnown) {
  listener_before_ = listener_after_ = a_listener(NoIdentityPolicy::RegisterOnly);
  EXPECT_EQ(again(a_psk("new@sp.example.com"), after_), Rejudged::Unchanged);
  add_ae(after_, "12-new@sp.example.com", {"C3"});
  EXPECT_EQ(again(a_psk("new@sp.example.com"), after_), Rejudged::Changed);
  EXPECT_TRUE(association_->is_resolved());
}
TEST_F(JudgeAgain, ChangesTheExpiryWithTheLifetime) {
  listener_after_.limits.session_lifetime = Seconds(60);
  EXPECT_EQ(again(a_psk("ae1@sp.example.com"), after_), Rejudged::Changed);
  EXPECT_EQ(association_->expires, kNowSeconds + 60);
}

}  // namespace
}  // namespace saproxy::policy::testing
