#include "identity/base64.h"

namespace saproxy::identity {
namespace {

constexpr char kStandard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrlSafe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int value_of(char c, const char* alphabet) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == alphabet[62]) return 62;
  if (c == alphabet[63]) return 63;
  return -1;
}

// `digits` without padding.
Result<Bytes> decode(std::string_view digits, const char* alphabet) {
  if (digits.size() % 4 == 1) return fail(ErrorCode::WrongLength, "base64 text has a length that no bytes give");
  Bytes bytes;
  bytes.reserve(digits.size() * 3 / 4);
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  for (const char c : digits) {
    const int value = value_of(c, alphabet);
    if (value < 0) return fail(ErrorCode::BadSyntax, "base64 text contains a character outside its alphabet");
    held = (held << 6) | static_cast<std::uint32_t>(value);
    held_bits += 6;
    if (held_bits >= 8) {
      held_bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(held >> held_bits));
      held &= (1U << held_bits) - 1;
    }
  }
  if (held != 0) return fail(ErrorCode::BadSyntax, "base64 text has unused bits that are not zero");
  return bytes;
}

std::string encode(ByteView bytes, const char* alphabet) {
  std::string text;
  text.reserve(bytes.size() * 4 / 3 + 4);
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8) | byte;
    held_bits += 8;
    while (held_bits >= 6) {
      held_bits -= 6;
      text += alphabet[(held >> held_bits) & 0x3F];
    }
    held &= (1U << held_bits) - 1;
  }
  if (held_bits > 0) text += alphabet[(held << (6 - held_bits)) & 0x3F];
  return text;
}

}  // namespace

Result<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorCode::WrongLength, "base64 text is not a multiple of four characters");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  return decode(text.substr(0, text.size() - padding), kStandard);
}

Result<Bytes> base64url_decode(std::string_view text) { return decode(text, kUrlSafe); }

std::string base64_encode(ByteView bytes) {
  std::string text = encode(bytes, kStandard);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string base64url_encode(ByteView bytes) { return encode(bytes, kUrlSafe); }

}  // namespace saproxy::identity
