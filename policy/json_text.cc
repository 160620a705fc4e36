#include "policy/json_text.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "policy/utf8.h"

namespace saproxy::policy {

namespace {

constexpr std::string_view kLetters = "\"\\/bfnrt";
constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
constexpr std::size_t kUnitSize = 6;  // "\u1234"

std::optional<std::uint32_t> unit_at(std::string_view content, std::size_t at) {
  const std::string_view escape = content.substr(std::min(at, content.size()), kUnitSize);
  if (escape.size() != kUnitSize || !escape.starts_with("\\u")) return std::nullopt;
  std::uint32_t unit = 0;
  const auto [end, error] = std::from_chars(escape.data() + 2, escape.data() + kUnitSize, unit, 16);
  if (error != std::errc{} || end != escape.data() + kUnitSize) return std::nullopt;
  return unit;
}

// Moves over one escape at `at`, which is a backslash.
void unescape(std::string_view content, std::size_t& at, std::string& out) {
  const std::size_t letter = at + 1 < content.size() ? kLetters.find(content[at + 1]) : kLetters.npos;
  if (letter != kLetters.npos) {
    out += kMeanings[letter];
    at += 2;
    return;
  }
  const auto unit = unit_at(content, at);
  if (!unit) {
    out += content[at++];
    return;
  }
  at += kUnitSize;
  const auto low = unit_at(content, at);
  if (*unit >= 0xD800 && *unit < 0xDC00 && low && *low >= 0xDC00 && *low < 0xE000) {
    at += kUnitSize;
    return append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
  }
  append_utf8(out, *unit);
}

}  // namespace

std::string json_escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[c & 15];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string json_unescaped(std::string_view content) {
  std::string out;
  for (std::size_t at = 0; at < content.size();) {
    if (content[at] == '\\')
      unescape(content, at, out);
    else
      out += content[at++];
  }
  return out;
}

}  // namespace saproxy::policy
