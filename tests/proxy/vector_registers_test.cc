// The AVX and SHA-NI trap must not come back: SHA-256 after a P-256 operation costs what it costs alone. Only some
// processors make it slow (Intel's; AMD's do not), so the state of the registers is looked at as well.
#include "proxy/session/vector_registers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "proxy/session/wolfssl_library.h"

#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/sha256.h>

namespace saproxy::tests {
namespace {

using Clock = std::chrono::steady_clock;

// Best of many, in nanoseconds; `before` runs ahead of each measurement.
template <class Before>
double best_hash_time(Before before) {
  constexpr int kRounds = 200;
  unsigned char data[1024] = {1};
  unsigned char digest[32];
  double best = 1e18;
  for (int i = 0; i < kRounds; ++i) {
    before();
    const auto start = Clock::now();
    wc_Sha256 sha;
    wc_InitSha256(&sha);
    wc_Sha256Update(&sha, data, sizeof data);
    wc_Sha256Final(&sha, digest);
    best = std::min(best, std::chrono::duration<double, std::nano>(Clock::now() - start).count());
    data[0] = digest[0];
  }
  return best;
}

#if defined(__x86_64__)

struct alignas(32) Wide {
  std::uint64_t words[4] = {};
};
// Not under a sanitizer, whose own calls clear the registers between our steps.
__attribute__((no_sanitize("address", "undefined", "thread"))) bool upper_half_survives(int (*hash)(wc_Sha256*)) {
  wc_Sha256 sha;
  wc_InitSha256(&sha);
  const Wide dirty{{1, 2, 3, 4}};
  Wide left;
  asm volatile("vmovdqa %0, %%ymm15" : : "m"(dirty) : "xmm15");
  const int result = hash(&sha);
  asm volatile("vmovdqa %%ymm15, %0" : "=m"(left));
  proxy::clear_upper_vector_registers();
  EXPECT_EQ(result, 0);
  return left.words[2] != 0 || left.words[3] != 0;
}

TEST(VectorRegisters, AreClearedOnTheWayIntoSha256) {
  if (__builtin_cpu_supports("avx") == 0) GTEST_SKIP() << "no AVX";
  EXPECT_TRUE(upper_half_survives([](wc_Sha256*) { return 0; })) << "the test does not see what it should";
  EXPECT_FALSE(upper_half_survives([](wc_Sha256* sha) {
    static const unsigned char data[256] = {1};
    return wc_Sha256Update(sha, data, sizeof data);
  }));
  EXPECT_FALSE(upper_half_survives([](wc_Sha256* sha) {
    unsigned char digest[32];
    return wc_Sha256Final(sha, digest);
  }));
}

#endif

TEST(VectorRegisters, Sha256AfterEccCostsNoMoreThanAlone) {
  WC_RNG random;
  ASSERT_EQ(wc_InitRng(&random), 0);
  ecc_key key;
  wc_ecc_init(&key);
  ASSERT_EQ(wc_ecc_make_key_ex(&random, 32, &key, ECC_SECP256R1), 0);
  proxy::clear_upper_vector_registers();
  const double alone = best_hash_time([] {});
  const double after = best_hash_time([&] {
    unsigned char signature[128];
    word32 size = sizeof signature;
    const unsigned char digest[32] = {2};
    ASSERT_EQ(wc_ecc_sign_hash(digest, sizeof digest, signature, &size, &random, &key), 0);
  });
  RecordProperty("ratio_percent", static_cast<int>(after / alone * 100));
  EXPECT_LT(after / alone, 3.0) << "alone " << alone << " ns, after ECC " << after << " ns";
  wc_ecc_free(&key);
  wc_FreeRng(&random);
}

}  // namespace
}  // namespace saproxy::tests
