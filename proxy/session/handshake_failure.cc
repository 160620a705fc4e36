#include "proxy/session/handshake_failure.h"

#include "proxy/session/alert.h"

namespace saproxy::proxy {

std::string_view to_text(HandshakeFailure failure) {
  switch (failure) {
    case HandshakeFailure::NotTls: return "not_tls";
    case HandshakeFailure::HelloMalformed: return "hello_malformed";
    case HandshakeFailure::HelloTooLarge: return "hello_too_large";
    case HandshakeFailure::VersionUnsupported: return "version_unsupported";
    case HandshakeFailure::NoSharedSuite: return "no_shared_suite";
    case HandshakeFailure::FrameworkNotServed: return "framework_not_served";
    case HandshakeFailure::MessageOrder: return "message_order";
    case HandshakeFailure::WrongCertificateType: return "wrong_certificate_type";
    case HandshakeFailure::SecondKeyExchange: return "second_key_exchange";
    case HandshakeFailure::Renegotiation: return "renegotiation";
    case HandshakeFailure::UnknownPskIdentity: return "unknown_psk_identity";
    case HandshakeFailure::WrongPskKey: return "wrong_psk_key";
    case HandshakeFailure::NoCertificate: return "no_certificate";
    case HandshakeFailure::UntrustedChain: return "untrusted_chain";
    case HandshakeFailure::CertificateExpired: return "certificate_expired";
    case HandshakeFailure::CertificateRevoked: return "certificate_revoked";
    case HandshakeFailure::RevocationUnknown: return "revocation_unknown";
    case HandshakeFailure::ProfileViolation: return "profile_violation";
    case HandshakeFailure::UntrustedRawKey: return "untrusted_raw_key";
    case HandshakeFailure::KeyNotProven: return "key_not_proven";
    case HandshakeFailure::MessageMalformed: return "message_malformed";
    case HandshakeFailure::NoIdentity: return "no_identity";
    case HandshakeFailure::Timeout: return "timeout";
    case HandshakeFailure::PeerClosed: return "peer_closed";
    case HandshakeFailure::PeerAlert: return "peer_alert";
    case HandshakeFailure::Overload: return "overload";
    case HandshakeFailure::Internal: return "internal";
  }
  return "internal";
}

std::optional<Alert> alert_for(HandshakeFailure failure) {
  switch (failure) {
    case HandshakeFailure::NotTls:
    case HandshakeFailure::PeerClosed:
    case HandshakeFailure::PeerAlert: return std::nullopt;
    case HandshakeFailure::HelloMalformed:
    case HandshakeFailure::HelloTooLarge:
    case HandshakeFailure::MessageMalformed: return Alert::DecodeError;
    case HandshakeFailure::VersionUnsupported: return Alert::ProtocolVersion;
    case HandshakeFailure::NoSharedSuite:
    case HandshakeFailure::FrameworkNotServed:
    case HandshakeFailure::NoCertificate: return Alert::HandshakeFailure;
    case HandshakeFailure::MessageOrder:
    case HandshakeFailure::SecondKeyExchange: return Alert::UnexpectedMessage;
    case HandshakeFailure::WrongCertificateType: return Alert::UnsupportedCertificate;
    case HandshakeFailure::Renegotiation: return Alert::NoRenegotiation;
    // One alert for both, and the one that a Finished under a wrong key gets: nobody can list identities by it.
    case HandshakeFailure::UnknownPskIdentity:
    case HandshakeFailure::WrongPskKey: return Alert::BadRecordMac;
    case HandshakeFailure::UntrustedChain: return Alert::UnknownCa;
    case HandshakeFailure::CertificateExpired: return Alert::CertificateExpired;
    case HandshakeFailure::CertificateRevoked: return Alert::CertificateRevoked;
    case HandshakeFailure::RevocationUnknown: return Alert::CertificateUnknown;
    case HandshakeFailure::ProfileViolation:
    case HandshakeFailure::UntrustedRawKey: return Alert::BadCertificate;
    case HandshakeFailure::KeyNotProven: return Alert::DecryptError;
    case HandshakeFailure::NoIdentity: return Alert::AccessDenied;
    case HandshakeFailure::Timeout:
    case HandshakeFailure::Overload:
    case HandshakeFailure::Internal: return Alert::InternalError;
  }
  return Alert::InternalError;
}

void append_clear_alert(Alert alert, std::vector<std::uint8_t>& out) {
  constexpr std::uint8_t kFatal = 2;
  const std::uint8_t record[] = {21, 3, 3, 0, 2, kFatal, static_cast<std::uint8_t>(alert)};
  out.insert(out.end(), std::begin(record), std::end(record));
}

}  // namespace saproxy::proxy
