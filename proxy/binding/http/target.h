// Request targets: one reading of path and query that mapping and writer share, so that the CSE sees what was judged.
// Spec: RFC 3986 2.3, 3.3, 3.4, 6.2.2; TS-0009 6.2.2.1
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace saproxy::proxy::http {

inline constexpr std::size_t kMaxTarget = 2000;

struct TargetParts {
  std::string_view path;   // with the leading '/'
  std::string_view query;  // without '?'; may be empty
};
[[nodiscard]] TargetParts split_target(std::string_view target);

// One character of a percent-encoded text. `bad`: an escape that is none.
struct TargetChar {
  unsigned char byte = 0;
  bool escaped = false;
  bool bad = false;
};
[[nodiscard]] TargetChar take_char(std::string_view& text);  // text is not empty

// True when path and query can be read in one way only: see MappingError::BadTarget.
[[nodiscard]] bool is_clear_target(std::string_view target);

// RFC 3986 unreserved.
[[nodiscard]] bool is_unreserved(unsigned char c);

// A text as one value of a query, and back; nothing: an escape is none.
[[nodiscard]] std::string percent_encode(std::string_view text);
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view value);

// Appends a checked path or query in normal form: escapes of unreserved characters decoded, all others with upper-case
// digits.
template <class Sink>
void append_normal_form(std::string_view text, Sink& sink) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  using Value = typename Sink::value_type;
  while (!text.empty()) {
    const TargetChar c = take_char(text);
    if (!c.escaped || is_unreserved(c.byte)) {
      sink.push_back(static_cast<Value>(c.byte));
      continue;
    }
    sink.push_back(static_cast<Value>('%'));
    sink.push_back(static_cast<Value>(kHex[c.byte >> 4U]));
    sink.push_back(static_cast<Value>(kHex[c.byte & 15U]));
  }
}

}  // namespace saproxy::proxy::http
