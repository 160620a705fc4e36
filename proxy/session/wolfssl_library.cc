#include "proxy/session/wolfssl_library.h"

#include "proxy/session/context_set.h"

extern "C" int saproxy_rand_block(unsigned char* output, unsigned int size);

namespace saproxy::proxy {

std::string wolfssl_error_text(int error) {
  char text[WOLFSSL_MAX_ERROR_SZ] = {};
  wolfSSL_ERR_error_string_n(static_cast<unsigned long>(error), text, sizeof text);
  return std::string(text) + " (" + std::to_string(error) + ")";
}

identity::Result<bool> initialise_wolfssl() {
  using identity::ErrorCode;
  if (wolfSSL_Init() != WOLFSSL_SUCCESS) return identity::fail(ErrorCode::Failed, "wolfSSL_Init failed");
  if (wolfSSL_lib_version_hex() != LIBWOLFSSL_VERSION_HEX) {
    return identity::fail(ErrorCode::Unsupported,
                          "the wolfSSL library is not the version saproxy was compiled against");
  }
  unsigned char probe[32];
  if (saproxy_rand_block(probe, sizeof probe) != 0)
    return identity::fail(ErrorCode::Failed, "getrandom(2) does not work");
  // The suite that oneM2M makes mandatory is silently absent from many builds.
  const OwnedContext ctx(wolfSSL_CTX_new(wolfTLSv1_2_server_method()));
  if (!ctx || wolfSSL_CTX_set_cipher_list(ctx.get(), "PSK-AES128-CBC-SHA256") != WOLFSSL_SUCCESS) {
    return identity::fail(ErrorCode::Unsupported,
                          "this wolfSSL has no TLS_PSK_WITH_AES_128_CBC_SHA256; build it with deploy/setup");
  }
  return true;
}

}  // namespace saproxy::proxy
