// The client side of TLS, on OpenSSL: so that the load shares no code with the server that it measures.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "bench/load/options.h"

namespace saproxy::bench {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;

// Null, with a line on standard error, when a file or a suite is wrong. Keeps a reference to `options`.
[[nodiscard]] TlsContext make_context(const Options& options);

}  // namespace saproxy::bench
