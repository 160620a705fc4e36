// When a burst of changes is acted upon.
#include "proxy/loop/debounce.h"

#include <gtest/gtest.h>

namespace saproxy::proxy {
namespace {

TEST(Debounce, WaitsFromTheLastEvent) {
  Debounce debounce(500);
  EXPECT_EQ(debounce.after_event(1000), 500u);
  EXPECT_EQ(debounce.after_event(1400), 500u);
}

TEST(Debounce, ActsTenDelaysAfterTheFirstEventWhateverComes) {
  Debounce debounce(500);
  std::uint64_t due = 0;
  for (std::uint64_t now = 1000; now < 6000; now += 100) due = now + debounce.after_event(now);
  EXPECT_EQ(due, 6000u);
  EXPECT_EQ(debounce.after_event(6000), 0u);
  EXPECT_EQ(debounce.after_event(9000), 0u) << "late is at once";
}

TEST(Debounce, BeginsAnewAfterwards) {
  Debounce debounce(500);
  (void)debounce.after_event(1000);
  debounce.clear();
  EXPECT_EQ(debounce.after_event(9000), 500u);
}

}  // namespace
}  // namespace saproxy::proxy
