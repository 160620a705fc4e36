// The two messages of a call, written anew: the request for the far end, the answer for the CSE.
// Spec: TS-0009 6; RFC 9110 7.6 (one hop); design invariants 2 and 3
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/config.h"
#include "policy/point_of_access.h"
#include "proxy/binding/http/message.h"
#include "proxy/binding/http/writer.h"

namespace saproxy::proxy {

// `path` and `query`: behind those of the point of access.
[[nodiscard]] std::string egress_request(const http::RequestHead& head, const policy::PointOfAccess& point,
                                         std::string_view path, std::string_view query, std::string_view body,
                                         const policy::HeaderSettings& headers);

// What the far end's answer lacks for a CSE is added: X-M2M-RSC, by its HTTP status, and X-M2M-RI.
void egress_answer(http::Output& out, const http::ResponseHead& head, std::string_view body,
                   std::string_view request_id, bool close, const policy::HeaderSettings& headers);

// Does the answer belong to the request? One that carries another X-M2M-RI does not.
[[nodiscard]] bool answers(const http::ResponseHead& head, std::string_view request_id);

}  // namespace saproxy::proxy
