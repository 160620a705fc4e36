// What a reload means for sessions that stand. Spec: design invariant 7
#include <gtest/gtest.h>

#include "proxy/session/tls_session.h"
#include "tests/support/session_fixture.h"

namespace saproxy::tests {
namespace {

using proxy::HandshakeFailure;
using proxy::TlsSession;

class JudgedAgain : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(proxy::initialise_wolfssl()); }

  // Makes a session under `setup`, then says what `present` thinks of it.
  std::optional<HandshakeFailure> judge(const ClientSettings& settings, const SessionSetup& present) {
    TlsSession session(setup.contexts(), rules);
    TlsClient client(settings);
    EXPECT_TRUE(Link(client, session).shake_hands());
    return session.judge_again(*present.contexts(), rules);
  }

  SessionSetup setup;
  SessionSetup after;
  FakeJudge rules;
};

TEST_F(JudgedAgain, NothingHasChanged) {
  EXPECT_EQ(judge(certificate_client("ae-c"), after), std::nullopt);
  EXPECT_EQ(judge(certificate_client("ae-s"), after), std::nullopt);
}

TEST_F(JudgedAgain, ARevokedCertificateIsRefused) {
  after.config.crls_pem = {DemoPki::instance().text("all.crl")};
  EXPECT_EQ(judge(certificate_client("ae-s"), after), HandshakeFailure::CertificateRevoked);
  EXPECT_EQ(judge(certificate_client("ae-c"), after), std::nullopt);
}

TEST_F(JudgedAgain, ARemovedTrustAnchorIsMissed) {
  after.config.trust_anchors_pem = {DemoPki::instance().text("device-root.crt")};
  EXPECT_EQ(judge(certificate_client("ae-c"), after), HandshakeFailure::UntrustedChain);
}

TEST_F(JudgedAgain, AnotherAnchorBesideTheOldOneChangesNothing) {
  setup.config.trust_anchors_pem = {DemoPki::instance().text("root.crt")};
  EXPECT_EQ(judge(certificate_client("ae-c"), after), std::nullopt);
}

TEST_F(JudgedAgain, ARequiredListThatIsMissingIsMissed) {
  after.config.require_crl = true;
  EXPECT_EQ(judge(certificate_client("ae-c"), after), HandshakeFailure::RevocationUnknown);
}

TEST_F(JudgedAgain, StricterRulesCount) {
  TlsSession session(setup.contexts(), rules);
  TlsClient client(certificate_client("ae-c"));
  ASSERT_TRUE(Link(client, session).shake_hands());
  class NobodyFits final : public FakeJudge {
    identity::ProfileVerdict judge(const identity::Certificate&, std::span<const identity::Certificate>) override {
      return {std::nullopt, {identity::ProfileViolation::NoName}};
    }
  } stricter;
  EXPECT_EQ(session.judge_again(*after.contexts(), stricter), HandshakeFailure::ProfileViolation);
}

TEST_F(JudgedAgain, KeysAreNotItsBusiness) {
  const auto good = psk_client();
  rules.keys.emplace(good.psk_identity, identity::Secret(good.psk_key));
  after.config.require_crl = true;
  EXPECT_EQ(judge(good, after), std::nullopt);
}

}  // namespace
}  // namespace saproxy::tests
