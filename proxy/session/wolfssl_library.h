// wolfSSL as we use it: its options first, as it demands, and what owns its objects. Include this, never its headers.
#pragma once

#include <wolfssl/options.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <cstdint>
#include <memory>
#include <string>

#include "proxy/session/handshake_failure.h"

namespace saproxy::proxy {

struct FreeContext {
  void operator()(WOLFSSL_CTX* ctx) const noexcept { wolfSSL_CTX_free(ctx); }
};
using OwnedContext = std::unique_ptr<WOLFSSL_CTX, FreeContext>;

struct FreeSsl {
  void operator()(WOLFSSL* ssl) const noexcept { wolfSSL_free(ssl); }
};
using OwnedSsl = std::unique_ptr<WOLFSSL, FreeSsl>;

// While it lives, wolfSSL takes `unix_seconds` for the present on this thread. Only after initialise_wolfssl().
class LibraryTime {
 public:
  explicit LibraryTime(std::int64_t unix_seconds);
  ~LibraryTime();
  LibraryTime(const LibraryTime&) = delete;
  LibraryTime& operator=(const LibraryTime&) = delete;
};

// "ASN_NO_SIGNER_E" and the like, with the number.
[[nodiscard]] std::string wolfssl_error_text(int error);
// What an error in a handshake means when nothing of our own explains it.
[[nodiscard]] HandshakeFailure handshake_failure_of(int error);

}  // namespace saproxy::proxy
