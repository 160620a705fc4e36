// PeerVerification: what the peer proved with its Certificate message. wolfSSL's verdict comes first and is never
// overridden; then the profile of oneM2M, or for a raw public key the list of trusted ones. Spec:
// TS-0003 8.1.2, 10.1.1, 10.1.2
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/credential.h"
#include "proxy/session/context_set.h"
#include "proxy/session/handshake_failure.h"
#include "proxy/session/peer_chain.h"
#include "proxy/session/revocation.h"
#include "proxy/session/session_kind.h"
#include "proxy/session/trust_anchors.h"

namespace saproxy::proxy {

class CredentialJudge;

class PeerVerification {
 public:
  // All must outlive the handshake.
  PeerVerification(const ContextSet& contexts, CredentialJudge& judge)
      : PeerVerification(contexts.anchors(), contexts.revocation(), judge) {
    keeps_issuer_ = contexts.asks_for_status();
  }
  PeerVerification(const TrustAnchors& anchors, const Revocation& revocation, CredentialJudge& judge)
      : anchors_(anchors), revocation_(revocation), judge_(judge) {}

  // True: go on. Called once for the peer's own certificate, and before that for each issuer that is in error.
  [[nodiscard]] bool check(SessionKind kind, bool library_accepts, int error, int depth,
                           std::span<const identity::ByteView> presented);

  // Of a certificate or raw key that was good once: whether it still is, by the anchors, lists and judge of today.
  // `same_trust`: anchors are those that wolfSSL verified it by.
  [[nodiscard]] bool check_again(SessionKind kind, std::span<const identity::ByteView> presented, bool same_trust) {
    return kind == SessionKind::RawKey ? check_raw_key(presented.front()) : check_certificate(presented, same_trust);
  }

  // Whether the judge admits the credential: for who wants to know before the handshake goes on.
  [[nodiscard]] bool admit();

  [[nodiscard]] std::optional<HandshakeFailure> failure() const { return failure_; }
  [[nodiscard]] const std::string& detail() const { return detail_; }
  // Set once the message was good; the proof that the peer has the key comes later in the handshake.
  [[nodiscard]] const std::optional<identity::Credential>& credential() const { return credential_; }
  // As presented, the peer's own first; with its issuer, when the contexts ask for its status.
  [[nodiscard]] const PeerChain& chain() const { return chain_; }
  [[nodiscard]] PeerChain take_chain() { return std::move(chain_); }

 private:
  bool check_certificate(std::span<const identity::ByteView> presented, bool verified);
  bool check_revocation(const TrustAnchors::Presented& leaf, const TrustAnchors::Path& path);
  bool check_raw_key(identity::ByteView key);
  bool refuse(HandshakeFailure failure, std::string detail);
  bool refuse(std::span<const identity::ProfileViolation> violations);

  const TrustAnchors& anchors_;
  const Revocation& revocation_;
  CredentialJudge& judge_;
  bool keeps_issuer_ = false;  // somebody will ask for the status of the certificate
  std::optional<HandshakeFailure> failure_;
  std::string detail_;
  std::optional<identity::Credential> credential_;
  PeerChain chain_;
};

// What the verify callback needs; its address is the callback's context.
struct VerifyContext {
  PeerVerification& verification;
  SessionKind kind;
  bool admit_at_once = false;
};

// The verify callback for contexts that ask for a certificate or a raw public key.
// NOLINTNEXTLINE(bugprone-exception-escape)
int verify_peer(int accepted, WOLFSSL_X509_STORE_CTX* store) noexcept;

// The failure that a wolfSSL error about a certificate stands for.
[[nodiscard]] HandshakeFailure certificate_failure(int error);

}  // namespace saproxy::proxy
