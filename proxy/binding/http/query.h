// The query string: which oneM2M parameters it carries.
// Spec: TS-0009 6.2.2.2, table 6.2.2.2-1
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace saproxy::proxy::http {

struct QueryReading {
  enum class Result : std::uint8_t { Ok, Duplicate, Malformed } result = Result::Ok;
  std::optional<std::uint32_t> result_content;  // rcn
  bool has_filter_criteria = false;  // anything that is no other known parameter: attributes are conditions, too
  bool has_resource_type = false;    // ty as a condition
};
// `query` is part of a clear target.
[[nodiscard]] QueryReading read_query(std::string_view query);

}  // namespace saproxy::proxy::http
