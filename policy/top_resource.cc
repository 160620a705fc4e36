#include "policy/top_resource.h"

#include <algorithm>
#include <optional>

#include "identity/domain_name.h"

namespace saproxy::policy {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

TopResource named(std::string_view name) {
  const std::string_view local = name.substr(name.rfind(':') + 1);  // npos + 1 is 0
  return identity::equals_ignoring_case(local, "sub") ? TopResource::Subscription : TopResource::Other;
}

// False: nothing is left.
bool skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return !text.empty();
}

TopResource in_json(std::string_view text) {
  if (!skip_blanks(text)) return TopResource::Undecided;
  if (text.front() != '{') return TopResource::Subscription;
  text.remove_prefix(1);
  if (!skip_blanks(text)) return TopResource::Undecided;
  if (text.front() != '"') return TopResource::Subscription;
  text.remove_prefix(1);
  const std::size_t end = text.find('"');
  const std::string_view name = text.substr(0, end);
  if (name.find('\\') != name.npos) return TopResource::Subscription;  // one name has many spellings
  return end == text.npos ? TopResource::Undecided : named(name);
}

// Behind `end`, if it is there.
bool skip_past(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  if (at == text.npos) return false;
  text.remove_prefix(at + end.size());
  return true;
}

TopResource in_xml(std::string_view text) {
  constexpr std::string_view kComment = "<!--";
  while (skip_blanks(text)) {
    if (text.front() != '<') return TopResource::Subscription;
    if (text.starts_with("<?")) {
      if (!skip_past(text, "?>")) return TopResource::Undecided;
    } else if (text.starts_with(kComment)) {
      text.remove_prefix(kComment.size());
      if (!skip_past(text, "-->")) return TopResource::Undecided;
    } else if (text.starts_with("<!")) {
      return kComment.starts_with(text) ? TopResource::Undecided : TopResource::Subscription;
    } else {
      const std::size_t end = text.find_first_of(" \t\r\n/>", 1);
      return end == text.npos ? TopResource::Undecided : named(text.substr(1, end - 1));
    }
  }
  return TopResource::Undecided;
}

constexpr unsigned kText = 3;  // major types, RFC 8949 3.1
constexpr unsigned kMap = 5;
constexpr unsigned kTag = 6;

// The argument of the head of an item of that major type, in up to one more byte; what a map or name of an honest
// writer needs. Nothing: another type, or longer.
std::optional<std::size_t> take_head(std::string_view& text, unsigned major) {
  const unsigned first = static_cast<unsigned char>(text.front());
  const unsigned low = first & 0x1f;
  if (first >> 5 != major || low > 24) return std::nullopt;
  if (low < 24) {
    text.remove_prefix(1);
    return low;
  }
  if (text.size() < 2) return 0;  // the caller finds nothing behind it
  const auto argument = static_cast<unsigned char>(text[1]);
  text.remove_prefix(2);
  return argument;
}

TopResource in_cbor(std::string_view text) {
  if (text.empty()) return TopResource::Undecided;
  // Mobius reads text of hexadecimal digits as well; that is the CSE's business.
  const unsigned first = static_cast<unsigned char>(text.front());
  if (first >> 5 == kTag) return TopResource::Subscription;  // of something that nobody has looked at
  if (first >> 5 != kMap) return TopResource::Other;
  if (text.front() == '\xb8' && text.size() < 2) return TopResource::Undecided;
  // What has more than one member, or does not say how many, may have one behind the first.
  if (take_head(text, kMap) != 1) return TopResource::Subscription;
  if (text.empty() || (text.front() == '\x78' && text.size() < 2)) return TopResource::Undecided;
  const auto size = take_head(text, kText);
  if (!size) return TopResource::Subscription;
  return text.size() < *size ? TopResource::Undecided : named(text.substr(0, *size));
}

}  // namespace

bool JsonRoot::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (several_) break;
    if (in_text_) {
      in_text_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
      continue;
    }
    if (over_) {
      several_ = kBlanks.find(c) == kBlanks.npos;
      continue;
    }
    switch (c) {
      case '"': in_text_ = true; break;
      case '{':
      case '[': ++depth_; break;
      case '}':
      case ']':
        if (depth_ > 0) --depth_;
        over_ = depth_ == 0;
        break;
      case ',': several_ = depth_ <= 1; break;
      default: break;
    }
  }
  return !several_;
}

TopResource top_resource_of(Serialisation serialisation, std::string_view beginning) {
  beginning = beginning.substr(0, kLongestBeginning);
  TopResource top = TopResource::Subscription;
  switch (serialisation) {
    case Serialisation::Json: top = in_json(beginning); break;
    case Serialisation::Xml: top = in_xml(beginning); break;
    case Serialisation::Cbor: top = in_cbor(beginning); break;
  }
  const bool enough = beginning.size() >= kLongestBeginning;
  return top == TopResource::Undecided && enough ? TopResource::Subscription : top;
}

}  // namespace saproxy::policy
