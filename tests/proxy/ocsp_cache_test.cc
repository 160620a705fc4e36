// What is remembered of certificates.
#include "proxy/client/ocsp_cache.h"

#include <gtest/gtest.h>

namespace saproxy::proxy {
namespace {

using policy::OcspVerdict;

OcspKey key(std::uint8_t number) { return ocsp_key(std::array<std::uint8_t, 1>{number}, identity::Bytes{}); }
KnownVerdict known(OcspTime since, OcspTime until, OcspVerdict verdict = OcspVerdict::Good) {
  return {verdict, since, until, until, {}};
}

TEST(OcspCache, ForgetsWhatHasEnded) {
  OcspCache cache;
  cache.put(key(1), known(0, 100), 10);
  EXPECT_EQ(cache.find(key(1), 99)->verdict, OcspVerdict::Good);
  EXPECT_FALSE(cache.find(key(1), 100));
  EXPECT_FALSE(cache.find(key(2), 0));
}

TEST(OcspCache, TheLastWordCounts) {
  OcspCache cache;
  cache.put(key(1), known(0, 100), 10);
  cache.put(key(1), known(1, 50, OcspVerdict::Revoked), 10);
  EXPECT_EQ(cache.find(key(1), 2)->verdict, OcspVerdict::Revoked);
  EXPECT_FALSE(cache.find(key(1), 60));
  EXPECT_EQ(cache.size(), 1u);
}

TEST(OcspCache, IsBoundedAndKeepsWhatLastsLongest) {
  OcspCache cache;
  for (std::uint8_t i = 0; i < 200; ++i) cache.put(key(i), known(0, i < 100 ? 1000u - i : 2000u + i), 100);
  EXPECT_EQ(cache.size(), 100u);
  EXPECT_FALSE(cache.find(key(0), 0));
  EXPECT_TRUE(cache.find(key(150), 0));
  cache.put(key(150), known(0, 3000), 100);  // its own place
  EXPECT_EQ(cache.size(), 100u);
  cache.clear();
  EXPECT_EQ(cache.size(), 0u);
}

TEST(OcspCache, KnowsItsOldestAnswer) {
  OcspCache cache;
  EXPECT_FALSE(cache.oldest_answer(0));
  cache.put(key(1), known(5, 100), 10);
  cache.put(key(2), known(3, 90, OcspVerdict::Revoked), 10);
  cache.put(key(3), known(1, 100, OcspVerdict::Timeout), 10);
  EXPECT_EQ(cache.oldest_answer(10), 3u);
  EXPECT_EQ(cache.oldest_answer(95), 5u);
}

TEST(OcspKeys, TellCertificateAndIssuerApart) {
  const identity::Bytes a{1, 2}, b{3}, c{1}, d{2, 3};
  EXPECT_NE(ocsp_key(a, b), ocsp_key(c, d));
  EXPECT_NE(ocsp_key(a, b), ocsp_key(b, a));
  EXPECT_EQ(ocsp_key(a, b), ocsp_key(a, b));
}

}  // namespace
}  // namespace saproxy::proxy
