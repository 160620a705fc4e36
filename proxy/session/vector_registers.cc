#include "proxy/session/vector_registers.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/sha256.h>

namespace saproxy::proxy {
namespace {

#if defined(__x86_64__)
__attribute__((target("avx"))) void zero_upper() noexcept { _mm256_zeroupper(); }
const bool kHasAvx = __builtin_cpu_supports("avx") != 0;
#endif

}  // namespace

void clear_upper_vector_registers() noexcept {
#if defined(__x86_64__)
  if (kHasAvx) zero_upper();
#endif
}

}  // namespace saproxy::proxy

// The names are the linker's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
int __real_wc_Sha256Update(wc_Sha256* sha, const byte* data, word32 size);
int __real_wc_Sha256Final(wc_Sha256* sha, byte* digest);

int __wrap_wc_Sha256Update(wc_Sha256* sha, const byte* data, word32 size) {
  saproxy::proxy::clear_upper_vector_registers();
  return __real_wc_Sha256Update(sha, data, size);
}

int __wrap_wc_Sha256Final(wc_Sha256* sha, byte* digest) {
  saproxy::proxy::clear_upper_vector_registers();
  return __real_wc_Sha256Final(sha, digest);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
