// MemoryClient: the far end of a TlsSession, in memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proxy/session/tls_session.h"
#include "proxy/session/wolfssl_library.h"

namespace saproxy::bench {

using Bytes = std::vector<std::uint8_t>;

// One context for all clients of a kind. `pki` as for ServerSide; `suite` by wolfSSL's name.
[[nodiscard]] proxy::OwnedContext make_client_context(const std::string& pki, const std::string& suite);

class MemoryClient {
 public:
  explicit MemoryClient(WOLFSSL_CTX* context);
  MemoryClient(const MemoryClient&) = delete;
  MemoryClient& operator=(const MemoryClient&) = delete;

  // True when both are established.
  [[nodiscard]] bool shake_hands_with(proxy::TlsSession& session);
  // The records that carry `plain`.
  [[nodiscard]] Bytes encrypt(std::span<const std::uint8_t> plain);

 private:
  static int on_receive(WOLFSSL* ssl, char* buffer, int size, void* context);
  static int on_send(WOLFSSL* ssl, char* buffer, int size, void* context);

  proxy::OwnedSsl ssl_;
  Bytes in_;
  std::size_t in_at_ = 0;
  Bytes out_;
};

}  // namespace saproxy::bench
