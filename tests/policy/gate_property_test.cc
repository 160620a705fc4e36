// Whatever comes in, what goes out is an originator that the peer may use: design invariant 1, against an oracle of its
// own.
#include <gtest/gtest.h>

#include <random>

#include "tests/policy/gate_trial.h"

namespace saproxy::policy::testing {
namespace {

TEST(GateProperty, ForwardsOnlyWhatTheOracleAllows) {
  std::mt19937 random(7'3'2'1);
  std::array<std::uint8_t, 24> bytes{};
  for (int i = 0; i < 20'000; ++i) {
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    ASSERT_EQ(Trial(bytes).run(), "") << "trial " << i;
  }
}

// The oracle must be able to say no, or the property proves nothing.
TEST(GateProperty, OracleRefusesTheKnownAttacks) {
  const OracleWorld world{.registrees = {"/cse2", "/cse3"}, .denied = {"CAdmin"}, .reserved = {"C1"}};
  const OraclePeer ae{OraclePeer::Kind::Ae, {"C*"}, ""};
  const OraclePeer cse{OraclePeer::Kind::Cse, {}, "/cse2"};
  const OraclePeer stranger{OraclePeer::Kind::Stranger, {}, ""};
  EXPECT_TRUE(oracle_allows(world, ae, "C2", false));
  EXPECT_FALSE(oracle_allows(world, ae, "CADMIN", false));
  EXPECT_FALSE(oracle_allows(world, ae, "S2", false));
  EXPECT_FALSE(oracle_allows(world, ae, "/cse-in/C2", false));
  EXPECT_FALSE(oracle_allows(world, ae, "C", false));
  EXPECT_TRUE(oracle_allows(world, cse, "/cse2/C2", false));
  EXPECT_FALSE(oracle_allows(world, cse, "//sp.example.com/cse3", false));
  EXPECT_FALSE(oracle_allows(world, cse, "cse-in", false));
  EXPECT_FALSE(oracle_allows(world, cse, "C2", false));
  EXPECT_FALSE(oracle_allows(world, stranger, "C1", true));
  EXPECT_FALSE(oracle_allows(world, OraclePeer{}, "C2", true));
}

}  // namespace
}  // namespace saproxy::policy::testing
