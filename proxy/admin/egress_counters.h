// What the egress counts. One writer, relaxed atomics; admin/metrics reads at scrape.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "policy/egress_rules.h"
#include "proxy/loop/counter.h"
#include "proxy/session/handshake_failure.h"

namespace saproxy::proxy {

// What became of a request of the CSE; label of a metric.
enum class CallResult : std::uint8_t {
  Answered,
  NoRoute,     // its target is no local address, or nobody is registered behind it any more
  NotReached,  // no point of access could be connected to
  NotProven,   // none of those that were reached proved to be the registree
  NoAnswer,    // it was sent, and the connection ended before its answer
  Timeout,     // it was sent, and the answer did not come in time
  BadAnswer,   // what came is no answer to it
  TooLate,     // its time was over before it could be sent
  Overloaded,  // too many are waiting
  Malformed,   // it is no request
};
inline constexpr std::size_t kCallResultCount = static_cast<std::size_t>(CallResult::Malformed) + 1;
[[nodiscard]] std::string_view to_text(CallResult result);  // "no_route"

struct EgressCounters {
  std::array<Counter, kCallResultCount> calls;
  Counter connections_accepted, connections_refused;  // of the CSE
  Counter connections_open;                           // now
  Counter waiting, sessions;                          // now: requests in queues, established SA2
  Counter handshakes_ok;
  std::array<Counter, kHandshakeFailureCount> handshakes_failed;
  std::array<Counter, policy::kEgressDenialCount> denied;  // addresses that a point of access may not lead to
  Counter names_not_found;                                 // name resolutions that failed
  Counter points_failed;                                   // points of access that were tried in vain
  Counter points_skipped;                                  // and that were left alone because of that
  DurationHistogram call_duration;
};

}  // namespace saproxy::proxy
