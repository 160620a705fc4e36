#include "policy/answer_translation.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "identity/bytes.h"
#include "identity/domain_name.h"
#include "identity/hex.h"
#include "policy/answer_syntax.h"

namespace saproxy::policy {

namespace {

constexpr std::size_t kLeastStep = 256;

// std::string_view::find compares byte by byte; this is what may see all of a body.
std::size_t position_of(std::string_view bytes, std::string_view wanted, std::size_t from) {
  if (from >= bytes.size()) return bytes.npos;
  const void* found = ::memmem(bytes.data() + from, bytes.size() - from, wanted.data(), wanted.size());
  return found == nullptr ? bytes.npos : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

const AnswerSyntax& syntax_of(Serialisation serialisation) {
  switch (serialisation) {
    case Serialisation::Json: return json_answer();
    case Serialisation::Xml: return xml_answer();
    case Serialisation::Cbor: return cbor_answer();
  }
  return json_answer();
}

int hexadecimal(char c) {
  if (identity::is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The first byte of a map (0xA0 to 0xBF) as a digit; as a byte it is a text or byte string of one or two.
bool begins_hexadecimal(char c) { return c == 'a' || c == 'b' || c == 'A' || c == 'B'; }

}  // namespace

struct AnswerTranslator::Place {
  std::size_t at = std::string_view::npos;
  AddressMatch match = {};
};

// The next one that begins at `from` or behind: the authority is what no serialisation spells in another way.
AnswerTranslator::Place AnswerTranslator::next_address(std::string_view bytes, std::size_t from) const {
  const std::string_view authority = translation_.addresses.authority();
  const std::size_t longest_prefix = std::string_view("http:").size() + 2 * kLongestSlash;
  for (std::size_t at = position_of(bytes, authority, from); at != bytes.npos;
       at = position_of(bytes, authority, at + 1)) {
    const std::size_t earliest = std::max(from, at - std::min(at, longest_prefix));
    for (std::size_t begin = at; begin-- > earliest;) {
      if (bytes[begin] != 'h') continue;
      const AddressMatch match = match_address(bytes, begin, authority, syntax_.slash());
      if (match.kind != AddressMatch::Kind::No) return {begin, match};
    }
  }
  return {};
}

// Where something begins at the end of `bytes` that may become a list, an address, or the head of one.
std::size_t AnswerTranslator::undecided(std::string_view bytes, std::size_t from) const {
  const std::string_view anchor = syntax_.list_anchor();
  const std::string_view authority = translation_.addresses.authority();
  const std::size_t longest = std::string_view("http:").size() + 3 * kLongestSlash + authority.size() + kTokenSize;
  std::size_t first = bytes.size();
  for (std::size_t size = std::min(anchor.size() - 1, bytes.size() - from); size > 0; --size) {
    if (!anchor.starts_with(bytes.substr(bytes.size() - size))) continue;
    first = bytes.size() - size;
    break;
  }
  const std::size_t earliest = std::max(from, bytes.size() - std::min(bytes.size(), longest));
  for (std::size_t at = earliest; at < first; ++at) {
    if (bytes[at] != 'h') continue;
    if (match_address(bytes, at, authority, syntax_.slash()).kind == AddressMatch::Kind::More) first = at;
  }
  return std::max(from, first - std::min(first, syntax_.head_size()));
}

// At a place: what the serialisation says, or what it says when nothing more can be waited for.
Verdict AnswerTranslator::judge(const AnswerWindow& window, std::size_t list, const Place& address, bool last) const {
  if (list < address.at) return syntax_.list(translation_, window, list);
  if (address.match.kind == AddressMatch::Kind::More) return Verdict::more();
  return syntax_.address(translation_, window, address.at, address.match, last);
}

class AnswerTranslator::ItemsAhead {
 public:
  ItemsAhead(const AnswerTranslator& translator, std::string_view bytes)
      : items_(translator.items_), bytes_(bytes), wanted_(translator.syntax_.has_items()) {}
  // `at` never goes back.
  [[nodiscard]] bool at_item(std::size_t at) {
    if (!wanted_) return false;
    items_.feed(bytes_.substr(walked_, at - walked_));
    walked_ = at;
    return items_.at_item();
  }

 private:
  CborItems items_;
  std::string_view bytes_;
  std::size_t walked_ = 0;
  bool wanted_;
};

std::size_t AnswerTranslator::process(std::string_view bytes, bool last, const TranslatedBytes& out) {
  AnswerWindow window{bytes, before_};
  std::size_t from = 0;  // looked at up to here
  std::size_t list = position_of(bytes, syntax_.list_anchor(), 0);
  Place address = next_address(bytes, 0);
  ItemsAhead items(*this, bytes);
  const auto send = [&](std::size_t until) {
    const std::string_view slice = bytes.substr(window.sent, until - window.sent);
    if (!slice.empty()) out(slice);
    remember(slice);
    window.sent = until;
  };
  while (std::min(list, address.at) != bytes.npos) {
    const std::size_t at = std::min(list, address.at);
    window.at_item = items.at_item(at);
    Verdict verdict = judge(window, list, address, last);
    if (verdict.kind == Verdict::Kind::More) {
      const std::size_t begin = std::max(window.sent, at - std::min(at, syntax_.head_size()));
      if (!last && bytes.size() - begin < kMostHeldBack) {
        send(begin);
        return begin;
      }
      verdict = judge(window, list, address, true);
    }
    if (verdict.kind == Verdict::Kind::Replace) {
      send(verdict.begin);
      if (!verdict.text.empty()) out(verdict.text);
      remember(bytes.substr(window.sent, verdict.end - window.sent));
      window.sent = verdict.end;
    }
    from = std::max(at + 1, window.sent);
    if (list < from) list = position_of(bytes, syntax_.list_anchor(), from);
    if (address.at < from) address = next_address(bytes, from);
  }
  send(last ? bytes.size() : undecided(bytes, std::max(window.sent, from)));
  return window.sent;
}

void AnswerTranslator::remember(std::string_view done) {
  for (const char c : done.substr(done.size() - std::min<std::size_t>(done.size(), 2))) before_ = {before_[1], c};
  if (syntax_.has_items()) items_.feed(done);
}

AnswerTranslator::AnswerTranslator(Serialisation serialisation, const AnswerTranslation& translation)
    : translation_(translation),
      syntax_(syntax_of(serialisation)),
      digits_(serialisation == Serialisation::Cbor ? Digits::Unknown : Digits::None) {}

void AnswerTranslator::feed(std::string_view bytes, const TranslatedBytes& out) {
  if (bytes.empty()) return;
  if (digits_ == Digits::Unknown && !look_for_digits(bytes)) {
    held_ = bytes;
    return;
  }
  if (digits_ == Digits::Hexadecimal)
    feed_hexadecimal(bytes, out);
  else
    feed_bytes(bytes, out);
}

// By the first two bytes of the body; false: there are not as many yet.
bool AnswerTranslator::look_for_digits(std::string_view bytes) {
  if (held_.size() + bytes.size() < 2) return false;
  const char first = held_.empty() ? bytes[0] : held_[0];
  const char second = held_.empty() ? bytes[1] : bytes[0];
  digits_ = begins_hexadecimal(first) && hexadecimal(second) >= 0 ? Digits::Hexadecimal : Digits::None;
  if (digits_ == Digits::Hexadecimal && !held_.empty()) {
    high_digit_ = first;
    held_.clear();
  }
  return true;
}

void AnswerTranslator::finish(const TranslatedBytes& out) {
  if (digits_ != Digits::Hexadecimal) return finish_bytes(out);
  finish_bytes([&out](std::string_view bytes) { out(identity::hex_encode(identity::as_bytes(bytes))); });
  if (high_digit_ != '\0') out({&high_digit_, 1});
  high_digit_ = '\0';
}

// As far as there are digits; what follows is bytes.
void AnswerTranslator::feed_hexadecimal(std::string_view text, const TranslatedBytes& out) {
  std::string bytes;
  std::size_t at = 0;
  for (; at < text.size() && hexadecimal(text[at]) >= 0; ++at) {
    const char digit = text[at];
    if (high_digit_ == '\0')
      high_digit_ = digit;
    else
      bytes += static_cast<char>(hexadecimal(std::exchange(high_digit_, '\0')) << 4 | hexadecimal(digit));
  }
  const auto encoded = [&out](std::string_view slice) { out(identity::hex_encode(identity::as_bytes(slice))); };
  feed_bytes(bytes, encoded);
  if (at == text.size()) return;
  finish(out);
  digits_ = Digits::None;
  feed_bytes(text.substr(at), out);
}

void AnswerTranslator::feed_bytes(std::string_view bytes, const TranslatedBytes& out) {
  // Only as much as is needed goes beside what is held; the rest goes on from where it is.
  while (!held_.empty() && !bytes.empty()) {
    const std::size_t before = held_.size();
    const std::size_t step = std::min(bytes.size(), std::max(kLeastStep, before));
    held_.append(bytes.substr(0, step));
    const std::size_t done = process(held_, false, out);
    if (done >= before) {
      held_.clear();
      bytes.remove_prefix(done - before);
      break;
    }
    held_.erase(0, done);
    bytes.remove_prefix(step);
  }
  if (!held_.empty() || bytes.empty()) return;
  const std::size_t done = process(bytes, false, out);
  held_.assign(bytes.substr(done));
}

void AnswerTranslator::finish_bytes(const TranslatedBytes& out) {
  const std::string rest = std::exchange(held_, {});
  process(rest, true, out);
}

bool may_need_translation(const AnswerTranslation& translation, std::string_view body) {
  const std::string_view authority = translation.addresses.authority();
  if (position_of(body, authority, 0) != body.npos) return true;
  if (!body.empty() && begins_hexadecimal(body.front())) return true;
  const bool knows_points = !translation.cse_points.empty() || !translation.registrar_here.empty();
  return knows_points && position_of(body, "poa", 0) != body.npos;
}

std::optional<std::string> translated(Serialisation serialisation, const AnswerTranslation& translation,
                                      std::string_view body) {
  if (!may_need_translation(translation, body)) return std::nullopt;
  std::string text;
  const TranslatedBytes out = [&text](std::string_view bytes) { text += bytes; };
  AnswerTranslator translator(serialisation, translation);
  translator.feed(body, out);
  translator.finish(out);
  return text == body ? std::nullopt : std::optional(std::move(text));
}

}  // namespace saproxy::policy
