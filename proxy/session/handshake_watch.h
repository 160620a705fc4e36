// HandshakeWatch: follows the clear part of a client's side of a handshake and ends it at the first message that is out
// of order, repeated, left out or of a type that nobody asked for, before wolfSSL sees those bytes. Pure: bytes in,
// verdict out. Defends against CVE-2026-93304 (order of ChangeCipherSpec), CVE-2026-2645, CVE-2026-55960 and
// CVE-2026-89136 (type of certificate). Spec: RFC 5246 7.3, 7.4, 6.2.1; RFC 4279 2; RFC 7250 3; RFC 8446 5, D.4
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "proxy/session/alert.h"
#include "proxy/session/handshake_failure.h"
#include "proxy/session/session_kind.h"

namespace saproxy::proxy {

// What the watch has to say about the bytes it was fed. Only the first `consumed` of them were looked at; feed() goes
// on with the rest.
struct WatchVerdict {
  enum class Kind : std::uint8_t {
    NeedBytes,    // all consumed, nothing against them
    HelloDone,    // a ClientHello ends here: let the library answer, then say negotiated()
    PskIdentity,  // a ClientKeyExchange ends here, psk_identity() is set
    Encrypted,    // from here on only the keys can tell; feed() is not needed any more
    Violation,
  };
  Kind kind = Kind::NeedBytes;
  std::size_t consumed = 0;
  HandshakeFailure failure = HandshakeFailure::Internal;  // Violation only, like the two below
  Alert alert = Alert::InternalError;
  const char* detail = "";
};

class HandshakeWatch {
 public:
  static constexpr std::size_t kMaxPskIdentity = 128;  // as in KpsaID and in wolfSSL; longer ones belong to nobody
  static constexpr std::size_t kMaxCertificates = 6;   // leaf and issuers in one Certificate message
  static constexpr std::size_t kMaxCertificateMessage = 16384;

  explicit HandshakeWatch(SessionKind kind) : kind_(kind) {}

  [[nodiscard]] WatchVerdict feed(std::span<const std::uint8_t> bytes);
  // After each HelloDone.
  enum class Version : std::uint8_t { Tls12, Tls13 };
  void negotiated(Version version);
  // Exactly as sent, TLS 1.2 only; the view lives as long as the watch.
  [[nodiscard]] std::span<const std::uint8_t> psk_identity() const { return psk_identity_; }

 private:
  enum class Step : std::uint8_t {
    Hello,
    Negotiation,
    Certificate,
    KeyExchange,
    CertificateVerify,
    ChangeCipherSpec,
    Clear13,
    Encrypted
  };

  WatchVerdict violation(HandshakeFailure failure, const char* detail) const;
  bool step_header(WatchVerdict& verdict);
  bool step_body(std::span<const std::uint8_t> body, std::size_t& used, WatchVerdict& verdict);
  bool step_handshake(std::span<const std::uint8_t> body, std::size_t& used, WatchVerdict& verdict);
  bool begin_message(WatchVerdict& verdict);
  bool end_message(WatchVerdict& verdict);
  bool end_certificate(WatchVerdict& verdict);
  bool end_key_exchange(WatchVerdict& verdict);
  bool end_small_record(WatchVerdict& verdict);

  SessionKind kind_;
  Step step_ = Step::Hello;
  std::array<std::uint8_t, 5> header_{};
  std::uint8_t header_size_ = 0;
  std::size_t record_left_ = 0;
  std::vector<std::uint8_t>
      message_;  // of the handshake message under way, header included; or of an alert, a ChangeCipherSpec
  std::size_t message_size_ = 0;  // what it will have; 0 while its header is incomplete
  std::vector<std::uint8_t> psk_identity_;
  std::uint8_t hellos_ = 0;
  std::uint8_t alerts_ = 0;
  std::uint8_t dummies_ = 0;  // ChangeCipherSpec of TLS 1.3, without meaning
};

}  // namespace saproxy::proxy
