#include "proxy/loop/deadline_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/counted_new.h"

namespace saproxy::proxy {
namespace {

constexpr LoopTime kTurn = DeadlineWheel::kTick * DeadlineWheel::kSlots;
constexpr SlotRef kPeer{3, 1};

std::vector<LoopTime> looks(DeadlineWheel& wheel, LoopTime now) {
  std::vector<LoopTime> times;
  wheel.advance(now, [&](SlotRef ref, LoopTime time) {
    EXPECT_EQ(ref, kPeer);
    times.push_back(time);
  });
  return times;
}

TEST(DeadlineWheel, LooksAfterTheDeadlineAndNeverBefore) {
  DeadlineWheel wheel(1000);
  const LoopTime look = wheel.schedule(kPeer, 1220);
  EXPECT_TRUE(looks(wheel, 1220).empty());
  EXPECT_EQ(looks(wheel, 1250), std::vector{look});
  EXPECT_TRUE(looks(wheel, 1250 + kTurn).empty());
}

TEST(DeadlineWheel, FarDeadlinesAreLookedAtOnceATurn) {
  DeadlineWheel wheel(0);
  const LoopTime look = wheel.schedule(kPeer, 10 * kTurn);
  EXPECT_LT(look, kTurn);
  EXPECT_EQ(looks(wheel, look), std::vector{look});
}

// A worker without peers does not advance its wheel, so the first peer after a while is scheduled on one that is
// behind.
TEST(DeadlineWheel, KeepsADeadlineThatWasSetLongAfterTheLastAdvance) {
  for (const LoopTime idle : {kTurn / 2, kTurn - 50, kTurn, kTurn + 50, 3 * kTurn, 100 * kTurn + 1234}) {
    DeadlineWheel wheel(1000);
    static_cast<void>(looks(wheel, 1000));
    const LoopTime now = 1000 + idle;
    LoopTime expected = wheel.schedule(kPeer, now + 200);
    std::size_t looked = 0;
    for (LoopTime time = now + 50; time <= now + 400; time += 50) {
      for (const LoopTime at : looks(wheel, time)) {
        EXPECT_EQ(at, expected) << "idle for " << idle;  // else the owner takes it for a stale entry
        ++looked;
        if (time < now + 200) expected = wheel.schedule(kPeer, now + 200);
      }
    }
    EXPECT_GE(looked, 1u) << "idle for " << idle;
  }
}

// SIGSTOP, a frozen container, a loop that was busy.
TEST(DeadlineWheel, KeepsEveryDeadlineOverAStandstill) {
  DeadlineWheel wheel(0);
  std::vector<LoopTime> scheduled;
  for (LoopTime deadline = 100; deadline < kTurn - 100; deadline += 1000)
    scheduled.push_back(wheel.schedule(kPeer, deadline));
  std::vector<LoopTime> looked = looks(wheel, 7 * kTurn);
  std::ranges::sort(looked);
  EXPECT_EQ(looked, scheduled);
}

// A crowd that comes and goes must not leave its size behind in every slot.
TEST(DeadlineWheel, KeepsNoMoreThanItNeededAtOnce) {
  DeadlineWheel wheel(0);
  std::size_t looked = 0;
  const auto pass = [&](LoopTime from, LoopTime to) {
    for (LoopTime now = from; now < to; now += DeadlineWheel::kTick) {
      for (int i = 0; i < 10; ++i) static_cast<void>(wheel.schedule(kPeer, now + 1000));
      wheel.advance(now, [&](SlotRef, LoopTime) { ++looked; });
    }
  };
  pass(0, 2000);
  const std::size_t before = test::allocations_of_this_thread();
  pass(2000, 2000 + 2 * kTurn);
  EXPECT_EQ(test::allocations_of_this_thread(), before);
  EXPECT_GT(looked, 20'000u);
}

}  // namespace
}  // namespace saproxy::proxy
