// TlsSession against a wolfSSL client in memory. Spec: TS-0003 10.2
#include "proxy/session/tls_session.h"

#include <gtest/gtest.h>

#include "tests/support/session_fixture.h"

namespace saproxy::tests {
namespace {

using proxy::CipherOutput;
using proxy::HandshakeFailure;
using proxy::SessionKind;
using proxy::TlsSession;

class TlsSessionTest : public SessionTest {
 protected:
  std::unique_ptr<TlsSession> a_session() { return std::make_unique<TlsSession>(setup.contexts(), judge); }
};

struct SuiteRow {
  const char* name;
  SessionKind kind;
  const char* suite;
  const char* iana;
  int version;
};
constexpr SuiteRow kSuites[] = {
    {"PskCbcMandatory", SessionKind::Psk, "PSK-AES128-CBC-SHA256", "TLS_PSK_WITH_AES_128_CBC_SHA256", 12},
    {"PskGcm", SessionKind::Psk, "PSK-AES128-GCM-SHA256", "TLS_PSK_WITH_AES_128_GCM_SHA256", 12},
    {"PskCcm", SessionKind::Psk, "PSK-AES128-CCM", "TLS_PSK_WITH_AES_128_CCM", 12},
    {"PskCcm8", SessionKind::Psk, "PSK-AES128-CCM-8", "TLS_PSK_WITH_AES_128_CCM_8", 12},
    {"EcdhePskCbc", SessionKind::Psk, "ECDHE-PSK-AES128-CBC-SHA256", "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", 12},
    {"EcdhePskGcm", SessionKind::Psk, "ECDHE-PSK-AES128-GCM-SHA256", "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256", 12},
    {"EcdsaCbcMandatory", SessionKind::Certificate, "ECDHE-ECDSA-AES128-SHA256",
     "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", 12},
    {"EcdsaGcm", SessionKind::Certificate, "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
     12},
    {"EcdsaCcm", SessionKind::Certificate, "ECDHE-ECDSA-AES128-CCM", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", 12},
    {"EcdsaCcm8", SessionKind::Certificate, "ECDHE-ECDSA-AES128-CCM-8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", 12},
    {"RawKeyCbc", SessionKind::RawKey, "ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", 12},
    {"RawKeyGcm", SessionKind::RawKey, "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 12},
    {"Tls13Psk", SessionKind::Psk, "TLS13-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256", 13},
    {"Tls13Certificate", SessionKind::Certificate, "TLS13-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256", 13},
    {"Tls13RawKey", SessionKind::RawKey, "TLS13-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256", 13},
};

ClientSettings client_of(SessionKind kind, const std::string& suite) {
  switch (kind) {
    case SessionKind::Psk: return psk_client(suite);
    case SessionKind::Certificate: return certificate_client("ae-c", suite);
    case SessionKind::RawKey: return raw_key_client(suite);
  }
  return {};
}

class EverySuite : public TlsSessionTest, public ::testing::WithParamInterface<SuiteRow> {
 protected:
  ClientSettings settings() {
    setup.listener.tls.tls13 = GetParam().version == 13;
    auto client = client_of(GetParam().kind, GetParam().suite);
    client.version = GetParam().version;
    return client;
  }
};

TEST_P(EverySuite, CarriesDataBothWays) {
  TlsClient client(settings());
  const auto session = a_session();
  Link link(client, *session);
  ASSERT_TRUE(link.shake_hands()) << session->failure_detail() << " client " << client.error();
  EXPECT_EQ(session->facts().suite, GetParam().iana);
  EXPECT_EQ(session->facts().kind, GetParam().kind);
  EXPECT_EQ(session->facts().version, GetParam().version == 13 ? "TLSv1.3" : "TLSv1.2");
  EXPECT_TRUE(session->facts().extended_master_secret);
  ASSERT_TRUE(session->credential());
  EXPECT_EQ(judge.admissions, 1u);

  const Bytes question(40000, 'q');
  const Bytes wire = client.write(question);
  CipherOutput out;
  session->receive(wire, out);
  EXPECT_TRUE(session->has_unread());
  const auto read = read_all(*session, out);
  EXPECT_EQ(read.plain, question);
  EXPECT_EQ(read.status, TlsSession::ReadStatus::NeedBytes);
  EXPECT_FALSE(session->has_unread());
  out.clear();
  const Bytes answer(50000, 'a');
  ASSERT_TRUE(session->write(answer, out));
  client.step(out);
  EXPECT_EQ(client.read(), answer);
}

TEST_P(EverySuite, SurvivesEverySplit) {
  for (const std::size_t piece : {1u, 2u, 3u, 5u, 7u, 64u, 257u}) {
    TlsClient client(settings());
    const auto session = a_session();
    Link link(client, *session);
    EXPECT_TRUE(link.shake_hands(piece)) << piece << " " << session->failure_detail();
  }
}

TEST_P(EverySuite, WorksOnAListenerOfBothVersions) {
  auto client_settings = settings();
  setup.listener.tls.tls13 = true;
  TlsClient client(client_settings);
  const auto session = a_session();
  Link link(client, *session);
  ASSERT_TRUE(link.shake_hands(100)) << session->failure_detail();
  EXPECT_EQ(session->facts().suite, GetParam().iana);
}

TEST_P(EverySuite, GoesOnAfterBackPressure) {
  TlsClient client(settings());
  const auto session = a_session();
  Link link(client, *session);
  ASSERT_TRUE(link.shake_hands());
  const Bytes question(40000, 'q');
  Bytes wire = client.write(question);
  CipherOutput out;
  Bytes plain(1000);
  session->receive(std::span(wire).first(30000), out);
  const auto first = session->read(plain, out);
  ASSERT_EQ(first.status, TlsSession::ReadStatus::Data);
  Bytes rest(wire.begin() + 30000, wire.end());
  session->hold();
  wire.assign(wire.size(), 0);  // the caller's buffer is somebody else's now
  session->receive(rest, out);
  session->hold();
  rest.assign(rest.size(), 0);
  const auto read = read_all(*session, out);
  EXPECT_EQ(first.size + read.plain.size(), question.size());
  EXPECT_EQ(read.status, TlsSession::ReadStatus::NeedBytes);
}

TEST_F(TlsSessionTest, AClientOfBothVersionsGetsWhatTheListenerSpeaks) {
  for (const bool modern : {false, true}) {
    setup.listener.tls.tls13 = modern;
    auto settings = certificate_client("ae-c", "");
    settings.version = 0;
    TlsClient client(settings);
    const auto session = a_session();
    Link link(client, *session);
    ASSERT_TRUE(link.shake_hands()) << session->failure_detail();
    EXPECT_EQ(session->facts().version, modern ? "TLSv1.3" : "TLSv1.2");
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, EverySuite, ::testing::ValuesIn(kSuites),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace saproxy::tests
