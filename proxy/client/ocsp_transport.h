// OcspTransport: brings one request to one responder, and what it answers back.
#pragma once

#include <cstdint>
#include <functional>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::proxy {

// A responder that only a certificate names may not be on this machine.
enum class OcspNamedBy : std::uint8_t { Certificate, Configuration };

class OcspTransport {
 public:
  // The bytes live during the call. Fails with Failed or NotFound (nobody answers), NotPermitted (it may not be asked),
  // or another code (what it answers is no HTTP, or not what was asked for). It may destroy the transport.
  using Answered = std::function<void(const identity::Result<identity::ByteView>& response)>;

  virtual ~OcspTransport() = default;
  // Once. `answered` is called once, never from inside ask(), unless the transport is destroyed before.
  virtual void ask(const identity::Bytes& request, Answered answered) = 0;
};

}  // namespace saproxy::proxy
