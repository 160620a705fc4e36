// OcspTransport: brings one request to one responder, and what it answers back.
#pragma once

#include <functional>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::proxy {

class OcspTransport {
 public:
  // The bytes live during the call. Fails with Failed or NotFound (nobody answers), or another code (what it answers is
  // no HTTP, or not what was asked for). It may destroy the transport.
  using Answered = std::function<void(const identity::Result<identity::ByteView>& response)>;

  virtual ~OcspTransport() = default;
  // Once. `answered` is called once, never from inside ask(), unless the transport is destroyed before.
  virtual void ask(const identity::Bytes& request, Answered answered) = 0;
};

}  // namespace saproxy::proxy
