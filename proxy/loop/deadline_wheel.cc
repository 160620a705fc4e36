#include "proxy/loop/deadline_wheel.h"

#include <algorithm>

namespace saproxy::proxy {

LoopTime DeadlineWheel::schedule(SlotRef ref, LoopTime deadline) {
  const std::uint64_t wanted = deadline / kTick + 1;  // a deadline inside a tick fires after it, never before
  const std::uint64_t tick = std::clamp<std::uint64_t>(wanted, last_tick_ + 1, last_tick_ + kSlots - 1);
  slots_[tick % kSlots].push_back({ref, tick});
  return tick * kTick;
}

}  // namespace saproxy::proxy
