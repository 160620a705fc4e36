// When rules are fetched: at the interval, soon after a failure, sooner when missed, never most of the time.
#include "proxy/client/rule_schedule.h"

#include <gtest/gtest.h>

namespace saproxy::proxy {
namespace {

using policy::Milliseconds;

TEST(RuleSchedule, FetchesAtOnceAndThenAroundTheInterval) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    RuleSchedule schedule(Milliseconds(100'000), seed, 1000);
    EXPECT_EQ(schedule.next(), 1000u);
    schedule.begun(1000);
    schedule.succeeded(1500);
    EXPECT_GE(schedule.next(), 91'500u);
    EXPECT_LE(schedule.next(), 111'500u);
  }
}

TEST(RuleSchedule, ManySidecarsDoNotAskAtOnce) {
  RuleSchedule a(Milliseconds(100'000), 1, 0), b(Milliseconds(100'000), 2, 0);
  a.succeeded(0);
  b.succeeded(0);
  EXPECT_NE(a.next(), b.next());
}

TEST(RuleSchedule, BacksOffUpToTheInterval) {
  RuleSchedule schedule(Milliseconds(60'000), 1, 0);
  std::uint64_t now = 0, last = 0;
  for (int i = 0; i < 40; ++i) {
    schedule.failed(now);
    const std::uint64_t delay = schedule.next() - now;
    if (i < 5) {
      EXPECT_GT(delay, last) << i;
    }
    EXPECT_LE(delay, 66'000u) << i;
    now = schedule.next();
    last = delay;
  }
  EXPECT_GE(last, 54'000u);
  schedule.succeeded(now);
  schedule.failed(now);
  EXPECT_LE(schedule.next() - now, 1100u) << "a success makes it forget";
}

TEST(RuleSchedule, RetriesNoLaterThanItRefreshes) {
  RuleSchedule schedule(Milliseconds(100), 1, 0);
  schedule.failed(0);
  EXPECT_LE(schedule.next(), 110u);
}

TEST(RuleSchedule, ADemandIsServedSoonButNotMostOfTheTime) {
  RuleSchedule schedule(Milliseconds(600'000), 1, 0);
  schedule.begun(0);
  schedule.succeeded(100);
  schedule.wanted(200);
  EXPECT_EQ(schedule.next(), 100 + RuleSchedule::kDemandSpacing);
  schedule.begun(50'000);
  schedule.succeeded(60'000);
  schedule.wanted(60'001);
  EXPECT_EQ(schedule.next(), 110'000u) << "a fetch of ten seconds, then five times as long without one";
  schedule.wanted(300'000);
  EXPECT_EQ(schedule.next(), 110'000u) << "a demand moves nothing back";
}

TEST(RuleSchedule, ADemandDoesNotBreakTheBackOff) {
  RuleSchedule schedule(Milliseconds(600'000), 1, 0);
  for (int i = 0; i < 6; ++i) schedule.failed(1000);
  const std::uint64_t next = schedule.next();
  schedule.wanted(1001);
  EXPECT_EQ(schedule.next(), next);
}

}  // namespace
}  // namespace saproxy::proxy
