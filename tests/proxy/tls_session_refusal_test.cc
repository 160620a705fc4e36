// What a TlsSession refuses, and that the peer learns no more than the alert. Spec: TS-0003 8.1.2, 8.2.1, 10.2
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>

#include "proxy/session/alert.h"
#include "proxy/session/tls_session.h"
#include "tests/support/session_fixture.h"

namespace saproxy::tests {
namespace {

using proxy::Alert;
using proxy::CipherOutput;
using proxy::HandshakeFailure;
using proxy::TlsSession;
using State = TlsSession::State;

Bytes alert(Alert description) {
  Bytes out;
  proxy::append_clear_alert(description, out);
  return out;
}
Bytes record(const Bytes& content, std::uint8_t type = 22) {
  Bytes all{type, 3, 3, static_cast<std::uint8_t>(content.size() >> 8), static_cast<std::uint8_t>(content.size())};
  all.insert(all.end(), content.begin(), content.end());
  return all;
}

class Refusal : public SessionTest {
 protected:
  std::unique_ptr<TlsSession> a_session() {
    if (!contexts) contexts = setup.contexts();
    return std::make_unique<TlsSession>(contexts, judge);
  }
  // The whole flight behind the ClientHello, by hand: identity, ChangeCipherSpec, and something that is no Finished.
  Bytes psk_flight(const Bytes& identity) {
    Bytes exchange{16};
    const std::size_t body = identity.size() + 2;
    for (const int shift : {16, 8, 0}) exchange.push_back(static_cast<std::uint8_t>(body >> shift));
    for (const int shift : {8, 0}) exchange.push_back(static_cast<std::uint8_t>(identity.size() >> shift));
    exchange.insert(exchange.end(), identity.begin(), identity.end());
    Bytes all;
    for (std::size_t at = 0; at < exchange.size(); at += 16384) {
      const Bytes one =
          record(Bytes(exchange.begin() + static_cast<std::ptrdiff_t>(at),
                       exchange.begin() + static_cast<std::ptrdiff_t>(std::min(exchange.size(), at + 16384))));
      all.insert(all.end(), one.begin(), one.end());
    }
    for (const Bytes& one : {record({1}, 20), record(Bytes(80, 0x5a))}) all.insert(all.end(), one.begin(), one.end());
    return all;
  }
  struct Outcome {
    std::optional<HandshakeFailure> failure;
    Bytes answer;
    std::chrono::nanoseconds time{};
  };
  Outcome present(const Bytes& identity) {
    const auto session = a_session();
    TlsClient client(psk_client());
    CipherOutput out;
    session->receive(client.step({}), out);
    EXPECT_EQ(session->state(), State::Handshaking);
    out.clear();
    const Bytes flight = psk_flight(identity);
    const auto start = std::chrono::steady_clock::now();
    session->receive(flight, out);
    return {session->failure(), out, std::chrono::steady_clock::now() - start};
  }
  void expect(const ClientSettings& settings, HandshakeFailure failure, std::optional<Alert> answer) {
    TlsClient client(settings);
    const auto session = a_session();
    Link link(client, *session);
    EXPECT_FALSE(link.shake_hands());
    EXPECT_EQ(session->state(), State::Closed);
    ASSERT_TRUE(session->failure());
    EXPECT_EQ(to_text(*session->failure()), to_text(failure)) << session->failure_detail();
    EXPECT_FALSE(session->credential());
    if (answer) {
      EXPECT_EQ(link.last_from_server, alert(*answer));
    }
  }

