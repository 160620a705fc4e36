// What the fields of a head say about the message's length and the connection: one strict reading, for requests and
// responses. Spec: RFC 9112 6.1, 6.2, 9.3; RFC 9110 7.6.1
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proxy/binding/http/message.h"
#include "proxy/binding/http/parser.h"

namespace saproxy::proxy::http {

struct Framing {
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
};

// `exact_coding`: "chunked" in lower case only.
[[nodiscard]] ParseError read_framing(const std::vector<Field>& fields, int minor_version, bool exact_coding,
                                      Framing& framing);

// True when `name` is an option of some Connection field, so that the field of that name goes no further than one hop.
[[nodiscard]] bool is_nominated(const std::vector<Field>& fields, std::string_view name);

}  // namespace saproxy::proxy::http
