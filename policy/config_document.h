// TOML text as plain nodes with positions. config_document.cc is the only file that knows toml++, and its exceptions
// end there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace saproxy::policy {

// 1-based; 0 when there is none.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(const Position&) const = default;
};

struct TomlEntry;

struct TomlNode {
  enum class Kind { Text, Integer, Boolean, Array, Table, Other };  // Other: floats, dates and times; no key wants one
  Kind kind = Kind::Table;
  Position at;
  std::string text;                // Text
  std::int64_t integer = 0;        // Integer
  bool boolean = false;            // Boolean
  std::vector<TomlNode> items;     // Array
  std::vector<TomlEntry> entries;  // Table
};
[[nodiscard]] std::string_view to_text(TomlNode::Kind kind);  // "a string", "an integer", ...

struct TomlEntry {
  std::string key;
  Position at;
  TomlNode value;
};

struct TomlSyntaxError {
  Position at;
  std::string reason;  // never repeats text of the file that could be a value
};

// The root table, or where and why parsing stopped.
[[nodiscard]] std::variant<TomlNode, TomlSyntaxError> parse_toml(std::string_view text);

}  // namespace saproxy::policy
