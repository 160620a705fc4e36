#include "policy/config_document.h"

#include <exception>

// toml++ asserts where it then reports an error ("[=]"): a typing mistake would abort debug builds of the header-only
// variant.
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>

namespace saproxy::policy {

namespace {

Position position_of(const toml::source_region& source) {
  return {static_cast<std::uint32_t>(source.begin.line), static_cast<std::uint32_t>(source.begin.column)};
}

TomlNode convert(const toml::node& node);

TomlNode convert_table(const toml::table& table) {
  TomlNode result;
  result.kind = TomlNode::Kind::Table;
  result.entries.reserve(table.size());
  for (const auto& [key, value] : table) {
    result.entries.push_back({std::string(key.str()), position_of(key.source()), convert(value)});
  }
  return result;
}

TomlNode convert_array(const toml::array& array) {
  TomlNode result;
  result.kind = TomlNode::Kind::Array;
  result.items.reserve(array.size());
  for (const auto& item : array) result.items.push_back(convert(item));
  return result;
}

// Recursion is bounded: toml++ refuses nesting deeper than 256.
TomlNode convert(const toml::node& node) {
  TomlNode result;
  if (const auto* table = node.as_table()) {
    result = convert_table(*table);
  } else if (const auto* array = node.as_array()) {
    result = convert_array(*array);
  } else if (const auto* text = node.as_string()) {
    result.kind = TomlNode::Kind::Text;
    result.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    result.kind = TomlNode::Kind::Integer;
    result.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    result.kind = TomlNode::Kind::Boolean;
    result.boolean = boolean->get();
  } else {
    result.kind = TomlNode::Kind::Other;
  }
  result.at = position_of(node.source());
  return result;
}

// toml++ quotes what it read ('...'), which may be part of a key that was written without quotes. Only single
// characters stay.
std::string without_quotations(std::string_view description) {
  std::string result;
  std::size_t at = 0;
  while (at < description.size()) {
    const std::size_t open = description.find('\'', at);
    const std::size_t close = open == description.npos ? description.npos : description.find('\'', open + 1);
    if (close == description.npos) {
      // An odd quotation mark: nothing after it can be told from file content.
      result += description.substr(at, open == description.npos ? description.npos : open - at);
      break;
    }
    const bool short_enough = close - open <= 2;
    result += description.substr(at, open - at);
    result += short_enough ? description.substr(open, close - open + 1) : std::string_view("'...'");
    at = close + 1;
  }
  return result;
}

}  // namespace

std::string_view to_text(TomlNode::Kind kind) {
  switch (kind) {
    case TomlNode::Kind::Text: return "a string";
    case TomlNode::Kind::Integer: return "an integer";
    case TomlNode::Kind::Boolean: return "true or false";
    case TomlNode::Kind::Array: return "an array";
    case TomlNode::Kind::Table: return "a table";
    case TomlNode::Kind::Other: return "a float, a date or a time";
  }
  return "something else";
}

std::variant<TomlNode, TomlSyntaxError> parse_toml(std::string_view text) {
  try {
    return convert(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return TomlSyntaxError{position_of(error.source()), without_quotations(error.description())};
  } catch (const std::exception&) {
    return TomlSyntaxError{{}, "the TOML reader gave up"};
  }
}

}  // namespace saproxy::policy
