// Content-Type as oneM2M uses it: media type and the parameter ty.
// Spec: RFC 9110 8.3.1; TS-0009 6.2.2.3 (Resource Type)
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace saproxy::proxy::http {

struct ContentType {
  std::string_view media_type;              // as sent, without parameters
  std::optional<std::string_view> charset;  // only when written as a token
  std::optional<std::uint32_t> resource_type;
};

struct ContentTypeReading {
  enum class Result : std::uint8_t { Ok, Malformed, DuplicateResourceType } result = Result::Ok;
  ContentType type;
};
// A ty that is no plain decimal number is Malformed.
[[nodiscard]] ContentTypeReading read_content_type(std::string_view value);

}  // namespace saproxy::proxy::http
