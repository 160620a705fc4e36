// TrustAnchors: the CA certificates that peers' chains must end in, parsed once, and the path from a leaf to one of
// them. wolfSSL decides whether a chain is good; the path is what the profile of oneM2M is judged on. Spec: RFC
// 5280 6.1; TS-0003 8.1.2.2
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "identity/certificate.h"
#include "identity/result.h"
#include "proxy/session/wolfssl_library.h"

namespace saproxy::proxy {

class TrustAnchors {
 public:
  // Each text is one PEM certificate; a file name is not known here, so errors count from 1.
  [[nodiscard]] static identity::Result<TrustAnchors> make(std::span<const std::string> pems);

  // Has a context verify against the anchors.
  [[nodiscard]] identity::Result<bool> load_into(WOLFSSL_CTX* ctx) const;

  [[nodiscard]] bool empty() const { return anchors_.empty(); }
  // The same certificates in the same order.
  [[nodiscard]] bool operator==(const TrustAnchors& other) const;

  // The issuers of presented[0], nearest first, the trust anchor last. Nothing when no path of at most kMaxPath issuers
  // exists. The signature decides about every step, unless `anchors_verify`: wolfSSL has verified presented[0] and had
  // nothing but the anchors to do it with, so that the only one of its issuer's name must be the one.
  static constexpr std::size_t kMaxPath = 5;
  struct Presented {
    identity::ByteView der;
    identity::Certificate facts;
  };
  struct Path {
    std::vector<identity::Certificate> issuers;
    std::vector<identity::ByteView> ders;  // of the same; views of `presented` and of the anchors
  };
  [[nodiscard]] std::optional<Path> path_of(std::span<const Presented> presented, bool anchors_verify) const;

 private:
  struct Anchor {
    identity::Bytes der;
    identity::Certificate facts;
  };

  std::vector<Anchor> anchors_;
  std::multimap<identity::Bytes, std::size_t> by_subject_;  // places in anchors_, in their order for one name
};

}  // namespace saproxy::proxy
