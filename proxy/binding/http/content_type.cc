#include "proxy/binding/http/content_type.h"

#include <algorithm>

#include "proxy/binding/http/syntax.h"

namespace saproxy::proxy::http {
namespace {

constexpr std::uint64_t kMaxResourceType = 999'999;  // announced variants are above 10000

std::string_view take_token(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_token_char);
  const auto size = static_cast<std::size_t>(end - rest.begin());
  const std::string_view token = rest.substr(0, size);
  rest.remove_prefix(size);
  return token;
}

// Takes a quoted-string off the front. False when it does not end.
bool skip_quoted(std::string_view& rest) {
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

ContentTypeReading::Result set_resource_type(ContentType& type, std::string_view value) {
  if (type.resource_type) return ContentTypeReading::Result::DuplicateResourceType;
  const auto number = parse_decimal(value);
  if (!number || *number > kMaxResourceType) return ContentTypeReading::Result::Malformed;
  type.resource_type = static_cast<std::uint32_t>(*number);
  return ContentTypeReading::Result::Ok;
}

// One ";name=value", or an empty one.
ContentTypeReading::Result take_parameter(std::string_view& rest, ContentType& type) {
  using Result = ContentTypeReading::Result;
  if (rest.front() != ';') return Result::Malformed;
  rest = trim_blanks(rest.substr(1));
  if (rest.empty() || rest.front() == ';') return Result::Ok;
  const std::string_view name = take_token(rest);
  if (name.empty() || !rest.starts_with('=')) return Result::Malformed;
  rest.remove_prefix(1);
  const bool quoted = rest.starts_with('"');
  const std::string_view value = quoted ? std::string_view() : take_token(rest);
  if (quoted ? !skip_quoted(rest) : value.empty()) return Result::Malformed;
  rest = trim_blanks(rest);
  if (equals_fold(name, "ty")) return set_resource_type(type, value);
  if (equals_fold(name, "charset") && !quoted && !type.charset) type.charset = value;
  return Result::Ok;
}

}  // namespace

ContentTypeReading read_content_type(std::string_view value) {
  ContentTypeReading reading;
  std::string_view rest = value;
  const std::string_view type = take_token(rest);
  const bool slash = rest.starts_with('/');
  if (slash) rest.remove_prefix(1);
  const std::string_view subtype = take_token(rest);
  if (type.empty() || !slash || subtype.empty()) {
    reading.result = ContentTypeReading::Result::Malformed;
    return reading;
  }
  reading.type.media_type = value.substr(0, type.size() + 1 + subtype.size());
  for (rest = trim_blanks(rest); !rest.empty();) {
    reading.result = take_parameter(rest, reading.type);
    if (reading.result != ContentTypeReading::Result::Ok) return reading;
  }
  return reading;
}

}  // namespace saproxy::proxy::http
