// What is said between us and an OCSP responder about one certificate. wolfSSL writes the request and verifies the
// response; which response is the right one, and whether it is recent, is judged by policy/ocsp. No I/O.
// Spec: RFC 6960 4.1, 4.2, 4.2.2.2 (who may sign)
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "identity/ocsp_response.h"
#include "policy/ocsp.h"

namespace saproxy::proxy {

class OcspMessage {
 public:
  // `certificate`, issued by `issuer`, both DER. `nonce`: the request holds one, and the response has to repeat it.
  // Fails with BadSyntax when wolfSSL cannot make sense of the pair, or the one did not issue the other.
  [[nodiscard]] static identity::Result<OcspMessage> make(identity::ByteView certificate, identity::ByteView issuer,
                                                          bool nonce);

  [[nodiscard]] const identity::Bytes& request() const { return request_; }
  // Of the certificate's authorityInfoAccess; empty when it names none. Unchecked.
  [[nodiscard]] const std::string& responder() const { return responder_; }

  struct Reading {
    policy::OcspJudged judged;
    std::string detail;  // for the log, when there is no answer
  };
  // Good, Revoked and Unknown come only from responses whose signature is good. `now`: Unix seconds.
  [[nodiscard]] Reading read(identity::ByteView response, std::int64_t now,
                             const policy::OcspTolerance& tolerance) const;

 private:
  OcspMessage() = default;
  [[nodiscard]] Reading judge(identity::ByteView response, std::int64_t now,
                              const policy::OcspTolerance& tolerance) const;

  identity::Bytes certificate_, issuer_;
  identity::Bytes request_;
  identity::Bytes nonce_;
  std::string responder_;
  identity::OcspCertificateId id_;
};

}  // namespace saproxy::proxy
