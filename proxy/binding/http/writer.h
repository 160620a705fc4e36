// Heads re-serialised from the parse, never passed on raw; refusals as oneM2M responses.
// Everything appends to `out`, so that head and body leave in one write.
// Spec: RFC 9112, TS-0009 6.2 to 6.4; design invariants 2 and 3
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "identity/association.h"
#include "policy/config.h"
#include "policy/decision.h"
#include "policy/response_code.h"
#include "proxy/binding/http/message.h"

namespace saproxy::proxy::http {

using Output = std::vector<std::uint8_t>;

// The verified identity of one association as finished header lines, made once per association.
// Names: <prefix>Credential-ID, <prefix>Entity, <prefix>Identities, <prefix>SAEF, <prefix>Association; optionally
// Client-Cert (RFC 9440) and Forwarded (RFC 7239).
[[nodiscard]] std::string identity_header_lines(const policy::HeaderSettings& settings,
                                                const identity::Association& association, std::string_view peer_address,
                                                std::string_view peer_certificate_der);

// True when `name` folds (case, '_' for '-', any other server folding) to a header that only saproxy may set: identity
// headers under the prefix, Client-Cert, Client-Cert-Chain, Forwarded, X-Forwarded-*, X-Real-IP, X-SSL-*, X-Client-*...
[[nodiscard]] bool is_reserved_header(const policy::HeaderSettings& settings, std::string_view name);

// Name of the first field whose value is longer than the CSE stands, or "query", or nothing: such a request is refused
// before it is forwarded.
[[nodiscard]] std::optional<std::string_view> oversized(const RequestHead& head, const policy::CseSettings& cse);

struct BodyFraming {
  enum class Kind : std::uint8_t { None, Length, Chunked, UntilClose } kind = Kind::None;
  std::uint64_t length = 0;
};

// The head for the CSE: method, target, Host, From as the gate gave it, oneM2M and end-to-end headers, identity lines,
// Content-Length. Hop-by-hop headers, everything named by Connection, reserved headers, Expect, and empty values are
// left out.
void write_request_head(Output& out, const RequestHead& head, const policy::Forward& forward,
                        const policy::CseSettings& cse, const policy::HeaderSettings& headers,
                        std::string_view identity_lines, BodyFraming framing);

// The head for the registree, from the CSE's answer. `close`: this is the last answer on the connection.
// Reserved headers that the CSE echoes are left out; without `headers` those under the default prefix. So is an
// X-M2M-RSC that is none.
void write_response_head(Output& out, const ResponseHead& head, BodyFraming framing, bool close);
void write_response_head(Output& out, const ResponseHead& head, BodyFraming framing, bool close,
                         const policy::HeaderSettings& headers);

void write_chunk(Output& out, std::span<const std::uint8_t> data);  // empty data writes nothing
void write_last_chunk(Output& out);
void write_continue(Output& out);  // "HTTP/1.1 100 Continue"

// A oneM2M error response in the client's serialisation, complete with body and Content-Length. `status` overrides the
// HTTP status when the failure is one of HTTP itself (431, 413, 405, 505). RI and RVI are echoed only if they are
// printable and short.
struct RefusalText {
  policy::ResponseCode code;
  std::optional<std::uint16_t> status;
  std::string_view text;
  std::optional<std::string_view> request_id;
  std::optional<std::string_view> release_version;
  policy::Serialisation serialisation = policy::Serialisation::Json;
  bool close = false;
  bool head_only = false;  // answer to HEAD: no body
};
void write_refusal(Output& out, const RefusalText& refusal);

}  // namespace saproxy::proxy::http
