// HandshakeWatch against flights put together by hand. Spec: RFC 5246 7.3; CVE-2026-93304, -2645, -55960, -89136
#include "proxy/session/handshake_watch.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/session_fixture.h"

namespace saproxy::tests {
namespace {

using proxy::Alert;
using proxy::HandshakeFailure;
using proxy::HandshakeWatch;
using proxy::SessionKind;
using proxy::WatchVerdict;
using Kind = WatchVerdict::Kind;

Bytes number(std::size_t value, int width) {
  Bytes all;
  for (int i = width - 1; i >= 0; --i) all.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return all;
}
Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Bytes block(int width, const Bytes& content) { return number(content.size(), width) + content; }
Bytes message(std::uint8_t type, const Bytes& body) { return Bytes{type} + block(3, body); }
Bytes record(const Bytes& content, std::uint8_t type = 22) { return Bytes{type, 3, 3} + block(2, content); }

Bytes x509() { return DemoPki::instance().der_of("ae-c.crt", "CERTIFICATE"); }
Bytes raw() { return DemoPki::instance().der_of("rpk-client.pub", "PUBLIC KEY"); }

const Bytes kHello = message(1, Bytes(60, 7));
Bytes certificate() { return message(11, block(3, block(3, x509()))); }
Bytes raw_certificate() { return message(11, block(3, raw())); }
const Bytes kNoCertificate = message(11, {0, 0, 0});
const Bytes kPoint = message(16, block(1, Bytes(65, 4)));
const Bytes kVerify = message(15, Bytes{4, 3} + block(2, Bytes(70, 1)));
const Bytes kCcs = record({1}, 20);
const Bytes kFinished = record(Bytes(64, 9));
const Bytes kWarning = record({1, 90}, 21);
Bytes psk(const Bytes& identity) { return message(16, block(2, identity)); }

struct Seen {
  WatchVerdict last;
  Bytes identity;
  std::size_t consumed = 0;
};

// Feeds pieces of `piece` bytes and answers the hello.
Seen run(SessionKind kind, const Bytes& bytes, std::size_t piece = SIZE_MAX,
         HandshakeWatch::Version version = HandshakeWatch::Version::Tls12) {
  HandshakeWatch watch(kind);
  Seen seen;
  std::size_t end = 0;
  while (seen.consumed < bytes.size()) {
    if (end <= seen.consumed) end = seen.consumed + std::min(piece, bytes.size() - seen.consumed);
    seen.last = watch.feed(std::span(bytes).subspan(seen.consumed, end - seen.consumed));
    seen.consumed += seen.last.consumed;
    if (seen.last.kind == Kind::HelloDone) watch.negotiated(version);
    if (seen.last.kind == Kind::PskIdentity)
      seen.identity.assign(watch.psk_identity().begin(), watch.psk_identity().end());
    if (seen.last.kind == Kind::Violation || seen.last.kind == Kind::Encrypted) break;
  }
  return seen;
}

struct GoodRow {
  const char* name;
  SessionKind kind;
  std::function<Bytes()> bytes;
};
const GoodRow kGood[] = {
    {"Psk", SessionKind::Psk,
     [] {
       return record(kHello) + record(psk({'a', '@', 'b'})) + kCcs + kFinished;
     }},
    {"EcdhePsk", SessionKind::Psk,
     [] { return record(kHello) + record(message(16, block(2, {'a'}) + block(1, Bytes(65, 4)))) + kCcs + kFinished; }},
    {"Certificate", SessionKind::Certificate,
     [] { return record(kHello) + record(certificate()) + record(kPoint) + record(kVerify) + kCcs + kFinished; }},
    {"RawKey", SessionKind::RawKey,
     [] { return record(kHello) + record(raw_certificate()) + record(kPoint) + record(kVerify) + kCcs + kFinished; }},
    {"OneRecord", SessionKind::Certificate,
     [] { return record(kHello) + record(certificate() + kPoint + kVerify) + kCcs + kFinished; }},
    {"AWarning", SessionKind::Psk, [] { return record(kHello) + kWarning + record(psk({'a'})) + kCcs + kFinished; }},
};
class GoodFlight : public ::testing::TestWithParam<GoodRow> {};
TEST_P(GoodFlight, PassesAtEverySplit) {
  const Bytes bytes = GetParam().bytes();
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Seen seen = run(GetParam().kind, bytes, piece);
    ASSERT_EQ(seen.last.kind, Kind::Encrypted) << piece << " " << seen.last.detail;
    EXPECT_LE(seen.consumed, bytes.size() - kFinished.size());
  }
}
TEST_P(GoodFlight, PassesInRecordsOfOneByteEach) {
  const Bytes bytes = GetParam().bytes();
  Bytes crumbs;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = static_cast<std::size_t>(bytes[at + 3]) << 8 | bytes[at + 4];
    for (std::size_t i = 0; i < size; ++i) {
      if (bytes[at] == 22) crumbs = crumbs + record({bytes[at + 5 + i]});
    }
    if (bytes[at] != 22)
      crumbs = crumbs + Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                              bytes.begin() + static_cast<std::ptrdiff_t>(at + 5 + size));
    at += 5 + size;
  }
  EXPECT_EQ(run(GetParam().kind, crumbs).last.kind, Kind::Encrypted);
}
INSTANTIATE_TEST_SUITE_P(Rows, GoodFlight, ::testing::ValuesIn(kGood),
                         [](const auto& row) { return std::string(row.param.name); });

