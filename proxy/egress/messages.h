// The two messages of a call, written anew: the request for the far end, the answer for the CSE.
// Spec: TS-0009 6; RFC 9110 7.6 (one hop); design invariants 2 and 3
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/config.h"
#include "policy/local_address.h"
#include "policy/point_of_access.h"
#include "proxy/binding/http/message.h"
#include "proxy/binding/http/writer.h"

namespace saproxy::proxy {

// What of a request the head does not say.
struct EgressParts {
  std::string path, query;  // behind those of the point of access
  std::string body;
  // "/cse1": the far end is a CSE, to which an AE of ours is no "Cabc" but "/cse1/Cabc". Empty: From goes on as it is.
  // Spec: TS-0004 7.3.2.6; TS-0001 7.2
  std::string registrar_of_aes;
};
[[nodiscard]] std::string egress_request(const http::RequestHead& head, const policy::PointOfAccess& point,
                                         const EgressParts& parts, const policy::HeaderSettings& headers);

// The body of the registrar's answer as our CSE gets it: in the registrar's own CSEBase stands the address where we
// take requests for it. Nothing: as it is.
[[nodiscard]] std::optional<std::string> registrar_answer(const http::ResponseHead& head, std::string_view body,
                                                          const identity::CseId& registrar,
                                                          const policy::LocalAddresses& door);

// X-M2M-RSC and X-M2M-RI are there whatever the far end has: the one by the HTTP status where it names no code, the
// other as the CSE wrote it.
void egress_answer(http::Output& out, const http::ResponseHead& head, std::string_view body,
                   std::string_view request_id, bool close, const policy::HeaderSettings& headers);

// Why the CSE does not get this answer; empty: it does. A redirect would lead it around SA2; another X-M2M-RI belongs
// to another request.
[[nodiscard]] std::string_view why_no_answer(const http::ResponseHead& head, std::string_view request_id);

}  // namespace saproxy::proxy
