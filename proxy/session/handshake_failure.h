// Why a handshake ended without an association: a closed set, label of a metric and field of the log. The peer learns
// only the alert.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace saproxy::proxy {

enum class HandshakeFailure : std::uint8_t {
  NotTls,
  HelloMalformed,
  HelloTooLarge,
  VersionUnsupported,
  NoSharedSuite,
  FrameworkNotServed,
  MessageOrder,          // a handshake message out of order, repeated or missing (CVE-2026-93304 and its kin)
  WrongCertificateType,  // a raw key where X.509 was negotiated, or the reverse (CVE-2026-55960, -89136)
  SecondKeyExchange,
  Renegotiation,
  UnknownPskIdentity,
  WrongPskKey,
  NoCertificate,
  UntrustedChain,
  CertificateExpired,
  CertificateRevoked,
  RevocationUnknown,
  ProfileViolation,
  UntrustedRawKey,
  KeyNotProven,      // the signature in CertificateVerify (or Finished) does not fit the credential
  MessageMalformed,  // wolfSSL could not read a message that came in its turn
  NoIdentity,        // credential proven, but nobody says which entity it is
  Timeout,
  PeerClosed,
  PeerAlert,
  Overload,
  Internal,
};
inline constexpr std::size_t kHandshakeFailureCount = static_cast<std::size_t>(HandshakeFailure::Internal) + 1;
[[nodiscard]] std::string_view to_text(HandshakeFailure failure);  // "wrong_psk_key"

}  // namespace saproxy::proxy