struct BadRow {
  const char* name;
  SessionKind kind;
  HandshakeFailure failure;
  Alert alert;
  std::function<Bytes()> bytes;  // behind the ClientHello
};
using enum HandshakeFailure;
const BadRow kBad[] = {
    {"CcsBeforeKeyExchange", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage, [] { return kCcs; }},
    {"CcsBeforeCertificate", SessionKind::Certificate, MessageOrder, Alert::UnexpectedMessage, [] { return kCcs; }},
    {"CcsAfterCertificate", SessionKind::Certificate, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(certificate()) + kCcs; }},
    {"CcsBeforeVerify", SessionKind::Certificate, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(certificate() + kPoint) + kCcs; }},
    {"NoCertificateMessage", SessionKind::Certificate, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(kPoint); }},
    {"VerifyBeforeKeyExchange", SessionKind::Certificate, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(certificate()) + record(kVerify); }},
    {"VerifyFirst", SessionKind::Certificate, MessageOrder, Alert::UnexpectedMessage, [] { return record(kVerify); }},
    {"VerifyTwice", SessionKind::Certificate, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(certificate() + kPoint + kVerify + kVerify); }},
    {"CertificateTwice", SessionKind::Certificate, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(certificate() + certificate()); }},
    {"CertificateInPsk", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(certificate()); }},
    {"VerifyInPsk", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(psk({'a'})) + record(kVerify); }},
    {"KeyExchangeTwice", SessionKind::Certificate, SecondKeyExchange, Alert::UnexpectedMessage,
     [] { return record(certificate() + kPoint + kPoint); }},
    {"KeyExchangeTwiceInPsk", SessionKind::Psk, SecondKeyExchange, Alert::UnexpectedMessage,
     [] { return record(psk({'a'}) + psk({'b'})); }},
    {"KeyExchangeAfterVerify", SessionKind::Certificate, SecondKeyExchange, Alert::UnexpectedMessage,
     [] { return record(certificate() + kPoint + kVerify + kPoint); }},
    {"HelloAgain", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage, [] { return record(kHello); }},
    {"FinishedInClear", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(psk({'a'})) + record(message(20, Bytes(12, 1))); }},
    {"ServerMessage", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(message(2, Bytes(40, 1))); }},
    {"HelloRequest", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage, [] { return record(message(0, {})); }},
    {"RawKeyForX509", SessionKind::Certificate, WrongCertificateType, Alert::UnsupportedCertificate,
     [] { return record(raw_certificate()); }},
    {"RawKeyInListForX509", SessionKind::Certificate, WrongCertificateType, Alert::UnsupportedCertificate,
     [] { return record(message(11, block(3, block(3, raw())))); }},
    {"X509ForRawKey", SessionKind::RawKey, WrongCertificateType, Alert::UnsupportedCertificate,
     [] { return record(certificate()); }},
    {"BareX509ForRawKey", SessionKind::RawKey, WrongCertificateType, Alert::UnsupportedCertificate,
     [] { return record(message(11, block(3, x509()))); }},
    {"RawKeyAsIssuer", SessionKind::Certificate, WrongCertificateType, Alert::UnsupportedCertificate,
     [] { return record(message(11, block(3, block(3, x509()) + block(3, raw())))); }},
    {"EmptyEntry", SessionKind::Certificate, WrongCertificateType, Alert::UnsupportedCertificate,
     [] { return record(message(11, block(3, block(3, {})))); }},
    {"EmptyCertificate", SessionKind::Certificate, NoCertificate, Alert::HandshakeFailure,
     [] { return record(kNoCertificate); }},
    {"EmptyRawKey", SessionKind::RawKey, NoCertificate, Alert::HandshakeFailure, [] { return record(kNoCertificate); }},
    {"LongChain", SessionKind::Certificate, UntrustedChain, Alert::UnknownCa,
     [] {
       Bytes list;
       for (int i = 0; i < 7; ++i) list = list + block(3, x509());
       return record(message(11, block(3, list)));
     }},
    {"CertificateLengths", SessionKind::Certificate, MessageMalformed, Alert::DecodeError,
     [] { return record(message(11, block(3, block(3, x509())) + Bytes{0})); }},
    {"HugeCertificate", SessionKind::Certificate, MessageMalformed, Alert::DecodeError,
     [] {
       return record({11, 0, 0x40, 0x01});
     }},
    {"PskLengths", SessionKind::Psk, MessageMalformed, Alert::DecodeError,
     [] {
       return record(message(16, {0, 5, 'a'}));
     }},
    {"PskTrailing", SessionKind::Psk, MessageMalformed, Alert::DecodeError,
     [] {
       return record(message(16, {0, 1, 'a', 2, 4, 4, 4}));
     }},
    {"PskIdentityTooLong", SessionKind::Psk, UnknownPskIdentity, Alert::BadRecordMac,
     [] { return record(psk(Bytes(129, 'a'))); }},
    {"PskIdentityOf65535", SessionKind::Psk, UnknownPskIdentity, Alert::BadRecordMac,
     [] {
       return record({16, 1, 0, 1});
     }},
    {"ApplicationData", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage,
     [] {
       return record({1, 2, 3}, 23);
     }},
    {"Heartbeat", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage,
     [] {
       return record({1, 64, 0}, 24);
     }},
    {"EmptyHandshakeRecord", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage, [] { return record({}); }},
    {"LongRecord", SessionKind::Certificate, MessageMalformed, Alert::RecordOverflow,
     [] {
       return Bytes{22, 3, 3, 0x40, 0x01};
     }},
    {"OtherVersion", SessionKind::Psk, MessageMalformed, Alert::DecodeError, [] { return Bytes{22, 2, 0, 0, 4, 1}; }},
    {"AlertInMessage", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage,
     [] {
       return record({16, 0}) + kWarning;
     }},
    {"CcsInMessage", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage,
     [] { return record(psk({'a'})) + record({16}) + kCcs; }},
    {"LongCcs", SessionKind::Psk, MessageMalformed, Alert::DecodeError,
     [] {
       return record(psk({'a'})) + record({1, 1}, 20);
     }},
    {"BadCcs", SessionKind::Psk, MessageMalformed, Alert::DecodeError,
     [] { return record(psk({'a'})) + record({2}, 20); }},
    {"LongAlert", SessionKind::Psk, MessageMalformed, Alert::DecodeError,
     [] {
       return record({1, 90, 1}, 21);
     }},
    {"AlertFlood", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage,
     [] { return kWarning + kWarning + kWarning + kWarning + kWarning; }},
    {"SomethingInHelloRecord", SessionKind::Psk, MessageOrder, Alert::UnexpectedMessage, [] { return Bytes{}; }},
};
class BadFlight : public ::testing::TestWithParam<BadRow> {};
TEST_P(BadFlight, IsAViolationAtEverySplit) {
  const Bytes tail = GetParam().bytes();
  const Bytes bytes = tail.empty() ? record(kHello + psk({'a'})) : record(kHello) + tail;
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{100}, bytes.size()}) {
    const Seen seen = run(GetParam().kind, bytes, piece);
    ASSERT_EQ(seen.last.kind, Kind::Violation) << piece;
    EXPECT_EQ(to_text(seen.last.failure), to_text(GetParam().failure)) << seen.last.detail;
    EXPECT_EQ(seen.last.alert, GetParam().alert);
  }
}
INSTANTIATE_TEST_SUITE_P(Rows, BadFlight, ::testing::ValuesIn(kBad),
                         [](const auto& row) { return std::string(row.param.name); });

