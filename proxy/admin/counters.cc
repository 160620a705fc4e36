#include "proxy/admin/counters.h"

#include <algorithm>

namespace saproxy::proxy {

std::size_t counted_code(std::uint16_t response_code) {
  const auto found = std::lower_bound(kCountedCodes.begin(), kCountedCodes.end(), response_code);
  if (found == kCountedCodes.end() || *found != response_code) return kCountedCodes.size();
  return static_cast<std::size_t>(found - kCountedCodes.begin());
}

std::string_view to_text(EndReason reason) {
  switch (reason) {
    case EndReason::PeerClosed: return "peer_closed";
    case EndReason::Idle: return "idle";
    case EndReason::Lifetime: return "lifetime";
    case EndReason::Timeout: return "timeout";
    case EndReason::BadRequest: return "bad_request";
    case EndReason::Rejudged: return "rejudged";
    case EndReason::Drained: return "drained";
    case EndReason::Broken: return "broken";
  }
  return "unknown";
}

}  // namespace saproxy::proxy
