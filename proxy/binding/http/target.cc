#include "proxy/binding/http/target.h"

#include <algorithm>

#include "proxy/binding/http/syntax.h"

namespace saproxy::proxy::http {
namespace {

constexpr std::string_view kSubDelimiters =
    "!$&'()*+,=";  // ';' starts path parameters or separates pairs for some servers

constexpr bool has(std::string_view set, unsigned char c) {
  return set.find(static_cast<char>(c)) != std::string_view::npos;
}

constexpr bool is_path_char(char c) {
  return is_alphanumeric(c) || has("-._~:@", static_cast<unsigned char>(c)) ||
         has(kSubDelimiters, static_cast<unsigned char>(c));
}
constexpr auto kPathChars = make_char_set(is_path_char);
constexpr auto kQueryChars = make_char_set([](char c) { return is_path_char(c) || c == '/' || c == '?'; });
constexpr auto kUnreserved =
    make_char_set([](char c) { return is_alphanumeric(c) || has("-._~", static_cast<unsigned char>(c)); });

// Follows UTF-8 through single bytes; overlong forms, surrogates and what lies beyond U+10FFFF are malformed.
class Utf8Check {
 public:
  [[nodiscard]] bool take(unsigned char c) {
    if (left_ > 0) {
      if (c < low_ || c > high_) return false;
      low_ = 0x80;
      high_ = 0xbf;
      --left_;
      return true;
    }
    if (c < 0x80) return true;
    if (c < 0xc2 || c > 0xf4) return false;
    left_ = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    low_ = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    high_ = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    return true;
  }
  [[nodiscard]] bool between_characters() const { return left_ == 0; }

 private:
  unsigned left_ = 0;
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xbf;
};

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

// A segment of a path, decoded. What a second decoding or a sloppy file path could turn into something else is not
// taken.
class SegmentCheck {
 public:
  [[nodiscard]] bool take(TargetChar c) {
    if (c.escaped ? c.bad || is_control(c.byte) || has("/\\%?#;", c.byte) : !kPathChars[c.byte]) return false;
    dots_ = dots_ && c.byte == '.';
    if (size_ == 0) marked_ = c.byte == '~' || c.byte == '_';
    ++size_;
    return utf8_.take(c.byte);
  }
  // `first`: "~" and "_" have their meaning there; further on a CSE might give them one. ACME looks at the first
  // character alone and takes "~x" for "~/x", and "_x/y" for the SP-relative "/x/y".
  [[nodiscard]] bool ends_well(bool first) const {
    const bool misread = marked_ && (first ? size_ > 1 : size_ == 1);
    return size_ > 0 && !(dots_ && size_ <= 2) && !misread && utf8_.between_characters();
  }

 private:
  Utf8Check utf8_;
  std::size_t size_ = 0;
  bool dots_ = true;
  bool marked_ = false;
};

bool is_clear_path(std::string_view path) {
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  bool first = true;
  while (true) {
    SegmentCheck segment;
    while (!path.empty() && path.front() != '/')
      if (!segment.take(take_char(path))) return false;
    if (!segment.ends_well(first)) return false;
    if (path.empty()) return true;
    path.remove_prefix(1);
    first = false;
  }
}

bool is_clear_query(std::string_view query) {
  Utf8Check utf8;
  while (!query.empty()) {
    const TargetChar c = take_char(query);
    if (c.escaped ? c.bad || is_control(c.byte) : !kQueryChars[c.byte]) return false;
    if (!utf8.take(c.byte)) return false;
  }
  return utf8.between_characters();
}

}  // namespace

bool is_unreserved(unsigned char c) { return kUnreserved[c]; }

TargetParts split_target(std::string_view target) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  return {target.substr(0, mark), target.substr(std::min(mark + 1, target.size()))};
}

TargetChar take_char(std::string_view& text) {
  const auto plain = static_cast<unsigned char>(text.front());
  if (plain != '%') {
    text.remove_prefix(1);
    return {plain, false, false};
  }
  const int high = text.size() > 2 ? hex_value(text[1]) : -1;
  const int low = text.size() > 2 ? hex_value(text[2]) : -1;
  if (high < 0 || low < 0) {
    text.remove_prefix(1);
    return {plain, true, true};
  }
  text.remove_prefix(3);
  return {static_cast<unsigned char>(high * 16 + low), true, false};
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte)) {
      encoded += c;
    } else {
      ((encoded += '%') += kHex[byte >> 4U]) += kHex[byte & 15U];
    }
  }
  return encoded;
}

std::optional<std::string> percent_decode(std::string_view value) {
  std::string text;
  while (!value.empty()) {
    const TargetChar c = take_char(value);
    if (c.bad) return std::nullopt;
    text += static_cast<char>(c.byte);
  }
  return text;
}

bool is_clear_target(std::string_view target) {
  if (target.size() > kMaxTarget) return false;
  const TargetParts parts = split_target(target);
  return is_clear_path(parts.path) && is_clear_query(parts.query);
}

}  // namespace saproxy::proxy::http
