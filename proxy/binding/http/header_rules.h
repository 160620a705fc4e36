// Which header fields go on to the other side, and which end here.
// Spec: RFC 9110 7.6.1; design invariant 2
#pragma once

#include <string_view>
#include <vector>

#include "policy/config.h"
#include "proxy/binding/http/message.h"

namespace saproxy::proxy::http {

// One hop only: Connection, Keep-Alive, Proxy-*, TE, Trailer, Transfer-Encoding, Upgrade, HTTP2-Settings.
[[nodiscard]] bool is_hop_by_hop(std::string_view name);

// Fields that make some servers act on another method or target than the request line says.
[[nodiscard]] bool is_override(std::string_view name);

// True when the field may be copied: not hop-by-hop, not nominated by Connection, not reserved, not empty, not Content-Length.
[[nodiscard]] bool may_pass(const policy::HeaderSettings& settings, const std::vector<Field>& fields, const Field& field);

}  // namespace saproxy::proxy::http
