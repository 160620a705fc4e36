// Appending text to the bytes that leave in one write.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "proxy/binding/http/writer.h"

namespace saproxy::proxy::http {

inline void append(Output& out, std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());  // of one type: moved at once, not one by one
  out.insert(out.end(), bytes, bytes + text.size());
}

inline void append_number(Output& out, std::uint64_t number, int base = 10) {
  char digits[24];
  const auto result = std::to_chars(digits, digits + sizeof digits, number, base);
  append(out, {digits, static_cast<std::size_t>(result.ptr - digits)});
}

// "Name: value", with every control character left out: whatever a caller hands in, it stays one line.
inline void append_line(Output& out, std::string_view name, std::string_view value) {
  append(out, name);
  append(out, ": ");
  const auto is_control = [](std::uint8_t c) { return c < 0x20 ? c != '\t' : c == 0x7f; };
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  append(out, value);
  out.erase(std::remove_if(out.begin() + start, out.end(), is_control), out.end());
  append(out, "\r\n");
}

inline void append_line(Output& out, std::string_view name, std::uint64_t number) {
  append(out, name);
  append(out, ": ");
  append_number(out, number);
  append(out, "\r\n");
}

}  // namespace saproxy::proxy::http
