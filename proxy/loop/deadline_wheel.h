// DeadlineWheel: one coarse timer for all peers of a worker instead of a libuv timer each. Setting a deadline is a
// field write in the peer; the wheel looks again when its own entry comes due.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
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

  explicit DeadlineWheel(LoopTime now) : last_tick_(now / kTick) {}

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
      due_.swap(slots_[last_tick_ % kSlots]);
      for (const Entry& entry : due_) look(entry.ref, entry.tick * kTick);
      due_.clear();
    }
  }

 private:
  // The tick is kept, because a late advance meets the slot of an entry at another one.
  struct Entry {
    SlotRef ref;
    std::uint64_t tick;
  };

  std::array<std::vector<Entry>, kSlots> slots_;
  std::vector<Entry> due_;
  std::uint64_t last_tick_;
};

}  // namespace saproxy::proxy
