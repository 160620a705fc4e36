#include "proxy/session/signature_memo.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstring>

#include "proxy/session/wolfssl_library.h"

#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

namespace saproxy::proxy {
namespace {

identity::Digest name_number(std::uint32_t number) {
  std::array<std::uint8_t, 4> bytes;
  std::memcpy(bytes.data(), &number, sizeof number);
  return identity::sha256(bytes);
}

TEST(SignatureMemo, KnowsNothingAtFirst) {
  SignatureMemo memo;
  EXPECT_FALSE(memo.contains(name_number(1)));
  EXPECT_FALSE(memo.contains({}));
}

TEST(SignatureMemo, RemembersWhatWasAddedAndNothingElse) {
  SignatureMemo memo;
  memo.add(name_number(1));
  EXPECT_TRUE(memo.contains(name_number(1)));
  EXPECT_FALSE(memo.contains(name_number(2)));
}

TEST(SignatureMemo, KeepsWhatIsAskedForAmongManyThatAreNot) {
  SignatureMemo memo;
  memo.add(name_number(0));
  for (std::uint32_t i = 1; i < 100'000; ++i) {
    ASSERT_TRUE(memo.contains(name_number(0))) << i;
    memo.add(name_number(i));
  }
}

TEST(SignatureMemo, ForgetsWhatNobodyAsksFor) {
  SignatureMemo memo;
  for (std::uint32_t i = 0; i < 100'000; ++i) memo.add(name_number(i));
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) kept += memo.contains(name_number(i)) ? 1 : 0;
  EXPECT_LE(kept, 4096u);
  EXPECT_GT(kept, 1000u);
}

// A key and a signature of `hash`.
class EcdsaVerification : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(wc_InitRng(&random_), 0);
    for (ecc_key* key : {&key_, &other_}) {
      ASSERT_EQ(wc_ecc_init(key), 0);
      ASSERT_EQ(wc_ecc_make_key_ex(&random_, 32, key, ECC_SECP256R1), 0);
    }
    sign();
  }
  void TearDown() override {
    wc_ecc_free(&key_);
    wc_ecc_free(&other_);
    wc_FreeRng(&random_);
  }
  void sign() {
    ASSERT_EQ(wc_RNG_GenerateBlock(&random_, hash_.data(), sizeof hash_), 0);
    size_ = sizeof signature_;
    ASSERT_EQ(wc_ecc_sign_hash(hash_.data(), sizeof hash_, signature_.data(), &size_, &random_, &key_), 0);
  }
  bool verifies(ecc_key& key) {
    int verified = 0;
    const int result = wc_ecc_verify_hash(signature_.data(), size_, hash_.data(), sizeof hash_, &verified, &key);
    return result == 0 && verified == 1;
  }

  WC_RNG random_;
  ecc_key key_, other_;
  std::array<std::uint8_t, 32> hash_{};
  std::array<std::uint8_t, ECC_MAX_SIG_SIZE> signature_{};
  word32 size_ = 0;
};

TEST_F(EcdsaVerification, IsTrueAgain) {
  EXPECT_TRUE(verifies(key_));
  EXPECT_TRUE(verifies(key_));
}

TEST_F(EcdsaVerification, NeverHoldsForAnotherKeyHashOrSignature) {
  ASSERT_TRUE(verifies(key_));
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(verifies(other_));
  for (std::uint8_t& byte : hash_) {
    byte ^= 1;
    EXPECT_FALSE(verifies(key_));
    byte ^= 1;
  }
  for (word32 i = 0; i < size_; ++i) {
    signature_[i] ^= 1;
    EXPECT_FALSE(verifies(key_)) << i;
    signature_[i] ^= 1;
  }
  EXPECT_TRUE(verifies(key_));
}

TEST_F(EcdsaVerification, CostsNextToNothingTheSecondTime) {
  using Clock = std::chrono::steady_clock;
  Clock::duration first{}, second{};
  for (int i = 0; i < 20; ++i) {
    sign();
    const auto start = Clock::now();
    EXPECT_TRUE(verifies(key_));
    const auto between = Clock::now();
    EXPECT_TRUE(verifies(key_));
    first += between - start;
    second += Clock::now() - between;
  }
  EXPECT_GT(first, 3 * second);
}

}  // namespace
}  // namespace saproxy::proxy
