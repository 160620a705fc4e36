#include "proxy/session/client_contexts.h"

#include "proxy/session/context_builder.h"

namespace saproxy::proxy {

using identity::Result;

Result<std::shared_ptr<const ClientContexts>> ClientContexts::make(const policy::Config& config,
                                                                   const policy::TlsSettings& tls, const Own& own) {
  std::shared_ptr<ClientContexts> made(new ClientContexts);
  made->tls_ = tls;
  SAPROXY_TRY(made->anchors_, TrustAnchors::make(config.trust_anchors_pem));
  SAPROXY_TRY(made->revocation_, Revocation::make(config.crls_pem, config.require_crl));
  const ContextBuilder builder(made->tls_, made->anchors_, TlsRole::Client);
  SAPROXY_TRY(made->psk_, builder.psk());
  if (own.certificate != nullptr) {
    SAPROXY_TRY(made->certificate_, builder.certificate(*own.certificate));
  }
  if (own.raw_key != nullptr) {
    SAPROXY_TRY(made->raw_key_, builder.raw_key(*own.raw_key));
  } else if (own.certificate != nullptr) {
    SAPROXY_TRY(made->raw_key_, builder.raw_key(*own.certificate));
  }
  return made;
}

WOLFSSL_CTX* ClientContexts::find(SessionKind kind) const {
  switch (kind) {
    case SessionKind::Psk: return psk_.get();
    case SessionKind::Certificate: return certificate_.get();
    case SessionKind::RawKey: return raw_key_.get();
  }
  return nullptr;
}

}  // namespace saproxy::proxy
