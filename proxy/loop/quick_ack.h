// A server that writes an answer in two pieces holds the second one back until we have acknowledged the first (RFC
// 896), and the kernel waits for something of ours to go out with that: 40 ms, for an answer that takes less than one.
#pragma once

#include <uv.h>

namespace saproxy::proxy {

// Acknowledges at once what has come so far. For when more has to come, of an answer that has begun.
void acknowledge_now(const uv_tcp_t* tcp);

}  // namespace saproxy::proxy
