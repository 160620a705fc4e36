// The certificates that a peer has presented, kept for as long as its association: a reload judges them again. Those of
// CAs are the same for many peers and are kept once for each thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "identity/certificate.h"

namespace saproxy::proxy {

class PeerChain {
 public:
  PeerChain() = default;
  // As presented, the peer's own first; one raw public key is a chain, too. Copies.
  explicit PeerChain(std::span<const identity::ByteView> presented);

  // The certificate that has issued the peer's own, by the path that was found; it may be no part of what was
  // presented. Copies.
  void set_issuer(identity::ByteView issuer);
  [[nodiscard]] identity::ByteView issuer() const {
    return issuer_ ? identity::ByteView(*issuer_) : identity::ByteView();
  }

  [[nodiscard]] bool empty() const { return own_.empty(); }
  [[nodiscard]] identity::ByteView own() const { return own_; }
  // Views into this chain, the peer's own first.
  [[nodiscard]] std::vector<identity::ByteView> views() const;

 private:
  identity::Bytes own_;
  std::vector<std::shared_ptr<const identity::Bytes>> issuers_;
  std::shared_ptr<const identity::Bytes> issuer_;
};

}  // namespace saproxy::proxy
