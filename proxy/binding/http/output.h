// Appending text to the bytes that leave in one write.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {

inline void append(Output& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }

inline void append_number(Output& out, std::uint64_t number, int base = 10) {
  char digits[24];
  const auto result = std::to_chars(digits, digits + sizeof digits, number, base);
  append(out, {digits, static_cast<std::size_t>(result.ptr - digits)});
}

// "Name: value", with every control character left out: whatever a caller hands in, it stays one line.
inline void append_line(Output& out, std::string_view name, std::string_view value) {
  append(out, name);
  append(out, ": ");
  for (const char c : value)
    if (static_cast<unsigned char>(c) >= 0x20 ? c != 0x7f : c == '\t') out.push_back(static_cast<std::uint8_t>(c));
  append(out, "\r\n");
}

inline void append_line(Output& out, std::string_view name, std::uint64_t number) {
  append(out, name);
  append(out, ": ");
  append_number(out, number);
  append(out, "\r\n");
}

}  // namespace saproxy::proxy::http
