#include "policy/top_resource.h"

#include <algorithm>
#include <optional>

#include "identity/domain_name.h"
#include "policy/cbor_head.h"

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

TopResource in_cbor(std::string_view text) {
  constexpr std::size_t kLongestHead = 2;  // that an honest writer needs for one member, or for its name
  std::size_t at = 0;
  CborHead map, name;
  if (text.empty()) return TopResource::Undecided;
  const auto first = read_cbor_first(static_cast<std::uint8_t>(text.front()));
  if (!first || first->head.major == CborMajor::Tag) return TopResource::Subscription;  // nobody has looked at what
  // Mobius reads text of hexadecimal digits as well; that is the CSE's business.
  if (first->head.major != CborMajor::Map) return TopResource::Other;
  if (first->size + 1 > kLongestHead) return TopResource::Subscription;
  if (read_cbor_head(text, at, map) != CborStep::Done) return TopResource::Undecided;
  // What has more than one member, or does not say how many, may have one behind the first.
  if (map.indefinite || map.argument != 1) return TopResource::Subscription;
  const std::size_t begin = at;
  const CborStep step = read_cbor_head(text, at, name);
  if (step == CborStep::Wrong) return TopResource::Subscription;
  if (step == CborStep::More) return TopResource::Undecided;
  if (name.major != CborMajor::Text || name.indefinite || at - begin > kLongestHead) return TopResource::Subscription;
  return text.size() - at < name.argument ? TopResource::Undecided
                                          : named(text.substr(at, static_cast<std::size_t>(name.argument)));
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
