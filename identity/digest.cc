#include "identity/digest.h"

#include <cstdlib>

#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/sha256.h>

namespace saproxy::identity {
namespace {

// Hashing memory fails only when the library is broken; to go on with a wrong digest would be worse than to stop.
void check(int result) {
  if (result != 0) std::abort();
}

}  // namespace

Digest sha256(std::span<const std::uint8_t> data) {
  Digest digest{};
  wc_Sha256 state;
  check(wc_InitSha256(&state));
  check(wc_Sha256Update(&state, data.data(), static_cast<word32>(data.size())));
  check(wc_Sha256Final(&state, digest.data()));
  wc_Sha256Free(&state);
  return digest;
}

Digest hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data) {
  constexpr std::uint8_t kNothing = 0;  // wolfCrypt takes no null pointer, not even for an empty key
  Digest digest{};
  Hmac state;
  check(wc_HmacInit(&state, nullptr, INVALID_DEVID));
  check(wc_HmacSetKey(&state, WC_SHA256, key.empty() ? &kNothing : key.data(), static_cast<word32>(key.size())));
  check(wc_HmacUpdate(&state, data.data(), static_cast<word32>(data.size())));
  check(wc_HmacFinal(&state, digest.data()));
  wc_HmacFree(&state);
  return digest;
}

}  // namespace saproxy::identity
