// HTTP request to primitive. Spec: TS-0009 6 (mapping), TS-0004 7.2.1
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "policy/primitive.h"
#include "policy/response_code.h"
#include "proxy/binding/http/message.h"

namespace saproxy::proxy::http {

// Why a well-formed HTTP request is no oneM2M request.
enum class MappingError : std::uint8_t {
  MethodNotAllowed,    // HEAD, PATCH, OPTIONS, ... -> 405 / 4005
  DuplicateParameter,  // two X-M2M-Origin, two ty, two rcn, ...
  BadTarget,     // dot segments, encoded slash or NUL, bad percent escapes, fragments, no leading '/', "//", control or
                 // non-ASCII bytes
  BadParameter,  // ty not a number, blank inside From, ...
  ContentNotAllowed,  // content on GET or DELETE
};
[[nodiscard]] std::string_view to_text(MappingError error);   // metric label
[[nodiscard]] std::string_view sentence(MappingError error);  // for whoever sent it
[[nodiscard]] policy::ResponseCode code_of(MappingError error);

// `scratch` keeps decoded text that views of the primitive point into; it must live as long as the primitive.
[[nodiscard]] std::variant<policy::Primitive, MappingError> to_primitive(const RequestHead& head, std::string& scratch);

// Of a Content-Type or media type: "application/json", "application/vnd.onem2m-res+cbor;ty=2", "text/xml", ...
[[nodiscard]] std::optional<policy::Serialisation> serialisation_of(std::string_view content_type);

// Which serialisation the client wants its answer in: Accept, else Content-Type, else JSON.
[[nodiscard]] policy::Serialisation answer_serialisation(const RequestHead& head);

}  // namespace saproxy::proxy::http
