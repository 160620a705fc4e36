#include "proxy/session/trust_anchors.h"

#include <algorithm>
#include <array>

#include "identity/digest.h"
#include "identity/pem.h"
#include "proxy/session/revocation.h"
#include "proxy/session/signature_memo.h"

namespace saproxy::proxy {
namespace {

using identity::ByteView;
using identity::Certificate;
using identity::ErrorCode;
using identity::Result;

bool verifies(ByteView certificate, ByteView issuer) {
  const OwnedManager manager(wolfSSL_CertManagerNew());
  return manager &&
         wolfSSL_CertManagerLoadCABuffer_ex(manager.get(), issuer.data(), static_cast<long>(issuer.size()),
                                            WOLFSSL_FILETYPE_ASN1, 0,
                                            WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY) == WOLFSSL_SUCCESS &&
         wolfSSL_CertManagerVerifyBuffer(manager.get(), certificate.data(), static_cast<long>(certificate.size()),
                                         WOLFSSL_FILETYPE_ASN1) == WOLFSSL_SUCCESS;
}

// Who has signed whom does not change, not by a reload either: clients that come again cost no second verification.
bool is_signed_by(ByteView certificate, ByteView issuer) {
  // Each alone, so that bytes of one cannot pass for bytes of the other.
  const std::array<identity::Digest, 2> both = {identity::sha256(certificate), identity::sha256(issuer)};
  std::array<std::uint8_t, 2 * sizeof(identity::Digest)> pair;
  std::copy(both[1].begin(), both[1].end(), std::copy(both[0].begin(), both[0].end(), pair.begin()));
  const identity::Digest name = identity::sha256(pair);
  SignatureMemo& memo = SignatureMemo::of_this_thread();
  if (memo.contains(name)) return true;
  if (!verifies(certificate, issuer)) return false;
  memo.add(name);
  return true;
}

}  // namespace

Result<TrustAnchors> TrustAnchors::make(std::span<const std::string> pems) {
  TrustAnchors result;
  for (const std::string& pem : pems) {
    const std::string which = "trust anchor " + std::to_string(result.anchors_.size() + 1) + ": ";
    auto ders = identity::decode_pem(pem, "CERTIFICATE");
    if (!ders) return identity::fail(ders.error().code, which + ders.error().detail);
    for (auto& der : *ders) {
      auto facts = identity::parse_certificate(der);
      if (!facts) return identity::fail(facts.error().code, which + facts.error().detail);
      if (!facts->is_ca) return identity::fail(ErrorCode::NotPermitted, which + "is not a CA certificate");
      result.by_subject_.emplace(facts->subject_der, result.anchors_.size());
      result.anchors_.push_back({std::move(der), std::move(*facts)});
    }
  }
  return result;
}

Result<bool> TrustAnchors::load_into(WOLFSSL_CTX* ctx) const {
  for (std::size_t i = 0; i < anchors_.size(); ++i) {
    // An expired anchor must not keep the others from being loaded; what it signed is refused when it is presented.
    const auto& der = anchors_[i].der;
    const int loaded = wolfSSL_CTX_load_verify_buffer_ex(ctx, der.data(), static_cast<long>(der.size()),
                                                         WOLFSSL_FILETYPE_ASN1, 0, WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY);
    if (loaded != WOLFSSL_SUCCESS) {
      return identity::fail(ErrorCode::Failed,
                            "trust anchor " + std::to_string(i + 1) + ": " + wolfssl_error_text(loaded));
    }
  }
  return true;
}

bool TrustAnchors::operator==(const TrustAnchors& other) const {
  return std::ranges::equal(anchors_, other.anchors_, {}, &Anchor::der, &Anchor::der);
}

std::optional<TrustAnchors::Path> TrustAnchors::path_of(std::span<const Presented> presented,
                                                        bool anchors_verify) const {
  Path path;
  ByteView der = presented.front().der;
  const Certificate* subject = &presented.front().facts;
  while (path.ders.size() < kMaxPath) {
    std::vector<const Anchor*> anchors;
    std::vector<const Presented*> others;
    const auto [first, last] = by_subject_.equal_range(subject->issuer_der);
    for (auto named = first; named != last; ++named) anchors.push_back(&anchors_[named->second]);
    for (const Presented& other : presented.subspan(1)) {
      if (other.facts.subject_der == subject->issuer_der) others.push_back(&other);
    }
    const bool is_certain = anchors_verify && presented.size() == 1 && anchors.size() == 1;
    for (const Anchor* anchor : anchors) {
      if (!is_certain && !is_signed_by(der, anchor->der)) continue;
      path.issuers.push_back(anchor->facts);
      path.ders.emplace_back(anchor->der);
      return path;
    }
    const Presented* next = nullptr;
    for (const Presented* other : others) {
      if (is_signed_by(der, other->der)) next = other;
    }
    if (next == nullptr || !next->facts.is_ca) return std::nullopt;
    path.issuers.push_back(next->facts);
    path.ders.push_back(next->der);
    subject = &next->facts;
    der = next->der;
  }
  return std::nullopt;
}

}  // namespace saproxy::proxy
