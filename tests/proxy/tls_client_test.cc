// TlsClient against our own TlsSession in memory; real servers are in tests/peer.
// Spec: TS-0003 8.2.1 (SA2: roles reversed, credentials of SA1), 10.2
#include "proxy/session/tls_client.h"

#include <gtest/gtest.h>

#include "tests/support/session_fixture.h"

namespace saproxy::tests {
namespace {

using proxy::CipherOutput;
using proxy::ClientContexts;
using proxy::ClientOffer;
using proxy::HandshakeFailure;
using proxy::SessionKind;
using proxy::TlsSession;
using Client = proxy::TlsClient;

identity::Secret secret_of(const std::string& text) {
  return identity::Secret({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// A registree as TLS server: shows ae-c, or the raw key of rpk-client, or proves the key of ae1.
SessionSetup a_registree() {
  const DemoPki& pki = DemoPki::instance();
  SessionSetup setup;
  policy::ServerCertificate& own = setup.config.certificates.front();
  own.chain_pem = pki.text("ae-c.crt");
  own.private_key_pem = secret_of(pki.text("ae-c.key"));
  own.server_names = {};
  setup.config.raw_keys = {{"raw", secret_of(pki.text("rpk-client.key"))}};
  return setup;
}

class TlsClientTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(proxy::initialise_wolfssl()); }
  void SetUp() override {
    const auto good = psk_client();
    ours.keys.emplace(good.psk_identity, identity::Secret(good.psk_key));
    ours.role = identity::PeerRole::Server;
    ours.trusted.push_back(identity::PublicKeyName::of(DemoPki::instance().der_of("rpk-client.pub", "PUBLIC KEY")));
    theirs.keys = ours.keys;
    theirs.trusted.push_back(identity::PublicKeyName::of(DemoPki::instance().der_of("rpk-server.pub", "PUBLIC KEY")));
  }

  std::shared_ptr<const ClientContexts> contexts() {
    auto made = ClientContexts::make(cse.config, cse.listener.tls,
                                     {&cse.config.certificates.front(), &cse.config.raw_keys.front()});
    EXPECT_TRUE(made) << made.error().detail;
    return *made;
  }

  // Until neither has anything to say; what either says goes over in pieces of at most `piece`.
  void shake_hands(std::size_t piece = SIZE_MAX) {
    client = std::make_unique<Client>(contexts(), ours, offer);
    session = std::make_unique<TlsSession>(registree.contexts(), theirs);
    CipherOutput to_server, to_client;
    client->start(to_server);
    for (int turn = 0; turn < 20 && !(to_server.empty() && to_client.empty()); ++turn) {
      all_from_client.insert(all_from_client.end(), to_server.begin(), to_server.end());
      const Bytes up = std::exchange(to_server, {});
      for (std::size_t at = 0; at < up.size(); at += std::min(piece, up.size() - at)) {
        session->receive(std::span(up).subspan(at, std::min(piece, up.size() - at)), to_client);
        session->hold();
      }
      const Bytes down = std::exchange(to_client, {});
      for (std::size_t at = 0; at < down.size(); at += std::min(piece, down.size() - at)) {
        client->receive(std::span(down).subspan(at, std::min(piece, down.size() - at)), to_server);
      }
    }
  }

  void use(int version) { cse.listener.tls.tls13 = registree.listener.tls.tls13 = version == 13; }

  SessionSetup cse;  // its certificate and raw key are what we show
  SessionSetup registree = a_registree();
  FakeJudge ours, theirs;
  ClientOffer offer{SessionKind::Psk, "ae1@sp.example.com", ""};
  Bytes all_from_client;
  std::unique_ptr<Client> client;
  std::unique_ptr<TlsSession> session;
};

struct KindRow {
  const char* name;
  SessionKind kind;
  int version;
};
constexpr KindRow kKinds[] = {
    {"Psk", SessionKind::Psk, 12},
    {"Certificate", SessionKind::Certificate, 12},
    {"RawKey", SessionKind::RawKey, 12},
    {"Tls13Psk", SessionKind::Psk, 13},
    {"Tls13Certificate", SessionKind::Certificate, 13},
    {"Tls13RawKey", SessionKind::RawKey, 13},
};

class EveryKind : public TlsClientTest, public ::testing::WithParamInterface<KindRow> {
 protected:
  void SetUp() override {
    TlsClientTest::SetUp();
    use(GetParam().version);
    offer.kind = GetParam().kind;
  }
};

TEST_P(EveryKind, CarriesDataBothWays) {
  shake_hands();
  ASSERT_EQ(client->state(), Client::State::Established) << client->failure_detail() << session->failure_detail();
  ASSERT_EQ(session->state(), TlsSession::State::Established) << session->failure_detail();
  EXPECT_EQ(session->facts().kind, GetParam().kind);
  EXPECT_EQ(client->version(), GetParam().version == 13 ? "TLSv1.3" : "TLSv1.2");
  EXPECT_EQ(ours.admissions, 1u);

  CipherOutput wire, ignored;
  const Bytes question(40000, 'q');
  ASSERT_TRUE(client->write(question, wire));
  session->receive(wire, ignored);
  EXPECT_EQ(read_all(*session, ignored).plain, question);
  wire.clear();
  const Bytes answer(300, 'a');
  ASSERT_TRUE(session->write(answer, wire));
  client->receive(wire, ignored);
  Bytes plain(1000);
  const auto read = client->read(plain, ignored);
  EXPECT_EQ(read.status, proxy::TlsRecords::ReadStatus::Data);
  EXPECT_EQ(read.size, answer.size());
}

TEST_P(EveryKind, SurvivesEverySplit) {
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u, 257u}) {
    shake_hands(piece);
    EXPECT_EQ(client->state(), Client::State::Established) << piece << " " << client->failure_detail();
  }
}

TEST_P(EveryKind, WhomTheJudgeRefusesGetsNothing) {
  ours.refusal = HandshakeFailure::NoIdentity;
  shake_hands();
  EXPECT_EQ(client->state(), Client::State::Closed);
  EXPECT_EQ(client->failure(), HandshakeFailure::NoIdentity);
  CipherOutput out;
  EXPECT_FALSE(client->write(Bytes(10, 'x'), out));
  EXPECT_TRUE(out.empty());
}

TEST_P(EveryKind, JudgesAgain) {
  shake_hands();
  ASSERT_EQ(client->state(), Client::State::Established);
  EXPECT_EQ(client->judge_again(*contexts(), ours), std::nullopt);
  ours.refusal = HandshakeFailure::NoIdentity;
  EXPECT_EQ(client->judge_again(*contexts(), ours), HandshakeFailure::NoIdentity);
}

INSTANTIATE_TEST_SUITE_P(TlsClient, EveryKind, ::testing::ValuesIn(kKinds),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(TlsClientTest, SaysTheServerName) {
  offer.server_name = "gateway.example.com";
  shake_hands();
  ASSERT_EQ(session->state(), TlsSession::State::Established);
  EXPECT_EQ(session->facts().server_name, "gateway.example.com");
}

TEST_F(TlsClientTest, AServerWithAnotherKeyIsRefused) {
  theirs.keys.begin()->second = identity::Secret(Bytes(16, 9));
  shake_hands();
  EXPECT_EQ(client->state(), Client::State::Closed);
}

TEST_F(TlsClientTest, WithoutAKeyNothingIsSent) {
  ours.keys.clear();
  shake_hands();
  EXPECT_EQ(client->failure(), HandshakeFailure::UnknownPskIdentity);
  EXPECT_TRUE(all_from_client.empty());
}

TEST_F(TlsClientTest, AKeyThatWasReplacedEndsTheSession) {
  shake_hands();
  ASSERT_EQ(client->state(), Client::State::Established);
  ours.keys.begin()->second = identity::Secret(Bytes(16, 9));
  EXPECT_EQ(client->judge_again(*contexts(), ours), HandshakeFailure::WrongPskKey);
}

// In TLS 1.3 a server may pass over the key that it was offered.
TEST_F(TlsClientTest, ACertificateInPlaceOfTheKeyIsRefused) {
  use(13);
  registree.listener.psk = false;
  shake_hands();
  EXPECT_EQ(client->state(), Client::State::Closed);
  EXPECT_EQ(ours.admissions, 0u);
}

TEST_F(TlsClientTest, ACertificateOfAStrangersRootIsRefused) {
  offer.kind = SessionKind::Certificate;
  cse.config.trust_anchors_pem = {DemoPki::instance().text("device-root.crt")};
  shake_hands();
  EXPECT_EQ(client->failure(), HandshakeFailure::UntrustedChain) << client->failure_detail();
}

TEST_F(TlsClientTest, ARawKeyThatNobodyTrustsIsRefused) {
  offer.kind = SessionKind::RawKey;
  ours.trusted.clear();
  shake_hands();
  EXPECT_EQ(client->failure(), HandshakeFailure::UntrustedRawKey) << client->failure_detail();
}

TEST_F(TlsClientTest, ACertificateInPlaceOfARawKeyIsRefused) {
  offer.kind = SessionKind::RawKey;
  registree.listener.raw_key_name.clear();
  registree.config.raw_keys.clear();
  shake_hands();
  EXPECT_NE(client->state(), Client::State::Established);
}

TEST_F(TlsClientTest, WithoutACertificateOfOurOwnNoneIsAskedFor) {
  const auto bare = ClientContexts::make(cse.config, cse.listener.tls, {});
  ASSERT_TRUE(bare);
  offer.kind = SessionKind::Certificate;
  Client poor(*bare, ours, offer);
  CipherOutput out;
  poor.start(out);
  EXPECT_EQ(poor.failure(), HandshakeFailure::FrameworkNotServed);
  EXPECT_TRUE(out.empty());
}

TEST_F(TlsClientTest, NoiseIsAnErrorAndNoCrash) {
  for (std::size_t size : {1u, 5u, 100u, 20000u}) {
    Client deaf(contexts(), ours, offer);
    CipherOutput out;
    deaf.start(out);
    deaf.receive(Bytes(size, 0x41), out);
    if (size >= 5) {
      EXPECT_EQ(deaf.state(), Client::State::Closed) << size;
    }
  }
}

}  // namespace
}  // namespace saproxy::tests
