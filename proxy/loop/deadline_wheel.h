// DeadlineWheel: one coarse timer for all peers of a worker instead of a libuv timer each. Setting a deadline is a
// field write in the peer; the wheel looks again when its own entry comes due.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "proxy/loop/slot_table.h"

namespace saproxy::proxy {

// Milliseconds of the loop's clock (uv_now), never wall time.
using LoopTime = std::uint64_t;
inline constexpr LoopTime kNever = ~LoopTime{0};

class DeadlineWheel {
 public:
  static constexpr LoopTime kTick = 50;  // milliseconds; deadlines fire at most this late
  static constexpr std::size_t kSlots = 1024;

  explicit DeadlineWheel(LoopTime now) : last_tick_(now / kTick) { slots_.fill(kNone); }

  // Makes sure that `ref` is looked at no later than `deadline` (rounded up to a tick). Far deadlines are looked at
  // once a turn of the wheel. Returns the time of the look, which the caller keeps as the time of its entry.
  [[nodiscard]] LoopTime schedule(SlotRef ref, LoopTime deadline);

  // Calls `look(ref, time)` for every entry that is due; `time` is what schedule() returned for it, however late the
  // call. The entry is gone; who still waits schedules again. An owner that has moved its look to another time ignores
  // the stale one.
  template <class Look>
  void advance(LoopTime now, Look&& look) {
    const std::uint64_t tick = now / kTick;
    std::uint64_t steps = tick > last_tick_ ? tick - last_tick_ : 0;
    // Nobody advances an idle worker's wheel, and a process may be stopped: after more than a turn each slot is still
    // looked at once.
    if (steps > kSlots) steps = kSlots;
    last_tick_ = std::max(last_tick_, tick - steps);
    for (; steps > 0; --steps) {
      ++last_tick_;
      // look() may schedule, but never for this slot.
      for (std::uint32_t at = std::exchange(slots_[last_tick_ % kSlots], kNone); at != kNone;) {
        const Entry entry = take(at);
        look(entry.ref, entry.tick * kTick);
        at = entry.next;
      }
    }
  }

 private:
  // The tick is kept, because a late advance meets the slot of an entry at another one.
  struct Entry {
    SlotRef ref;
    std::uint64_t tick;
    std::uint32_t next;
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  // Its place is free for another.
  Entry take(std::uint32_t at) {
    const Entry entry = entries_[at];
    entries_[at].next = std::exchange(free_, at);
    return entry;
  }

  // The entries of a slot are a list through one store, so that what is kept is what was needed at once, not what each
  // slot has ever needed.
  std::array<std::uint32_t, kSlots> slots_;
  std::vector<Entry> entries_;
  std::uint32_t free_ = kNone;
  std::uint64_t last_tick_;
};

}  // namespace saproxy::proxy
