// One document as a tree, written as JSON, XML or CBOR by hand, so that a case is told once for all three.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saproxy::policy {

struct Tree {
  enum class Kind { Object, Array, Text, Number, True, False, Null };
  Kind kind = Kind::Null;
  std::string text = {};  // Text; Number, in decimal digits
  std::vector<std::pair<std::string, Tree>> members = {};
  std::vector<Tree> items = {};
};

inline Tree text(std::string value) { return {Tree::Kind::Text, std::move(value)}; }
inline Tree number(std::uint32_t value) { return {Tree::Kind::Number, std::to_string(value)}; }
inline Tree boolean(bool value) { return {value ? Tree::Kind::True : Tree::Kind::False}; }
inline Tree null() { return {}; }
inline Tree list(std::vector<Tree> items) { return {Tree::Kind::Array, {}, {}, std::move(items)}; }
inline Tree object(std::vector<std::pair<std::string, Tree>> members) {
  return {Tree::Kind::Object, {}, std::move(members)};
}
inline Tree ae(std::vector<std::pair<std::string, Tree>> members) {
  return object({{"m2m:ae", object(std::move(members))}});
}

inline std::string json_text(std::string_view value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out += std::string("\\u00") + kDigits[c >> 4] + kDigits[c & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

inline std::string to_json(const Tree& tree) {
  std::string out;
  switch (tree.kind) {
    case Tree::Kind::Text: return json_text(tree.text);
    case Tree::Kind::Number: return tree.text;
    case Tree::Kind::True: return "true";
    case Tree::Kind::False: return "false";
    case Tree::Kind::Null: return "null";
    case Tree::Kind::Array:
      for (const Tree& item : tree.items) out += (out.empty() ? "" : ",") + to_json(item);
      return "[" + out + "]";
    case Tree::Kind::Object:
      for (const auto& [name, value] : tree.members) {
        out += (out.empty() ? "" : ", ") + json_text(name) + ": " + to_json(value);
      }
      return "{" + out + "}";
  }
  return out;
}

// RFC 8949 3: major type and argument, in the shortest form.
inline std::string cbor_head(int major, std::uint64_t argument) {
  const int size = argument < 24 ? 0 : argument <= 0xFF ? 1 : argument <= 0xFFFF ? 2 : argument <= 0xFFFFFFFF ? 4 : 8;
  const int low = size == 0 ? static_cast<int>(argument) : size == 1 ? 24 : size == 2 ? 25 : size == 4 ? 26 : 27;
  std::string out(1, static_cast<char>(major << 5 | low));
  for (int i = size - 1; i >= 0; --i) out += static_cast<char>(argument >> (8 * i));
  return out;
}

inline std::string cbor_text(std::string_view value) { return cbor_head(3, value.size()) + std::string(value); }

enum class Lengths { Definite, Indefinite };

inline std::string to_cbor(const Tree& tree, Lengths lengths = Lengths::Definite) {
  const bool definite = lengths == Lengths::Definite;
  std::string out;
  switch (tree.kind) {
    case Tree::Kind::Text: return cbor_text(tree.text);
    case Tree::Kind::Number: return cbor_head(0, std::stoul(tree.text));
    case Tree::Kind::True: return "\xF5";
    case Tree::Kind::False: return "\xF4";
    case Tree::Kind::Null: return "\xF6";
    case Tree::Kind::Array:
      for (const Tree& item : tree.items) out += to_cbor(item, lengths);
      return definite ? cbor_head(4, tree.items.size()) + out : "\x9F" + out + "\xFF";
    case Tree::Kind::Object:
      for (const auto& [name, value] : tree.members) out += cbor_text(name) + to_cbor(value, lengths);
      return definite ? cbor_head(5, tree.members.size()) + out : "\xBF" + out + "\xFF";
  }
  return out;
}

inline std::string xml_text(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '<' || c == '>' || c == '&' || c == '"' || static_cast<unsigned char>(c) < 0x20) {
      out += "&#" + std::to_string(static_cast<int>(c)) + ";";
    } else {
      out += c;
    }
  }
  return out;
}

// The element `name`; rn becomes an attribute, a list of texts becomes one text.
inline std::string to_xml(const std::string& name, const Tree& tree, const std::string& declarations = {}) {
  std::string attributes = declarations;
  std::string inside;
  if (tree.kind == Tree::Kind::Object) {
    for (const auto& [member, value] : tree.members) {
      if (member == "rn" && value.kind == Tree::Kind::Text) {
        attributes += " rn=\"" + xml_text(value.text) + "\"";
      } else {
        inside += to_xml(member, value);
      }
    }
  } else if (tree.kind == Tree::Kind::Array) {
    for (const Tree& item : tree.items) {
      inside += item.kind == Tree::Kind::Text ? xml_text(item.text) + " " : to_xml("item", item);
    }
  } else if (tree.kind != Tree::Kind::Null) {
    inside = tree.kind == Tree::Kind::Text ? xml_text(tree.text) : to_json(tree);
  }
  return "<" + name + attributes + ">" + inside + "</" + name + ">";
}

// A document whose top has one member.
inline std::string to_xml(const Tree& document) {
  const auto& [name, value] = document.members.front();
  return to_xml(name, value, " xmlns:m2m=\"http://www.onem2m.org/xml/protocols\"");
}

}  // namespace saproxy::policy
