// SHA-256 right after a P-256 operation: without session/vector_registers it costs many times of what it costs alone on
// some processors.
#include <benchmark/benchmark.h>

#include <chrono>

#include "proxy/session/vector_registers.h"
#include "proxy/session/wolfssl_library.h"

#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/sha256.h>

namespace saproxy::bench {
namespace {

constexpr word32 kBytes = 1024;

void hash_once(unsigned char* data) {
  wc_Sha256 sha;
  wc_InitSha256(&sha);
  wc_Sha256Update(&sha, data, kBytes);
  wc_Sha256Final(&sha, data);
}

// A P-256 key and what it takes to sign.
class Signer {
 public:
  Signer() {
    wc_InitRng(&random_);
    wc_ecc_init(&key_);
    ready_ = wc_ecc_make_key_ex(&random_, 32, &key_, ECC_SECP256R1) == 0;
  }
  ~Signer() {
    wc_ecc_free(&key_);
    wc_FreeRng(&random_);
  }
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  bool sign() {
    unsigned char signature[128];
    word32 size = sizeof signature;
    const unsigned char digest[32] = {2};
    return ready_ && wc_ecc_sign_hash(digest, sizeof digest, signature, &size, &random_, &key_) == 0;
  }

 private:
  WC_RNG random_;
  ecc_key key_;
  bool ready_ = false;
};

void sha256_alone(benchmark::State& state) {
  unsigned char data[kBytes] = {1};
  proxy::clear_upper_vector_registers();
  for (auto _ : state) hash_once(data);
}
BENCHMARK(sha256_alone);

void sha256_after_p256_sign(benchmark::State& state) {
  Signer signer;
  unsigned char data[kBytes] = {1};
  for (auto _ : state) {
    if (!signer.sign()) return state.SkipWithError("no signature");
    const auto start = std::chrono::steady_clock::now();
    hash_once(data);
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
}
BENCHMARK(sha256_after_p256_sign)->UseManualTime()->Iterations(2000);

void p256_sign(benchmark::State& state) {
  Signer signer;
  for (auto _ : state) {
    if (!signer.sign()) return state.SkipWithError("no signature");
  }
}
BENCHMARK(p256_sign);

}  // namespace
}  // namespace saproxy::bench
