// What a worker lends to its peers: its loop, buffers, pool, counters and clock. Belongs to one thread.
#pragma once

#include <uv.h>

#include <cstdint>

#include "policy/config.h"
#include "proxy/admin/counters.h"
#include "proxy/admin/log.h"
#include "proxy/loop/buffer_pool.h"
#include "proxy/loop/deadline_wheel.h"
#include "proxy/upstream/pool.h"

namespace saproxy::proxy {

struct WorkerServices {
  uv_loop_t* loop;
  BufferPool& buffers;
  DeadlineWheel& wheel;
  UpstreamPool& upstream;
  WorkerCounters& counters;
  Log& log;

  [[nodiscard]] LoopTime now() const { return uv_now(loop); }
  [[nodiscard]] LoopTime after(policy::Milliseconds duration) const {
    return now() + static_cast<LoopTime>(duration.count());
  }
};

// Unix time, coarse: a read of the kernel's tick, no system call.
[[nodiscard]] std::int64_t unix_milliseconds();
// For durations shorter than the loop's tick.
[[nodiscard]] inline std::uint64_t monotonic_microseconds() { return uv_hrtime() / 1000; }

}  // namespace saproxy::proxy
