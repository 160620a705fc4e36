#include "policy/xml_syntax.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "identity/domain_name.h"
#include "identity/number.h"
#include "policy/utf8.h"

namespace saproxy::policy {
namespace {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool begins_name(char c) { return is_letter(c) || c == '_' || c == ':' || static_cast<std::uint8_t>(c) >= 0x80; }

bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

bool is_xml_byte(char c) { return static_cast<std::uint8_t>(c) >= 0x20 || c == '\t' || c == '\r' || c == '\n'; }

// XML 2.2
bool is_xml_character(std::uint32_t number) {
  if (number < 0x20) return number == '\t' || number == '\r' || number == '\n';
  return number < 0xD800 || (number > 0xDFFF && number != 0xFFFE && number != 0xFFFF && number <= 0x10FFFF);
}

// Those that XML excludes; `text` is UTF-8.
bool has_noncharacter(std::string_view text) {
  for (auto at = text.find("\xEF\xBF"); at != text.npos; at = text.find("\xEF\xBF", at + 3)) {
    if (static_cast<std::uint8_t>(text[at + 2]) >= 0xBE) return true;
  }
  return false;
}

// What stands between '&' and ';'.
bool is_reference(std::string_view name) {
  if (name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos") return true;
  if (!name.starts_with('#')) return false;
  const bool hexadecimal = name.starts_with("#x");
  const std::string_view digits = name.substr(hexadecimal ? 2 : 1);
  const auto number = identity::parse_number(digits, digits.size(), 0x10FFFF, hexadecimal ? 16 : 10);
  return number && is_xml_character(*number);
}

constexpr std::size_t kLongestReference = 10;  // "#x0010FFFF"

bool references_are_known(std::string_view text) {
  for (auto at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
    const auto end = text.substr(at + 1, kLongestReference + 1).find(';');
    if (end == text.npos || !is_reference(text.substr(at + 1, end))) return false;
  }
  return true;
}

class XmlScanner {
 public:
  XmlScanner(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {}

  Result<void> scan() {
    if (!is_utf8(text_)) return fail(ErrorCode::BadSyntax, "XML: the content is not UTF-8");
    const auto control = std::ranges::find_if_not(text_, is_xml_byte);
    if (control != text_.end()) {
      at_ = static_cast<std::size_t>(control - text_.begin());
      return wrong("a control character");
    }
    if (has_noncharacter(text_)) return fail(ErrorCode::BadSyntax, "XML: the content has U+FFFE or U+FFFF");
    if (text_.starts_with("<?xml") && text_.size() > 5 && is_blank(text_[5])) SAPROXY_TRY_VOID(declaration());
    while (at_ < text_.size()) {
      SAPROXY_TRY_VOID(text_[at_] == '<' ? markup() : characters());
    }
    if (depth_ > 0) return wrong("the content ends within an element");
    if (!root_seen_) return wrong("there is no element");
    return {};
  }

 private:
  struct Attribute {
    std::string_view name;
    std::string_view value;
  };

  [[nodiscard]] identity::unexpected<identity::Error> wrong(std::string_view what) const {
    return fail(ErrorCode::BadSyntax, "XML: " + std::string(what) + " at byte " + std::to_string(at_));
  }

  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  [[nodiscard]] bool skip(std::string_view expected) {
    if (!rest().starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }

  // Says whether there were any.
  bool skip_blanks() {
    const std::size_t before = at_;
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ > before;
  }

  [[nodiscard]] bool skip_past(std::string_view end) {
    const auto found = text_.find(end, at_);
    if (found == text_.npos) return false;
    at_ = found + end.size();
    return true;
  }

  // Empty when there is none.
  std::string_view name() {
    const std::size_t begin = at_;
    if (at_ < text_.size() && begins_name(text_[at_])) {
      while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  // Up to the next markup.
  Result<void> characters() {
    const std::string_view run = rest().substr(0, rest().find('<'));
    if (depth_ == 0 && !std::ranges::all_of(run, is_blank)) return wrong("a text outside the root element");
    if (run.find("]]>") != run.npos) return wrong("\"]]>\" in a text");
    if (!references_are_known(run)) return wrong("an entity that is not allowed in the text");
    at_ += run.size();
    return {};
  }

  Result<void> markup() {
    if (rest().starts_with("<!--")) return comment();
    if (rest().starts_with("<![CDATA[")) return character_data();
    if (rest().starts_with("<!")) return wrong("a document type or declaration is not allowed");
    if (rest().starts_with("<?")) return wrong("a processing instruction is not allowed");
    if (rest().starts_with("</")) return end_tag();
    return start_tag();
  }

  Result<void> comment() {
    const auto end = text_.find("--", at_ + 4);
    if (end == text_.npos || !text_.substr(end).starts_with("-->")) return wrong("a malformed comment");
    at_ = end + 3;
    return {};
  }

  Result<void> character_data() {
    if (depth_ == 0) return wrong("a text outside the root element");
    if (!skip_past("]]>")) return wrong("a CDATA section without end");
    return {};
  }

  Result<void> end_tag() {
    if (depth_ == 0) return wrong("an end tag without its start tag");
    at_ += 2;
    if (name().empty()) return wrong("an end tag without name");
    skip_blanks();
    if (!skip(">")) return wrong("a malformed end tag");
    --depth_;
    return {};
  }

  Result<void> start_tag() {
    if (depth_ == 0 && root_seen_) return wrong("a second root element");
    if (depth_ == max_depth_) {
      return fail(ErrorCode::OutOfRange, "it is nested deeper than " + std::to_string(max_depth_) + " levels");
    }
    root_seen_ = true;
    ++at_;
    if (name().empty()) return wrong("a start tag without name");
    SAPROXY_TRY_VOID(attributes());
    const bool empty = skip("/");
    if (!skip(">")) return wrong("a malformed start tag");
    if (!empty) ++depth_;
    return {};
  }

  // Leaves at_ at what ends the tag. Fails for two of the same name; sorted, for there may be many.
  Result<void> attributes() {
    attribute_names_.clear();
    while (skip_blanks() && at_ < text_.size() && begins_name(text_[at_])) {
      SAPROXY_TRY(const Attribute found, attribute());
      attribute_names_.push_back(found.name);
    }
    std::ranges::sort(attribute_names_);
    if (std::ranges::adjacent_find(attribute_names_) != attribute_names_.end()) {
      return wrong("two attributes of the same name before the end of the tag");
    }
    return {};
  }

  Result<Attribute> attribute() {
    Attribute found{name(), {}};
    skip_blanks();
    if (!skip("=")) return wrong("an attribute without value");
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '\'') return wrong("an attribute without quotation marks");
    const auto end = text_.find(quote, at_ + 1);
    if (end == text_.npos) return wrong("an attribute without end");
    found.value = text_.substr(at_ + 1, end - at_ - 1);
    if (found.value.find('<') != text_.npos) return wrong("a \"<\" in an attribute");
    if (!references_are_known(found.value)) return wrong("an entity that is not allowed in the attribute");
    at_ = end + 1;
    return found;
  }

  // XML 2.8: version, then encoding, then standalone; the latter two may be absent.
  Result<void> declaration() {
    at_ += 5;
    std::string_view before;
    while (skip_blanks() && at_ < text_.size() && begins_name(text_[at_])) {
      SAPROXY_TRY(const Attribute found, attribute());
      if (found.name == "version" && before.empty()) {
        if (found.value != "1.0") return wrong("a version other than 1.0");
      } else if (found.name == "encoding" && before == "version") {
        if (!identity::equals_ignoring_case(found.value, "utf-8")) return wrong("an encoding other than UTF-8");
      } else if (found.name != "standalone" || before.empty() || before == "standalone") {
        return wrong("a malformed XML declaration");
      }
      before = found.name;
    }
    if (before.empty() || !skip("?>")) return wrong("a malformed XML declaration");
    return {};
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool root_seen_ = false;
  std::vector<std::string_view> attribute_names_;  // of one element
};

}  // namespace

Result<void> check_xml_syntax(std::string_view text, std::size_t max_depth) {
  return XmlScanner(text, max_depth).scan();
}

}  // namespace saproxy::policy
