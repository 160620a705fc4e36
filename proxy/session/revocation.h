// Revocation: certificate revocation lists by issuer, and what they say about the certificates of a verified path.
// Not wolfSSL's own list of a context, because that takes only lists of trust anchors, not those of intermediate CAs
// that come with the peer. wolfSSL reads and verifies each list all the same, once for each issuer that is met. Spec:
// RFC 5280 5, 6.3; TS-0003 8.1.2.2
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "identity/certificate.h"
#include "identity/result.h"
#include "proxy/session/handshake_failure.h"
#include "proxy/session/wolfssl_library.h"

namespace saproxy::proxy {

struct FreeManager {
  void operator()(WOLFSSL_CERT_MANAGER* manager) const noexcept { wolfSSL_CertManagerFree(manager); }
};
using OwnedManager = std::unique_ptr<WOLFSSL_CERT_MANAGER, FreeManager>;

class Revocation {
 public:
  struct Refusal {
    HandshakeFailure failure;
    std::string detail;
  };

  // Each text holds CRLs in PEM. `required`: a CA without a current list vouches for nobody.
  [[nodiscard]] static identity::Result<std::unique_ptr<Revocation>> make(std::span<const std::string> pems,
                                                                          bool required);

  // Nothing when the certificate stands. `issuer` has signed it; threads may ask at the same time.
  [[nodiscard]] std::optional<Refusal> check(identity::ByteView certificate, identity::ByteView issuer,
                                             const identity::Bytes& issuer_name) const;
  [[nodiscard]] bool idle() const { return lists_.empty() && !required_; }

 private:
  static constexpr std::size_t kMaxManagers = 64;
  explicit Revocation(bool required) : required_(required) {}
  [[nodiscard]] std::shared_ptr<WOLFSSL_CERT_MANAGER> manager_of(identity::ByteView issuer,
                                                                 const identity::Bytes& issuer_name, int& error) const;

  bool required_;
  std::multimap<identity::Bytes, identity::Bytes> lists_;  // DER, by the issuer's name
  mutable std::mutex mutex_;
  mutable std::map<identity::Bytes, std::shared_ptr<WOLFSSL_CERT_MANAGER>> managers_;  // by the issuer's certificate
};

}  // namespace saproxy::proxy
