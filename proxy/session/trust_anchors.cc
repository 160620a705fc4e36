#include "proxy/session/trust_anchors.h"

#include <wolfssl/wolfcrypt/asn_public.h>

namespace saproxy::proxy {
namespace {

using identity::ByteView;
using identity::Certificate;
using identity::ErrorCode;
using identity::Result;

struct FreeManager {
  void operator()(WOLFSSL_CERT_MANAGER* manager) const noexcept { wolfSSL_CertManagerFree(manager); }
};

Result<identity::Bytes> pem_to_der(const std::string& pem) {
  identity::Bytes der(pem.size());
  const int size = wc_CertPemToDer(reinterpret_cast<const unsigned char*>(pem.data()), static_cast<int>(pem.size()), der.data(),
                                   static_cast<int>(der.size()), CERT_TYPE);
  if (size <= 0) return identity::fail(ErrorCode::BadSyntax, "not a PEM certificate: " + wolfssl_error_text(size));
  der.resize(static_cast<std::size_t>(size));
  return der;
}

bool is_signed_by(ByteView certificate, ByteView issuer) {
  const std::unique_ptr<WOLFSSL_CERT_MANAGER, FreeManager> manager(wolfSSL_CertManagerNew());
  return manager &&
         wolfSSL_CertManagerLoadCABuffer_ex(manager.get(), issuer.data(), static_cast<long>(issuer.size()), WOLFSSL_FILETYPE_ASN1, 0,
                                            WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY) == WOLFSSL_SUCCESS &&
         wolfSSL_CertManagerVerifyBuffer(manager.get(), certificate.data(), static_cast<long>(certificate.size()),
                                         WOLFSSL_FILETYPE_ASN1) == WOLFSSL_SUCCESS;
}

// Asked only where no CRL was found for an issuer, or where the one found is out of date. Not an override of a verdict: it says what a
// missing list means.
int on_crl_error(int error, WOLFSSL_CRL*, WOLFSSL_CERT_MANAGER*, void* require_crl) noexcept {
  return require_crl == nullptr && error == CRL_MISSING ? 1 : 0;
}

}  // namespace

Result<TrustAnchors> TrustAnchors::make(std::span<const std::string> pems) {
  TrustAnchors result;
  for (const std::string& pem : pems) {
    const std::string which = "trust anchor " + std::to_string(result.anchors_.size() + 1) + ": ";
    auto der = pem_to_der(pem);
    if (!der) return identity::fail(der.error().code, which + der.error().detail);
    auto facts = identity::parse_certificate(*der);
    if (!facts) return identity::fail(facts.error().code, which + facts.error().detail);
    if (!facts->is_ca) return identity::fail(ErrorCode::NotPermitted, which + "is not a CA certificate");
    result.anchors_.push_back({std::move(*der), std::move(*facts)});
  }
  return result;
}

Result<bool> TrustAnchors::load_into(WOLFSSL_CTX* ctx, std::span<const std::string> crls_pem, bool require_crl) const {
  for (std::size_t i = 0; i < anchors_.size(); ++i) {
    // An expired anchor must not keep the others from being loaded; what it signed is refused when it is presented.
    const auto& der = anchors_[i].der;
    const int loaded = wolfSSL_CTX_load_verify_buffer_ex(ctx, der.data(), static_cast<long>(der.size()), WOLFSSL_FILETYPE_ASN1, 0,
                                                         WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY);
    if (loaded != WOLFSSL_SUCCESS) {
      return identity::fail(ErrorCode::Failed, "trust anchor " + std::to_string(i + 1) + ": " + wolfssl_error_text(loaded));
    }
  }
  if (crls_pem.empty() && !require_crl) return true;
  wolfSSL_CTX_EnableCRL(ctx, WOLFSSL_CRL_CHECKALL);
  static char required;
  wolfSSL_CTX_SetCRL_ErrorCb(ctx, on_crl_error, require_crl ? &required : nullptr);
  for (std::size_t i = 0; i < crls_pem.size(); ++i) {
    const int loaded = wolfSSL_CTX_LoadCRLBuffer(ctx, reinterpret_cast<const unsigned char*>(crls_pem[i].data()),
                                                 static_cast<long>(crls_pem[i].size()), WOLFSSL_FILETYPE_PEM);
    if (loaded == WOLFSSL_SUCCESS) continue;
    const std::string which = "CRL " + std::to_string(i + 1) + ": ";
    if (loaded == ASN_CRL_NO_SIGNER_E) return identity::fail(ErrorCode::NotFound, which + "its issuer is not among the trust anchors");
    return identity::fail(ErrorCode::Failed, which + wolfssl_error_text(loaded));
  }
  return true;
}

std::optional<std::vector<Certificate>> TrustAnchors::path_of(std::span<const Presented> presented) const {
  std::vector<Certificate> path;
  ByteView der = presented.front().der;
  const Certificate* subject = &presented.front().facts;
  while (path.size() < kMaxPath) {
    std::vector<const Anchor*> anchors;
    std::vector<const Presented*> others;
    for (const Anchor& anchor : anchors_) {
      if (anchor.facts.subject_der == subject->issuer_der) anchors.push_back(&anchor);
    }
    for (const Presented& other : presented.subspan(1)) {
      if (other.facts.subject_der == subject->issuer_der) others.push_back(&other);
    }
    const bool only_one = anchors.size() == 1 && others.empty();
    for (const Anchor* anchor : anchors) {
      if (!only_one && !is_signed_by(der, anchor->der)) continue;
      path.push_back(anchor->facts);
      return path;
    }
    const Presented* next = nullptr;
    for (const Presented* other : others) {
      if (is_signed_by(der, other->der)) next = other;
    }
    if (next == nullptr || !next->facts.is_ca) return std::nullopt;
    path.push_back(next->facts);
    subject = &next->facts;
    der = next->der;
  }
  return std::nullopt;
}

}  // namespace saproxy::proxy
