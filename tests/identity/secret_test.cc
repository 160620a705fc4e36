#include "identity/secret.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <type_traits>

namespace saproxy::identity {
namespace {

constexpr std::array<std::uint8_t, 4> kKey{0, 0, 3, 4};

TEST(Secret, KeepsLeadingZeroBytes) {
  const Secret secret(kKey);
  EXPECT_EQ(secret.size(), 4U);
  EXPECT_EQ(secret.reveal()[0], 0);
}

TEST(Secret, EqualsOnlyTheSameBytes) {
  EXPECT_TRUE(Secret(kKey).equals(Secret(kKey)));
  EXPECT_FALSE(Secret(kKey).equals(Secret(std::span(kKey).subspan(1))));
  EXPECT_FALSE(Secret(kKey).equals(Secret(std::array<std::uint8_t, 4>{0, 0, 3, 5})));
  EXPECT_TRUE(Secret().equals(Secret()));
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  Secret from(kKey);
  const Secret to(std::move(from));
  EXPECT_EQ(to.size(), 4U);
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is the claim
  Secret target(std::array<std::uint8_t, 1>{9});
  target = Secret(kKey);
  EXPECT_TRUE(target.equals(to));
}

TEST(Secret, SurvivesAssignmentToItself) {
  Secret secret(kKey);
  const Secret& same = secret;
  secret = same;
  EXPECT_TRUE(secret.equals(Secret(kKey)));
}

TEST(Secret, OverwritesTheOldKeyWhenReassigned) {
  Secret secret(kKey);
  const std::uint8_t* storage = secret.reveal().data();
  Secret bigger(std::array<std::uint8_t, 4>{7, 7, 7, 7});
  secret = bigger;
  EXPECT_NE(secret.reveal().data(), storage);
  EXPECT_TRUE(secret.equals(bigger));
}

TEST(Secret, WipeOverwritesEverything) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(0xAA);
  wipe(bytes);
  for (const std::uint8_t byte : bytes) EXPECT_EQ(byte, 0);
  wipe({});
}

}  // namespace
}  // namespace saproxy::identity
