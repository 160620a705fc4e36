// OcspDesk: a worker's side of OCSP: what is known already, and the road to whoever asks.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "proxy/client/ocsp_client.h"
#include "proxy/loop/slot_table.h"

namespace saproxy::proxy {

// What became of a peer's certificate, by the worker's mailbox.
struct OcspArrived {
  SlotRef peer;
  KnownVerdict known;
};

class OcspDesk {
 public:
  using Post = std::function<void(OcspArrived)>;  // from any thread, to this worker

  OcspDesk(OcspClient& client, Post post) : client_(client), post_(std::move(post)) {}

  // At once, without another thread.
  [[nodiscard]] std::optional<KnownVerdict> find(identity::ByteView certificate, identity::ByteView issuer,
                                                 OcspTime now) const {
    return client_.cache().find(ocsp_key(certificate, issuer), now);
  }
  // The peer hears of it later. False: it does not.
  [[nodiscard]] bool ask(SlotRef peer, OcspQuestion question) {
    return client_.ask(std::move(question), [post = post_, peer](const KnownVerdict& known) {
      post(OcspArrived{peer, known});
    });
  }

 private:
  OcspClient& client_;
  Post post_;
};

}  // namespace saproxy::proxy
