#include "policy/utf8.h"

#include <cstdint>
#include <cstring>

namespace saproxy::policy {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

bool eight_ascii_at(std::string_view text, std::size_t at) {
  if (text.size() - at < 8) return false;
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + at, sizeof(word));
  return (word & 0x8080808080808080U) == 0;
}

// Bytes of the character that begins at `at`; 0: it is malformed or cut off. The range of the second byte is what
// excludes overlong forms, surrogates and numbers that are too large.
std::size_t character_size(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() - at < size) return 0;
  const std::uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  const std::uint8_t second = byte_at(text, at + 1);
  if (second < low || second > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (eight_ascii_at(text, at)) {
      at += 8;
      continue;
    }
    const std::size_t size = character_size(text, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

bool has_control_character(std::string_view text) {
  std::uint8_t before = 0;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (before == 0xC2 && byte < 0xA0) return true;
    before = byte;
  }
  return false;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
  if (code_point >= 0xD800 && code_point < 0xE000) code_point = 0xFFFD;
  const auto trailing = [&](unsigned shift) { text += static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0 | (code_point >> 6));
    trailing(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0 | (code_point >> 12));
    trailing(6);
    trailing(0);
  } else {
    text += static_cast<char>(0xF0 | (code_point >> 18));
    trailing(12);
    trailing(6);
    trailing(0);
  }
}

}  // namespace saproxy::policy
