// Characters and small grammars of HTTP that parsers, mapping and writer share. ASCII only, no locale.
// Spec: RFC 9110 5.6
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace saproxy::proxy::http {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
[[nodiscard]] constexpr bool is_alphanumeric(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}
[[nodiscard]] constexpr bool is_token_char(char c) {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
// A table of the bytes that `belongs` is true for.
template <class Predicate>
[[nodiscard]] constexpr std::array<bool, 256> make_char_set(Predicate belongs) {
  std::array<bool, 256> set{};
  for (std::size_t c = 0; c < set.size(); ++c) set[c] = c < 0x80 && belongs(static_cast<char>(c));
  return set;
}
[[nodiscard]] constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char low = to_lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

inline constexpr std::array<char, 256> kLower = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = to_lower(static_cast<char>(c));
  return table;
}();
[[nodiscard]] inline bool starts_with_fold(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i)
    if (kLower[static_cast<unsigned char>(text[i])] != kLower[static_cast<unsigned char>(prefix[i])]) return false;
  return true;
}
[[nodiscard]] inline bool equals_fold(std::string_view a, std::string_view b) {
  return a.size() == b.size() && starts_with_fold(a, b);
}
[[nodiscard]] bool is_token(std::string_view text);                 // not empty
[[nodiscard]] bool is_visible(std::string_view text);               // 0x21 to 0x7e only; true for empty text
[[nodiscard]] bool is_printable(std::string_view text);             // 0x20 to 0x7e only
[[nodiscard]] std::string_view trim_blanks(std::string_view text);  // space and tab

// A decimal number as two servers must read it alike: digits only, no leading zero, no sign, at most 2^63 - 1.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);

// Takes the text up to `separator` off the front of `rest`; blanks around it are removed.
[[nodiscard]] std::string_view take_item(std::string_view& rest, char separator);

}  // namespace saproxy::proxy::http
