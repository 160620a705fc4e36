// Makes one WOLFSSL_CTX for one way of serving, or of being a client. Everything that all of them have in common is
// said here once. Spec: TS-0003 10.2.2, 10.2.3 (suites); RFC 7250 (raw public keys)
#pragma once

#include <cstdint>

#include "identity/result.h"
#include "policy/config.h"
#include "proxy/session/trust_anchors.h"
#include "proxy/session/wolfssl_library.h"

namespace saproxy::proxy {

enum class TlsRole : std::uint8_t { Server, Client };

class ContextBuilder {
 public:
  // Both must outlive the builder.
  ContextBuilder(const policy::TlsSettings& tls, const TrustAnchors& anchors, TlsRole role)
      : tls_(tls), anchors_(anchors), role_(role) {}

  [[nodiscard]] identity::Result<OwnedContext> psk() const;
  [[nodiscard]] identity::Result<OwnedContext> certificate(const policy::ServerCertificate& own) const;
  // The peer shows a raw public key, we a certificate or our raw public key.
  [[nodiscard]] identity::Result<OwnedContext> raw_key(const policy::ServerCertificate& own) const;
  [[nodiscard]] identity::Result<OwnedContext> raw_key(const policy::OwnRawKey& own) const;

 private:
  [[nodiscard]] identity::Result<OwnedContext> common(const std::string& suites) const;
  [[nodiscard]] identity::Result<OwnedContext> asking_for_certificate(char peer_type, char own_type) const;
  [[nodiscard]] identity::Result<bool> load_own(WOLFSSL_CTX* ctx, const policy::ServerCertificate& own) const;
  [[nodiscard]] std::string certificate_suites() const;

  const policy::TlsSettings& tls_;
  const TrustAnchors& anchors_;
  TlsRole role_;
};

}  // namespace saproxy::proxy
