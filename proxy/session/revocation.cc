#include "proxy/session/revocation.h"

#include "identity/der.h"
#include "identity/pem.h"

namespace saproxy::proxy {
namespace {

using identity::Bytes;
using identity::ByteView;
using identity::DerReader;
using identity::Result;

// Spec: RFC 5280 5.1: CertificateList { tbs { [version], signature, issuer, ... }, ... }
Result<Bytes> issuer_name_of(ByteView crl) {
  SAPROXY_TRY(const auto outer, identity::read_only_element(crl, identity::der::kSequence));
  SAPROXY_TRY(const auto tbs, DerReader(outer.value).expect(identity::der::kSequence));
  DerReader fields(tbs.value);
  if (fields.next_is(identity::der::kInteger)) {
    SAPROXY_TRY([[maybe_unused]] const auto version, fields.next());
  }
  SAPROXY_TRY([[maybe_unused]] const auto algorithm, fields.expect(identity::der::kSequence));
  SAPROXY_TRY(const auto issuer, fields.expect(identity::der::kSequence));
  return Bytes(issuer.whole.begin(), issuer.whole.end());
}

}  // namespace

Result<std::unique_ptr<Revocation>> Revocation::make(std::span<const std::string> pems, bool required) {
  std::unique_ptr<Revocation> result(new Revocation(required));
  for (std::size_t i = 0; i < pems.size(); ++i) {
    const std::string which = "CRL " + std::to_string(i + 1) + ": ";
    auto ders = identity::decode_pem(pems[i], "X509 CRL");
    if (!ders) return identity::fail(ders.error().code, which + ders.error().detail);
    for (Bytes& der : *ders) {
      auto name = issuer_name_of(der);
      if (!name) return identity::fail(name.error().code, which + "not a CRL: " + name.error().detail);
      result->lists_.emplace(std::move(*name), std::move(der));
    }
  }
  return result;
}

// Loads the issuer and its lists into a manager of their own, which verifies the signatures of the lists.
std::shared_ptr<WOLFSSL_CERT_MANAGER> Revocation::manager_of(ByteView issuer, const Bytes& issuer_name,
                                                             int& error) const {
  const std::lock_guard lock(mutex_);
  const Bytes key(issuer.begin(), issuer.end());
  const auto known = managers_.find(key);
  if (known != managers_.end()) return known->second;

  OwnedManager manager(wolfSSL_CertManagerNew());
  error = MEMORY_E;
  if (!manager) return nullptr;
  error = wolfSSL_CertManagerLoadCABuffer_ex(manager.get(), issuer.data(), static_cast<long>(issuer.size()),
                                             WOLFSSL_FILETYPE_ASN1, 0, WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY);
  if (error != WOLFSSL_SUCCESS) return nullptr;
  wolfSSL_CertManagerEnableCRL(manager.get(), WOLFSSL_CRL_CHECK);
  const auto [first, last] = lists_.equal_range(issuer_name);
  for (auto list = first; list != last; ++list) {
    error = wolfSSL_CertManagerLoadCRLBuffer(manager.get(), list->second.data(), static_cast<long>(list->second.size()),
                                             WOLFSSL_FILETYPE_ASN1);
    if (error != WOLFSSL_SUCCESS) return nullptr;
  }
  if (managers_.size() >= kMaxManagers) managers_.clear();
  return managers_[key] = std::shared_ptr<WOLFSSL_CERT_MANAGER>(std::move(manager));
}

std::optional<Revocation::Refusal> Revocation::check(ByteView certificate, ByteView issuer,
                                                     const Bytes& issuer_name) const {
  if (!lists_.contains(issuer_name)) {
    if (!required_) return std::nullopt;
    return Refusal{HandshakeFailure::RevocationUnknown, "no CRL of the issuer"};
  }
  int error = WOLFSSL_SUCCESS;
  const auto manager = manager_of(issuer, issuer_name, error);
  if (!manager)
    return Refusal{HandshakeFailure::RevocationUnknown, "the CRL cannot be used: " + wolfssl_error_text(error)};
  error = wolfSSL_CertManagerCheckCRL(manager.get(), certificate.data(), static_cast<int>(certificate.size()));
  if (error == WOLFSSL_SUCCESS) return std::nullopt;
  if (error == CRL_CERT_REVOKED) return Refusal{HandshakeFailure::CertificateRevoked, "on the CRL of its issuer"};
  return Refusal{HandshakeFailure::RevocationUnknown, wolfssl_error_text(error)};
}

}  // namespace saproxy::proxy
