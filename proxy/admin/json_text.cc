#include "proxy/admin/json_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "identity/printable.h"
#include "policy/utf8.h"

namespace saproxy::proxy {
namespace {

// The character at the beginning of `text`, which is UTF-8 and not empty, and leaves it.
char32_t take_character(std::string_view& text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t character = size == 1 ? first : first & (0x7F >> size);
  for (const char c : text.substr(1, size - 1)) character = character << 6 | (static_cast<std::uint8_t>(c) & 0x3F);
  text.remove_prefix(size);
  return character;
}

void append_unit(std::string& text, std::uint32_t unit) { fmt::format_to(std::back_inserter(text), "\\u{:04X}", unit); }

}  // namespace

void append_json_text(std::string& text, std::string_view shown) {
  text += '"';
  for (const char c : shown) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
}

void append_json_value(std::string& text, std::string_view value) {
  if (!policy::is_utf8(value)) return append_json_text(text, identity::printable(value, std::string::npos));
  text += '"';
  while (!value.empty()) {
    const char32_t character = take_character(value);
    if (character == '"' || character == '\\') text += '\\';
    if (character >= ' ' && character <= '~') {
      text += static_cast<char>(character);
    } else if (character < 0x10000) {
      append_unit(text, character);
    } else {
      append_unit(text, 0xD800 + ((character - 0x10000) >> 10));
      append_unit(text, 0xDC00 + ((character - 0x10000) & 0x3FF));
    }
  }
  text += '"';
}

}  // namespace saproxy::proxy