  std::shared_ptr<const proxy::ContextSet> contexts;
};

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST_F(Refusal, SameAlertForUnknownIdentityAndWrongKey) {
  const auto wrong = present(bytes_of("ae1@sp.example.com"));
  const auto unknown = present(bytes_of("ae2@sp.example.com"));
  EXPECT_EQ(wrong.failure, HandshakeFailure::WrongPskKey);
  EXPECT_EQ(unknown.failure, HandshakeFailure::UnknownPskIdentity);
  EXPECT_EQ(wrong.answer, unknown.answer);
  EXPECT_EQ(wrong.answer, alert(Alert::BadRecordMac));
}

TEST_F(Refusal, TimesOfUnknownIdentityAndWrongKeyAreAlike) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "times of a sanitizer's allocator are not ours";
#endif
  std::vector<std::int64_t> wrong, unknown;
  for (int i = 0; i < 300; ++i) {
    wrong.push_back(present(bytes_of("ae1@sp.example.com")).time.count());
    unknown.push_back(present(bytes_of("ae2@sp.example.com")).time.count());
  }
  std::ranges::sort(wrong);
  std::ranges::sort(unknown);
  // Medians within five percent: what is left (about one) drowns in the noise of any network.
  EXPECT_LT(wrong[150], unknown[150] * 105 / 100);
  EXPECT_LT(unknown[150], wrong[150] * 105 / 100);
}

struct IdentityRow {
  const char* name;
  Bytes identity;
};
const IdentityRow kHostile[] = {{"Empty", {}},
                                {"Nul", bytes_of({"ae1@sp.example.com\0x", 20})},
                                {"CutByNul", bytes_of({"ae1@sp.example.com\0", 19})},
                                {"Hash", bytes_of("#")},
                                {"Plus", bytes_of("+/+@sp.example.com")},
                                {"Slash", bytes_of("/ae1@sp.example.com")},
                                {"Newline", bytes_of("ae1@sp.example.com\r\n")},
                                {"TwoAt", bytes_of("ae1@x@sp.example.com")},
                                {"Star", bytes_of("*")},
                                {"NotUtf8", {0xff, 0xfe, '@', 'a'}},
                                {"Long", Bytes(128, 'a')},
                                {"TooLong", Bytes(129, 'a')},
                                {"Longest", Bytes(65535, 'a')}};
class HostileIdentity : public Refusal, public ::testing::WithParamInterface<IdentityRow> {};
TEST_P(HostileIdentity, IsUnknownAndNothingElse) {
  const auto outcome = present(GetParam().identity);
  EXPECT_EQ(outcome.failure, HandshakeFailure::UnknownPskIdentity);
  EXPECT_EQ(outcome.answer, alert(Alert::BadRecordMac));
}
INSTANTIATE_TEST_SUITE_P(Rows, HostileIdentity, ::testing::ValuesIn(kHostile),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(Refusal, KeysOfEveryLengthWorkAlsoWithLeadingZeros) {
  for (std::size_t size = 1; size <= 64; ++size) {
    auto settings = psk_client();
    settings.psk_key = Bytes(size, 0);
    settings.psk_key.back() = 7;
    judge.keys.clear();
    judge.keys.emplace(settings.psk_identity, identity::Secret(settings.psk_key));
    TlsClient client(settings);
    const auto session = a_session();
    Link link(client, *session);
    EXPECT_TRUE(link.shake_hands()) << size;
    // The same without its zeros is another key.
    settings.psk_key = {7};
    if (size > 1) expect(settings, HandshakeFailure::WrongPskKey, Alert::BadRecordMac);
  }
}

TEST_F(Refusal, AParkedSessionGoesOnWhenItsKeyArrives) {
  judge.keys_come_later = true;
  const auto settings = psk_client();
  TlsClient client(settings);
  const auto session = a_session();
  Link link(client, *session);
  EXPECT_FALSE(link.shake_hands(3));
  ASSERT_EQ(session->state(), State::AwaitKey);
  EXPECT_EQ(judge.asked_for, settings.psk_identity);
  CipherOutput out;
  const identity::Secret key(settings.psk_key);
  session->key_arrived(&key, out);
  ASSERT_EQ(session->state(), State::Established) << session->failure_detail();
  client.step(out);
  EXPECT_TRUE(client.is_connected());
}

TEST_F(Refusal, Tls13ParksAtTheHelloAndTellsUnknownFromWrongNoMore) {
  setup.listener.tls.tls13 = true;
  auto settings = psk_client("TLS13-AES128-GCM-SHA256");
  settings.version = 13;
  judge.keys_come_later = true;
  {
    TlsClient client(settings);
    const auto session = a_session();
    CipherOutput out;
    const Bytes hello = client.step({});
    session->receive(hello, out);
    ASSERT_EQ(session->state(), State::AwaitKey);
    const identity::Secret key(settings.psk_key);
    session->key_arrived(&key, out);
    Bytes finished = client.step(out);
    session->receive(finished, out);
    EXPECT_EQ(session->state(), State::Established) << session->failure_detail();
  }
  judge.keys_come_later = false;
  const auto refused = [&](HandshakeFailure failure) {
    TlsClient client(settings);
    const auto session = a_session();
    Link link(client, *session);
    EXPECT_FALSE(link.shake_hands());
    EXPECT_EQ(session->failure(), failure) << session->failure_detail();
    return link.last_from_server;
  };
  settings.psk_key[0] ^= 1;
  const Bytes wrong = refused(HandshakeFailure::WrongPskKey);
  settings.psk_identity = "ae9@sp.example.com";
  EXPECT_EQ(refused(HandshakeFailure::UnknownPskIdentity), wrong);
  EXPECT_FALSE(wrong.empty());
}

TEST_F(Refusal, AParkedSessionWithoutAKeyFailsLikeAnUnknownIdentity) {
  judge.keys_come_later = true;
  TlsClient client(psk_client());
  const auto session = a_session();
  Link link(client, *session);
  EXPECT_FALSE(link.shake_hands());
  CipherOutput out;
  session->key_arrived(nullptr, out);
  EXPECT_EQ(session->failure(), HandshakeFailure::UnknownPskIdentity);
  EXPECT_EQ(out, alert(Alert::BadRecordMac));
}

TEST_F(Refusal, AParkedSessionKeepsABoundedNumberOfBytes) {
  judge.keys_come_later = true;
  TlsClient client(psk_client());
  const auto session = a_session();
  Link link(client, *session);
  EXPECT_FALSE(link.shake_hands());
  CipherOutput out;
  for (int i = 0; i < 100 && session->state() == State::AwaitKey; ++i) session->receive(Bytes(1024, 1), out);
  EXPECT_EQ(session->failure(), HandshakeFailure::Overload);
}

TEST_F(Refusal, NoIdentityIsAccessDeniedInPlaceOfTheLastFlight) {
  judge.refusal = HandshakeFailure::NoIdentity;
  expect(psk_client(), HandshakeFailure::NoIdentity, Alert::AccessDenied);
  expect(certificate_client(), HandshakeFailure::NoIdentity, Alert::AccessDenied);
  expect(raw_key_client(), HandshakeFailure::NoIdentity, Alert::AccessDenied);
  setup.listener.tls.tls13 = true;
  contexts.reset();
  auto modern = certificate_client("ae-c", "TLS13-AES128-GCM-SHA256");
  modern.version = 13;
  TlsClient client(modern);
  const auto session = a_session();
  Link link(client, *session);
  link.shake_hands();
  EXPECT_EQ(session->failure(), HandshakeFailure::NoIdentity);
}

TEST_F(Refusal, AClientWithoutCertificate) {
  auto settings = certificate_client();
  settings.chain_pem.clear();
  settings.key_pem.clear();
  expect(settings, HandshakeFailure::NoCertificate, Alert::HandshakeFailure);
}

TEST_F(Refusal, AnUntrustedRawKey) {
  judge.trusted.clear();
  expect(raw_key_client(), HandshakeFailure::UntrustedRawKey, Alert::BadCertificate);
}

TEST_F(Refusal, ARawKeyOutsideTheProfile) {
  judge.key_violations = {identity::ProfileViolation::KeyNotP256};
  expect(raw_key_client(), HandshakeFailure::ProfileViolation, Alert::BadCertificate);
}

TEST_F(Refusal, AChainToAnotherRoot) {
  setup.config.trust_anchors_pem = {DemoPki::instance().text("device-root.crt")};
  expect(certificate_client(), HandshakeFailure::UntrustedChain, Alert::UnknownCa);
}

TEST_F(Refusal, AChainWithoutItsIntermediate) {
  auto settings = certificate_client();
  settings.chain_pem = settings.chain_pem.substr(0, settings.chain_pem.find("-----END CERTIFICATE-----") + 26);
  expect(settings, HandshakeFailure::UntrustedChain, Alert::UnknownCa);
  // Nor when another client has just brought it along.
  TlsClient client(certificate_client());
  const auto session = a_session();
  Link link(client, *session);
  ASSERT_TRUE(link.shake_hands()) << session->failure_detail();
  expect(settings, HandshakeFailure::UntrustedChain, Alert::UnknownCa);
}

TEST_F(Refusal, ARevokedCertificate) {
  setup.config.crls_pem = {DemoPki::instance().text("all.crl")};
  expect(certificate_client("ae-s"), HandshakeFailure::CertificateRevoked, Alert::CertificateRevoked);
  setup.config.require_crl = true;
  contexts.reset();
  TlsClient client(certificate_client("ae-c"));
  const auto session = a_session();
  Link link(client, *session);
  EXPECT_TRUE(link.shake_hands()) << session->failure_detail();
}

TEST_F(Refusal, ACaWithoutCrlOnlyWhenOneIsRequired) {
  setup.config.crls_pem = {DemoPki::instance().text("root.crl")};
  TlsClient client(certificate_client("ae-c"));
  auto session = a_session();
  Link link(client, *session);
  EXPECT_TRUE(link.shake_hands()) << session->failure_detail();
  setup.config.require_crl = true;
  contexts.reset();
  expect(certificate_client("ae-c"), HandshakeFailure::RevocationUnknown, Alert::CertificateUnknown);
}

TEST_F(Refusal, ACertificateAgainstTheProfile) {
  judge.switches.allow_node_id_in_dns_name = false;
  expect(certificate_client("node-dns"), HandshakeFailure::ProfileViolation, Alert::BadCertificate);
}

TEST_F(Refusal, WhatTheListenerDoesNotServe) {
  setup.listener.psk = false;
  expect(psk_client(), HandshakeFailure::FrameworkNotServed, Alert::HandshakeFailure);
  setup.listener.psk = true;
  setup.listener.certificates = false;
  setup.listener.raw_public_keys = false;
  contexts.reset();
  expect(certificate_client(), HandshakeFailure::FrameworkNotServed, Alert::HandshakeFailure);
  auto modern = psk_client("TLS13-AES128-GCM-SHA256");
  modern.version = 13;
  expect(modern, HandshakeFailure::VersionUnsupported, Alert::ProtocolVersion);
  setup.listener.tls.extra_suites = false;
  contexts.reset();
  expect(psk_client("PSK-AES128-GCM-SHA256"), HandshakeFailure::NoSharedSuite, Alert::HandshakeFailure);
}

TEST_F(Refusal, PlainHttpGetsNoAnswer) {
  const auto session = a_session();
  CipherOutput out;
  session->receive(bytes_of("GET / HTTP/1.1\r\n\r\n"), out);
  EXPECT_EQ(session->failure(), HandshakeFailure::NotTls);
  EXPECT_TRUE(out.empty());
}

// Sends the client's bytes up to `cut`, and of its last flight all but `missing` bytes.
TlsSession::State state_after_cut(const ClientSettings& settings, TlsSession& session, std::size_t cut,
                                  std::size_t missing) {
  TlsClient client(settings);
  Bytes to_client;
  std::size_t sent = 0;
  for (int turn = 0; turn < 2 && sent < cut; ++turn) {
    const Bytes bytes = client.step(to_client);
    to_client.clear();
    const std::size_t held_back = turn == 1 ? missing : 0;
    const std::size_t now = std::min(bytes.size() - held_back, cut - sent);
    session.receive(std::span(bytes).first(now), to_client);
    session.hold();
    sent += now;
  }
  return session.state();
}

TEST_F(Refusal, ACutAtEveryByteLeavesNothingEstablished) {
  for (const auto& settings : {psk_client(), certificate_client()}) {
    TlsClient model(settings);
    const auto whole = a_session();
    Link link(model, *whole);
    ASSERT_TRUE(link.shake_hands());
    // An ECDSA signature is up to a few bytes shorter in another handshake: the end is counted from behind.
    for (std::size_t cut = 0; cut + 8 < link.all_from_client.size(); ++cut)
      EXPECT_NE(state_after_cut(settings, *a_session(), cut, 1), State::Established) << cut;
    for (std::size_t missing = 1; missing <= 16; ++missing)
      EXPECT_NE(state_after_cut(settings, *a_session(), ~std::size_t{0}, missing), State::Established)
          << "without the last " << missing;
  }
}

TEST_F(Refusal, GarbageNeverEstablishesNorCrashes) {
  std::mt19937 random(7);
  TlsClient model(certificate_client());
  const auto whole = a_session();
  Link link(model, *whole);
  ASSERT_TRUE(link.shake_hands());
  for (int round = 0; round < 300; ++round) {
    Bytes bytes = link.all_from_client;
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    const auto session = a_session();
    CipherOutput out;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 400, bytes.size() - at);
      session->receive(std::span(bytes).subspan(at, size), out);
      session->hold();
      at += size;
    }
    EXPECT_NE(session->state(), State::Established);
  }
}

