#include "proxy/session/wolfssl_library.h"

#include <ctime>
#include <optional>

#include "proxy/session/context_set.h"

#include <wolfssl/wolfcrypt/asn_public.h>

extern "C" int saproxy_rand_block(unsigned char* output, unsigned int size);

namespace saproxy::proxy {
namespace {

thread_local std::optional<std::time_t> pretended;

std::time_t time_of_library(std::time_t* into) {
  const std::time_t now = pretended ? *pretended : std::time(nullptr);
  if (into != nullptr) *into = now;
  return now;
}

}  // namespace

LibraryTime::LibraryTime(std::int64_t unix_seconds) { pretended = static_cast<std::time_t>(unix_seconds); }
LibraryTime::~LibraryTime() { pretended.reset(); }

std::string wolfssl_error_text(int error) {
  char text[WOLFSSL_MAX_ERROR_SZ] = {};
  wolfSSL_ERR_error_string_n(static_cast<unsigned long>(error), text, sizeof text);
  return std::string(text) + " (" + std::to_string(error) + ")";
}

HandshakeFailure handshake_failure_of(int error) {
  switch (error) {
    case WOLFSSL_ERROR_SYSCALL:
    case FATAL_ERROR: return HandshakeFailure::PeerAlert;
    case MATCH_SUITE_ERROR: return HandshakeFailure::NoSharedSuite;
    case VERSION_ERROR: return HandshakeFailure::VersionUnsupported;
    case NO_PEER_CERT: return HandshakeFailure::NoCertificate;
    case UNSUPPORTED_CERTIFICATE: return HandshakeFailure::WrongCertificateType;
    case OUT_OF_ORDER_E:
    case DUPLICATE_MSG_E: return HandshakeFailure::MessageOrder;
    case MEMORY_E: return HandshakeFailure::Internal;
    case VERIFY_CERT_ERROR:
    case SIG_VERIFY_E:
    case ASN_SIG_CONFIRM_E:
    case VERIFY_FINISHED_ERROR:
    case VERIFY_MAC_ERROR:
    case DECRYPT_ERROR:
    case BAD_BINDER:
    case AES_GCM_AUTH_E:
    case AES_CCM_AUTH_E: return HandshakeFailure::KeyNotProven;
    default: return HandshakeFailure::MessageMalformed;
  }
}

identity::Result<bool> initialise_wolfssl() {
  using identity::ErrorCode;
  if (wolfSSL_Init() != WOLFSSL_SUCCESS) return identity::fail(ErrorCode::Failed, "wolfSSL_Init failed");
  if (wc_SetTimeCb(&time_of_library) != 0) return identity::fail(ErrorCode::Failed, "wc_SetTimeCb failed");
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
