// TLS alerts that we send ourselves, and which of them answers which failure: the peer learns this much and no more.
// Spec: RFC 5246 7.2, RFC 8446 6
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proxy/session/handshake_failure.h"

namespace saproxy::proxy {

enum class Alert : std::uint8_t {
  CloseNotify = 0,
  UnexpectedMessage = 10,
  BadRecordMac = 20,
  RecordOverflow = 22,
  HandshakeFailure = 40,
  BadCertificate = 42,
  UnsupportedCertificate = 43,
  CertificateRevoked = 44,
  CertificateExpired = 45,
  CertificateUnknown = 46,
  IllegalParameter = 47,
  UnknownCa = 48,
  AccessDenied = 49,
  DecodeError = 50,
  DecryptError = 51,
  ProtocolVersion = 70,
  InternalError = 80,
  NoRenegotiation = 100,
  CertificateRequired = 116,
};

// None where an answer would be pointless: the peer does not speak TLS, or has ended the session itself.
[[nodiscard]] std::optional<Alert> alert_for(HandshakeFailure failure);

// Appends a fatal alert as a record in clear.
void append_clear_alert(Alert alert, std::vector<std::uint8_t>& out);

}  // namespace saproxy::proxy
