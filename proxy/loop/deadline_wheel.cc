#include "proxy/loop/deadline_wheel.h"

#include <algorithm>

namespace saproxy::proxy {

LoopTime DeadlineWheel::schedule(SlotRef ref, LoopTime deadline) {
  const std::uint64_t wanted = deadline / kTick + 1;  // a deadline inside a tick fires after it, never before
  const std::uint64_t tick = std::clamp<std::uint64_t>(wanted, last_tick_ + 1, last_tick_ + kSlots - 1);
  std::uint32_t& first = slots_[tick % kSlots];
  if (free_ == kNone) {
    entries_.push_back({ref, tick, first});
    first = static_cast<std::uint32_t>(entries_.size() - 1);
  } else {
    const std::uint32_t at = free_;
    free_ = entries_[at].next;
    entries_[at] = {ref, tick, first};
    first = at;
  }
  return tick * kTick;
}

}  // namespace saproxy::proxy
