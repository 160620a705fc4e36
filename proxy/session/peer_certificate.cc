#include "proxy/session/peer_certificate.h"

#include <algorithm>

#include "proxy/session/tls_session.h"

namespace saproxy::proxy {

using identity::ByteView;

HandshakeFailure certificate_failure(int error) {
  switch (error) {
    case ASN_BEFORE_DATE_E:
    case ASN_AFTER_DATE_E: return HandshakeFailure::CertificateExpired;
    case UNSUPPORTED_CERTIFICATE: return HandshakeFailure::WrongCertificateType;
    default: return HandshakeFailure::UntrustedChain;
  }
}

// Only want of memory throws here, and that ends the process: wolfSSL's C must not be unwound.
// NOLINTNEXTLINE(bugprone-exception-escape)
int verify_peer(int accepted, WOLFSSL_X509_STORE_CTX* store) noexcept {
  auto* context = static_cast<VerifyContext*>(store->userCtx);
  if (context == nullptr || store->certs == nullptr || store->totalCerts < 1) return 0;
  std::vector<ByteView> presented;
  presented.reserve(static_cast<std::size_t>(store->totalCerts));
  for (int i = 0; i < store->totalCerts; ++i) presented.emplace_back(store->certs[i].buffer, store->certs[i].length);
  PeerVerification& verification = context->verification;
  if (!verification.check(context->kind, accepted == 1, store->error, store->error_depth, presented)) return 0;
  if (context->admit_at_once && store->error_depth == 0 && !verification.admit()) return 0;
  return 1;
}

bool PeerVerification::admit() {
  if (!credential_) return refuse(HandshakeFailure::Internal, "nothing is proven");
  if (const auto refused = judge_.admit(*credential_)) return refuse(*refused, "");
  return true;
}

bool PeerVerification::refuse(HandshakeFailure failure, std::string detail) {
  credential_.reset();
  if (!failure_) {
    failure_ = failure;
    detail_ = std::move(detail);
  }
  return false;
}

bool PeerVerification::refuse(std::span<const identity::ProfileViolation> violations) {
  std::string detail;
  bool only_expired = true;
  for (const auto violation : violations) {
    detail += (detail.empty() ? "" : ", ") + std::string(to_text(violation));
    only_expired &=
        violation == identity::ProfileViolation::Expired || violation == identity::ProfileViolation::NotYetValid;
  }
  return refuse(only_expired ? HandshakeFailure::CertificateExpired : HandshakeFailure::ProfileViolation,
                std::move(detail));
}

bool PeerVerification::check(SessionKind kind, bool library_accepts, int error, int depth,
                             std::span<const ByteView> presented) {
  if (!library_accepts)
    return refuse(certificate_failure(error), wolfssl_error_text(error) + " at depth " + std::to_string(depth));
  if (depth != 0) return true;
  const auto wanted = kind == SessionKind::RawKey ? identity::PeerKeyForm::RawPublicKey : identity::PeerKeyForm::X509;
  if (kind == SessionKind::Psk || identity::classify_peer_key(presented.front()) != wanted) {
    return refuse(HandshakeFailure::WrongCertificateType, "not the type of certificate that was asked for");
  }
  chain_ = PeerChain(presented);
  return check_again(kind, presented, true);
}

bool PeerVerification::check_raw_key(ByteView der) {
  const auto key = identity::parse_raw_public_key(der);
  if (!key) return refuse(HandshakeFailure::UntrustedRawKey, key.error().detail);
  const auto violations = judge_.judge_key(*key);
  if (!violations.empty()) return refuse(violations);
  if (!judge_.trusts(*key)) {
    return refuse(HandshakeFailure::UntrustedRawKey, identity::PublicKeyName::of(key->public_key_info).uri());
  }
  credential_ = identity::ProvenRawKey{identity::PublicKeyName::of(key->public_key_info)};
  return true;
}

bool PeerVerification::check_revocation(const TrustAnchors::Presented& leaf, const TrustAnchors::Path& path) {
  if (revocation_.idle()) return true;
  ByteView certificate = leaf.der;
  for (std::size_t i = 0; i < path.ders.size(); ++i) {
    if (auto refusal = revocation_.check(certificate, path.ders[i], path.issuers[i].subject_der)) {
      return refuse(refusal->failure, std::move(refusal->detail));
    }
    certificate = path.ders[i];
  }
  return true;
}

bool PeerVerification::check_certificate(std::span<const ByteView> presented, bool verified) {
  std::vector<TrustAnchors::Presented> certificates;
  for (const ByteView der : presented) {
    auto facts = identity::parse_certificate(der);
    // An unreadable issuer can be no part of the path.
    if (!facts && !certificates.empty()) continue;
    if (!facts) return refuse(HandshakeFailure::ProfileViolation, facts.error().detail);
    certificates.push_back({der, std::move(*facts)});
  }
  const auto& leaf = certificates.front().facts;
  // What we cannot read wolfSSL may have used.
  const auto path = anchors_.path_of(certificates, verified && presented.size() == 1);
  if (!path) return refuse(HandshakeFailure::UntrustedChain, "no path to a trust anchor");

  if (!check_revocation(certificates.front(), *path)) return false;
  if (keeps_issuer_) chain_.set_issuer(path->ders.front());

  const auto verdict = judge_.judge(leaf, path->issuers);
  if (!verdict.violations.empty()) return refuse(verdict.violations);
  if (!verdict.name) return refuse(HandshakeFailure::ProfileViolation, "names nobody");

  std::int64_t not_after = leaf.not_after;
  for (const auto& issuer : path->issuers) not_after = std::min(not_after, issuer.not_after);
  credential_ = identity::ProvenCertificate{*verdict.name, not_after};
  return true;
}

}  // namespace saproxy::proxy
