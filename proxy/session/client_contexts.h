// ClientContexts: one WOLFSSL_CTX for each way we can be the client of a session: SA2 towards registrees, SA1 towards
// our registrar. Built whole from configuration or not at all; immutable and shared afterwards. Spec: TS-0003 8.2.1
// (SA2: roles reversed, credentials of SA1), 10.2
#pragma once

#include <memory>
#include <string>

#include "identity/result.h"
#include "policy/config.h"
#include "proxy/session/revocation.h"
#include "proxy/session/session_kind.h"
#include "proxy/session/trust_anchors.h"
#include "proxy/session/wolfssl_library.h"

namespace saproxy::proxy {

class ClientContexts {
 public:
  // What we show as a client.
  struct Own {
    const policy::ServerCertificate* certificate = nullptr;  // null: no far end with a certificate can be reached
    const policy::OwnRawKey* raw_key = nullptr;              // to those with a raw key; null: the certificate
  };
  [[nodiscard]] static identity::Result<std::shared_ptr<const ClientContexts>> make(const policy::Config& config,
                                                                                    const policy::TlsSettings& tls,
                                                                                    const Own& own);

  // Null: we have nothing to show for this kind.
  [[nodiscard]] WOLFSSL_CTX* find(SessionKind kind) const;
  [[nodiscard]] const policy::TlsSettings& tls() const { return tls_; }
  // What certificates of servers are checked against.
  [[nodiscard]] const TrustAnchors& anchors() const { return anchors_; }
  [[nodiscard]] const Revocation& revocation() const { return *revocation_; }

 private:
  ClientContexts() = default;
  policy::TlsSettings tls_;
  TrustAnchors anchors_;
  std::unique_ptr<const Revocation> revocation_;
  OwnedContext psk_, certificate_, raw_key_;
};

}  // namespace saproxy::proxy
