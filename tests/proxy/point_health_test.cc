#include "proxy/egress/point_health.h"

#include <gmock/gmock.h>

namespace saproxy::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PointHealth, AllAreTriedInOrderAtFirst) {
  EXPECT_THAT(PointHealth(3, 100, 1).alive(0), ElementsAre(0u, 1u, 2u));
  EXPECT_THAT(PointHealth(0, 100, 1).alive(0), IsEmpty());
}

TEST(PointHealth, WhatFailedIsLeftAloneForAWhile) {
  PointHealth health(2, 100, 1);
  health.failed(0, 1000);
  EXPECT_THAT(health.alive(1000), ElementsAre(1u));
  EXPECT_THAT(health.alive(1079), ElementsAre(1u));
  EXPECT_THAT(health.alive(1121), ElementsAre(0u, 1u));
}

TEST(PointHealth, TheWhileDoublesUpToSixteenTimes) {
  PointHealth health(1, 100, 1);
  PointHealth::Time now = 0;
  for (const PointHealth::Time delay : {100u, 200u, 400u, 800u, 1600u, 1600u, 1600u}) {
    health.failed(0, now);
    EXPECT_THAT(health.alive(now + delay * 8 / 10 - 1), IsEmpty()) << delay;
    EXPECT_THAT(health.alive(now + delay * 12 / 10 + 1), ElementsAre(0u)) << delay;
    now += 10'000;
  }
}

TEST(PointHealth, SuccessForgetsIt) {
  PointHealth health(1, 100, 1);
  health.failed(0, 0);
  health.failed(0, 0);
  health.succeeded(0);
  EXPECT_THAT(health.alive(0), ElementsAre(0u));
  health.failed(0, 0);
  EXPECT_THAT(health.alive(121), ElementsAre(0u));
}

TEST(PointHealth, ManyDoNotComeBackAtOnce) {
  std::size_t early = 0;
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    PointHealth health(1, 100'000, seed * 7919);
    health.failed(0, 0);
    early += health.alive(100'000).size();
  }
  EXPECT_GT(early, 50u);
  EXPECT_LT(early, 150u);
}

}  // namespace
}  // namespace saproxy::proxy
