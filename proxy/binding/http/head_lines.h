// Collects the head of one message and checks it line by line, before llhttp sees it. Works byte after byte, so that
// the verdict does not depend on how the bytes were cut. Spec: RFC 9112 2.2, 5.1, 5.2
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/binding/http/parser.h"

namespace saproxy::proxy::http {

// What differs between requests and responses.
struct HeadRules {
  ParseError (*check_first_line)(std::string_view line);
  const std::array<bool, 256>& name_chars;
  ParseError bad_first_line;
  unsigned max_leading_lines;  // empty lines before the first one
};

class HeadLines {
 public:
  enum class Progress : std::uint8_t { NeedMore, Complete, Failed };

  // `rules` and `limits` outlive this.
  HeadLines(const HeadRules& rules, const ParseLimits& limits) : rules_(rules), limits_(limits) {}

  void start();
  // Appends to `storage` what belongs to the head and says in `consumed` how much that was. `storage` is the same,
  // empty at first, until the head is complete.
  [[nodiscard]] Progress take(std::span<const std::uint8_t> bytes, std::string& storage, std::size_t& consumed);
  [[nodiscard]] ParseError error() const { return error_; }
  // Valid once complete.
  [[nodiscard]] std::string_view first_line(const std::string& storage) const;
  void fill(const std::string& storage, std::vector<Field>& fields) const;
  // Not even an empty line before the first one has come.
  [[nodiscard]] bool untouched() const { return line_start_ == 0 && leading_lines_ == 0; }

 private:
  // Offsets, because the storage moves while it grows.
  struct FieldAt {
    std::uint32_t name, name_size, value, value_size;
  };
  [[nodiscard]] Progress fail(ParseError error);
  [[nodiscard]] Progress end_line(const std::string& storage);
  [[nodiscard]] ParseError add_field(std::string_view line, const std::string& storage);
  [[nodiscard]] bool is_forbidden_repeat(std::string_view name, const std::string& storage) const;

  const HeadRules& rules_;
  const ParseLimits& limits_;
  std::vector<FieldAt> fields_;
  std::size_t line_start_ = 0;
  std::size_t first_line_size_ = 0;
  unsigned lines_ = 0;
  unsigned leading_lines_ = 0;
  bool after_cr_ = false;
  ParseError error_ = ParseError::None;
};

}  // namespace saproxy::proxy::http
