#include "proxy/binding/http/framing.h"

#include <algorithm>
#include <array>

#include "proxy/binding/http/syntax.h"

namespace saproxy::proxy::http {
namespace {

constexpr std::string_view kConnection = "Connection";

// Fields meant for the far end. Who nominates one for removal wants us to lose what a check depends on.
bool is_end_to_end(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {"Host", "Authorization", "Expect", "Accept", "Forwarded"};
  return starts_with_fold(name, "X-M2M-") || starts_with_fold(name, "Content-") ||
         std::any_of(kNames.begin(), kNames.end(), [&](std::string_view n) { return equals_fold(n, name); });
}

ParseError read_connection(std::string_view options, bool& close, bool& keep_alive) {
  while (!options.empty()) {
    const std::string_view option = take_item(options, ',');
    if (option.empty()) continue;
    if (!is_token(option) || is_end_to_end(option)) return ParseError::BadHeaderValue;
    close = close || equals_fold(option, "close");
    keep_alive = keep_alive || equals_fold(option, "keep-alive");
  }
  return ParseError::None;
}

}  // namespace

ParseError read_framing(const std::vector<Field>& fields, int minor_version, bool exact_coding, Framing& framing) {
  framing = {};
  bool close = false;
  bool keep_alive = false;
  for (const Field& field : fields) {
    if (equals_fold(field.name, "Content-Length")) {
      framing.content_length = parse_decimal(field.value);
      if (!framing.content_length) return ParseError::BadLength;
    } else if (equals_fold(field.name, "Transfer-Encoding")) {
      framing.chunked = exact_coding ? field.value == "chunked" : equals_fold(field.value, "chunked");
      if (!framing.chunked || minor_version == 0) return ParseError::BadTransferEncoding;
    } else if (equals_fold(field.name, kConnection)) {
      const ParseError error = read_connection(field.value, close, keep_alive);
      if (error != ParseError::None) return error;
    }
  }
  if (framing.chunked && framing.content_length) return ParseError::BothLengths;
  framing.keep_alive = !close && (minor_version >= 1 || keep_alive);
  return ParseError::None;
}

bool is_nominated(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (!equals_fold(field.name, kConnection)) continue;
    for (std::string_view options = field.value; !options.empty();)
      if (equals_fold(take_item(options, ','), name)) return true;
  }
  return false;
}

}  // namespace saproxy::proxy::http
