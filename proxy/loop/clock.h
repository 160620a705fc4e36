// Wall time and fine durations; the loop's own time (uv_now) is what deadlines use.
#pragma once

#include <uv.h>

#include <cstdint>

namespace saproxy::proxy {

// Unix time, coarse: a read of the kernel's tick, no system call.
[[nodiscard]] std::int64_t unix_milliseconds();
[[nodiscard]] inline std::int64_t unix_seconds() { return unix_milliseconds() / 1000; }
// For durations shorter than the loop's tick.
[[nodiscard]] inline std::uint64_t monotonic_microseconds() { return uv_hrtime() / 1000; }

}  // namespace saproxy::proxy