struct IdentityRow {
  const char* name;
  Bytes identity;
};
const IdentityRow kIdentities[] = {{"Empty", {}},
                                   {"Nul", {'a', 0, 'b'}},
                                   {"Wildcards", {'#', '+', '/', '*'}},
                                   {"Newline", {'\r', '\n'}},
                                   {"TwoAt", {'a', '@', 'b', '@', 'c'}},
                                   {"Longest", Bytes(128, 'x')}};
class Identity : public ::testing::TestWithParam<IdentityRow> {};
TEST_P(Identity, IsHandedOverByteForByte) {
  EXPECT_EQ(run(SessionKind::Psk, record(kHello) + record(psk(GetParam().identity))).identity, GetParam().identity);
}
INSTANTIATE_TEST_SUITE_P(Rows, Identity, ::testing::ValuesIn(kIdentities),
                         [](const auto& row) { return std::string(row.param.name); });

constexpr auto kTls13 = HandshakeWatch::Version::Tls13;
const Bytes kCipher = record(Bytes(40, 3), 23);

TEST(Tls13Watch, TakesASecondHelloAndOneDummy) {
  EXPECT_EQ(run(SessionKind::Psk, record(kHello) + kCcs + record(kHello) + kCipher, SIZE_MAX, kTls13).last.kind,
            Kind::Encrypted);
  EXPECT_EQ(run(SessionKind::Psk, record(kHello) + kCcs + kCipher, 1, kTls13).last.kind, Kind::Encrypted);
}
TEST(Tls13Watch, RefusesAThirdHelloAndASecondDummy) {
  EXPECT_EQ(run(SessionKind::Psk, record(kHello) + record(kHello) + record(kHello), SIZE_MAX, kTls13).last.failure,
            MessageOrder);
  EXPECT_EQ(run(SessionKind::Psk, record(kHello) + kCcs + kCcs, SIZE_MAX, kTls13).last.failure, MessageOrder);
}
TEST(Tls13Watch, RefusesAHandshakeMessageInClear) {
  EXPECT_EQ(run(SessionKind::Certificate, record(kHello) + record(certificate()), SIZE_MAX, kTls13).last.failure,
            MessageOrder);
}

}  // namespace
}  // namespace saproxy::tests
