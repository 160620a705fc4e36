// Sessions whose certificate somebody has to vouch for: nobody is in before that. Spec: design invariant 1
#include <gtest/gtest.h>

#include "proxy/session/tls_session.h"
#include "tests/support/session_fixture.h"

namespace saproxy::tests {
namespace {

using proxy::HandshakeFailure;
using proxy::TlsSession;
using State = TlsSession::State;

class Status : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(proxy::initialise_wolfssl()); }
  Status() { setup.config.ocsp.mode = policy::OcspSettings::Mode::Hard; }

  SessionSetup setup;
  FakeJudge rules;
};

TEST_F(Status, TheLastFlightWaitsForIt) {
  TlsSession session(setup.contexts(), rules);
  TlsClient client(certificate_client());
  EXPECT_FALSE(Link(client, session).shake_hands());
  ASSERT_EQ(session.state(), State::AwaitStatus);
  EXPECT_FALSE(client.is_connected());
  EXPECT_FALSE(session.credential());
  EXPECT_FALSE(session.has_unread());
  proxy::CipherOutput out;
  EXPECT_FALSE(session.write(Bytes{1}, out));
  EXPECT_TRUE(out.empty());
  session.status_arrived(std::nullopt, "", out);
  EXPECT_EQ(session.state(), State::Established);
  EXPECT_FALSE(out.empty());
  client.step(out);
  EXPECT_TRUE(client.is_connected());
  EXPECT_TRUE(session.credential());
}

TEST_F(Status, ARefusalIsAnAlertInItsPlace) {
  TlsSession session(setup.contexts(), rules);
  TlsClient client(certificate_client());
  EXPECT_FALSE(Link(client, session).shake_hands());
  ASSERT_EQ(session.state(), State::AwaitStatus);
  proxy::CipherOutput out;
  session.status_arrived(HandshakeFailure::CertificateRevoked, "on purpose", out);
  EXPECT_EQ(session.state(), State::Closed);
  EXPECT_EQ(session.failure(), HandshakeFailure::CertificateRevoked);
  EXPECT_EQ(session.failure_detail(), "on purpose");
  EXPECT_EQ(out, (Bytes{21, 3, 3, 0, 2, 2, 44}));  // certificate_revoked, in the clear: nothing else was sent
  EXPECT_FALSE(session.credential());
}

TEST_F(Status, ItIsAskedOfTheLeafAndItsIssuer) {
  TlsSession session(setup.contexts(), rules);
  TlsClient client(certificate_client());
  EXPECT_FALSE(Link(client, session).shake_hands());
  const auto same = [](identity::ByteView view, const Bytes& der) { return Bytes(view.begin(), view.end()) == der; };
  const auto subject = session.status_subject();
  ASSERT_TRUE(subject);
  EXPECT_TRUE(same(subject->certificate, DemoPki::instance().der_of("ae-c.crt", "CERTIFICATE")));
  EXPECT_TRUE(same(subject->issuer, DemoPki::instance().der_of("intermediate.crt", "CERTIFICATE")));
  proxy::CipherOutput out;
  session.status_arrived(std::nullopt, "", out);
  ASSERT_TRUE(session.status_subject()) << "it is asked again later";
  EXPECT_TRUE(same(session.status_subject()->issuer, DemoPki::instance().der_of("intermediate.crt", "CERTIFICATE")));
}

TEST_F(Status, TheIssuerMayBeAnAnchor) {
  TlsSession session(setup.contexts(), rules);
  TlsClient client(certificate_client("node-uri"));
  EXPECT_FALSE(Link(client, session).shake_hands());
  const auto subject = session.status_subject();
  ASSERT_TRUE(subject);
  EXPECT_EQ(Bytes(subject->issuer.begin(), subject->issuer.end()),
            DemoPki::instance().der_of("device-root.crt", "CERTIFICATE"));
}

TEST_F(Status, KeysAreNotAskedAbout) {
  const auto good = psk_client();
  rules.keys.emplace(good.psk_identity, identity::Secret(good.psk_key));
  TlsSession session(setup.contexts(), rules);
  TlsClient client(good);
  EXPECT_TRUE(Link(client, session).shake_hands());
  EXPECT_FALSE(session.status_subject());
}

TEST_F(Status, WhoHasNoIdentityIsRefusedBeforeAnybodyIsAsked) {
  rules.refusal = HandshakeFailure::NoIdentity;
  TlsSession session(setup.contexts(), rules);
  TlsClient client(certificate_client());
  EXPECT_FALSE(Link(client, session).shake_hands());
  EXPECT_EQ(session.failure(), HandshakeFailure::NoIdentity);
}

TEST_F(Status, AReloadThatAsksForItFindsOutWhomToAsk) {
  SessionSetup before;
  TlsSession session(before.contexts(), rules);
  TlsClient client(certificate_client());
  ASSERT_TRUE(Link(client, session).shake_hands());
  EXPECT_FALSE(session.status_subject());
  EXPECT_EQ(session.judge_again(*setup.contexts(), rules), std::nullopt);
  EXPECT_TRUE(session.status_subject());
}

TEST_F(Status, ComesOnlyOnce) {
  TlsSession session(setup.contexts(), rules);
  TlsClient client(certificate_client());
  proxy::CipherOutput out;
  session.status_arrived(std::nullopt, "", out);  // too early
  EXPECT_EQ(session.state(), State::AwaitHello);
  EXPECT_FALSE(Link(client, session).shake_hands());
  session.status_arrived(HandshakeFailure::RevocationUnknown, "", out);
  session.status_arrived(std::nullopt, "", out);
  EXPECT_EQ(session.state(), State::Closed);
}

TEST_F(Status, TooManyBytesMeanwhileEndIt) {
  TlsSession session(setup.contexts(), rules);
  TlsClient client(certificate_client());
  EXPECT_FALSE(Link(client, session).shake_hands());
  proxy::CipherOutput out;
  const Bytes piece(std::size_t{64} << 10, 23);
  for (int i = 0; i < 5 && session.state() == State::AwaitStatus; ++i) session.receive(piece, out);
  EXPECT_EQ(session.failure(), HandshakeFailure::Overload);
}

}  // namespace
}  // namespace saproxy::tests