TEST_F(Refusal, ChangedRecordsEndAnEstablishedSession) {
  TlsClient client(psk_client());
  const auto session = a_session();
  Link link(client, *session);
  ASSERT_TRUE(link.shake_hands());
  Bytes wire = client.write(bytes_of("hello"));
  wire.back() ^= 1;
  CipherOutput out;
  session->receive(wire, out);
  EXPECT_EQ(read_all(*session, out).status, TlsSession::ReadStatus::Failed);
  EXPECT_EQ(session->state(), State::Closed);
  EXPECT_FALSE(session->failure());
  EXPECT_FALSE(session->write(bytes_of("x"), out));
}

TEST_F(Refusal, CloseNotifyGoesBothWays) {
  TlsClient client(psk_client());
  const auto session = a_session();
  Link link(client, *session);
  ASSERT_TRUE(link.shake_hands());
  CipherOutput out;
  const Bytes bye = client.close();
  session->receive(bye, out);
  EXPECT_EQ(read_all(*session, out).status, TlsSession::ReadStatus::PeerClosed);
  session->close(out);
  EXPECT_FALSE(out.empty());
  EXPECT_EQ(session->state(), State::Closed);
}

TEST_F(Refusal, OwnKeyOfAnotherCertificateIsFoundBeforeServing) {
  const std::string key = DemoPki::instance().text("mn-cse.key");
  setup.config.certificates[0].private_key_pem =
      identity::Secret({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
  const auto made = proxy::ContextSet::make(setup.config, setup.listener);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().detail.find("does not belong"), std::string::npos);
}

TEST_F(Refusal, ServerNameSelectsTheCertificate) {
  auto other = setup.config.certificates[0];
  const std::string key = DemoPki::instance().text("mn-cse.key");
  other.name = "other";
  other.chain_pem = DemoPki::instance().text("mn-cse.crt");
  other.private_key_pem = identity::Secret({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
  other.server_names = {"MN1.cse1.sp.example.com"};
  setup.config.certificates.push_back(other);
  setup.listener.certificate_names.push_back("other");
  const auto shown = [&](const std::string& name) {
    auto settings = certificate_client();
    settings.server_name = name;
    TlsClient client(settings);
    const auto session = a_session();
    Link link(client, *session);
    EXPECT_TRUE(link.shake_hands());
    EXPECT_EQ(session->facts().server_name.size(), name.size());
    return client.server_certificate();
  };
  const Bytes first = DemoPki::instance().der_of("server.crt", "CERTIFICATE");
  EXPECT_EQ(shown(""), first);
  EXPECT_EQ(shown("cse1.sp.example.com"), first);
  EXPECT_EQ(shown("elsewhere.example.com"), first);
  EXPECT_EQ(shown("mn1.CSE1.sp.example.com"), DemoPki::instance().der_of("mn-cse.crt", "CERTIFICATE"));
}

TEST_F(Refusal, ARawKeyOfOursIsShownToWhoeverTakesOne) {
  auto settings = raw_key_client();
  settings.accept_server_raw_key = true;
  TlsClient client(settings);
  const auto session = a_session();
  Link link(client, *session);
  ASSERT_TRUE(link.shake_hands()) << session->failure_detail() << client.error();
  EXPECT_EQ(client.server_certificate(), DemoPki::instance().der_of("rpk-server.pub", "PUBLIC KEY"));
}

}  // namespace
}  // namespace saproxy::tests
