// Fully qualified domain names: what oneM2M puts into SP-IDs, key identifiers and certificates.
// Spec: RFC 1123 2.1, RFC 5280 4.2.1.6 (preferred name syntax)
#pragma once

#include <string>
#include <string_view>

namespace saproxy::identity {

// Letters, digits and hyphens in labels of 1 to 63 bytes, at most 253 bytes, no empty label and no dot at the end; the
// last label is not all digits, so that no IPv4 address passes for a name. Either case.
[[nodiscard]] bool is_domain_name(std::string_view text);

// ASCII only, whatever the locale.
[[nodiscard]] std::string to_lower_ascii(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view left, std::string_view right);

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }
// Visible ASCII: no blank, no control character, nothing beyond 0x7E.
constexpr bool is_visible(char c) { return c > ' ' && c <= '~'; }
[[nodiscard]] bool is_all_visible(std::string_view text);

}  // namespace saproxy::identity
