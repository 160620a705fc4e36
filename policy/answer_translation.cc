#include "policy/answer_translation.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

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

std::unique_ptr<AnswerSyntax> make_syntax(Serialisation serialisation, const AnswerTranslation& translation) {
  switch (serialisation) {
    case Serialisation::Json: return make_json_answer(translation);
    case Serialisation::Xml: return make_xml_answer(translation);
    case Serialisation::Cbor: return make_cbor_answer(translation);
  }
  return make_json_answer(translation);
}

}  // namespace

struct AnswerTranslator::State {
  State(Serialisation serialisation, const AnswerTranslation& translation)
      : authority(translation.addresses.authority()), syntax(make_syntax(serialisation, translation)) {}

  // Bytes of `bytes` that are done with: sent on, or replaced. The rest needs what follows.
  std::size_t process(std::string_view bytes, bool last, const TranslatedBytes& out);

  std::string_view authority;
  std::unique_ptr<AnswerSyntax> syntax;
  std::string held;              // came, and is not decided
  std::array<char, 2> before{};  // of what came and is decided

 private:
  struct Place {
    std::size_t at = std::string_view::npos;
    AddressMatch match = {};
  };
  [[nodiscard]] Verdict judge(const AnswerWindow& window, std::size_t list, const Place& address, bool last) const;
  [[nodiscard]] Place next_address(std::string_view bytes, std::size_t from) const;
  [[nodiscard]] std::size_t undecided(std::string_view bytes, std::size_t from) const;
  [[nodiscard]] std::size_t longest_address() const {
    return std::string_view("http:").size() + 3 * kLongestSlash + authority.size() + kTokenSize;
  }
  void remember(std::string_view done) {
    for (const char c : done.substr(done.size() - std::min<std::size_t>(done.size(), 2))) before = {before[1], c};
  }
};

// The next one that begins at `from` or behind: the authority is what no serialisation spells in another way.
AnswerTranslator::State::Place AnswerTranslator::State::next_address(std::string_view bytes, std::size_t from) const {
  const std::size_t longest_prefix = std::string_view("http:").size() + 2 * kLongestSlash;
  for (std::size_t at = position_of(bytes, authority, from); at != bytes.npos; at = position_of(bytes, authority, at + 1)) {
    const std::size_t earliest = std::max(from, at - std::min(at, longest_prefix));
    for (std::size_t begin = at; begin-- > earliest;) {
      if (bytes[begin] != 'h') continue;
      const AddressMatch match = match_address(bytes, begin, authority, syntax->slash());
      if (match.kind != AddressMatch::Kind::No) return {begin, match};
    }
  }
  return {};
}

// Where something begins at the end of `bytes` that may become a list, an address, or the head of one.
std::size_t AnswerTranslator::State::undecided(std::string_view bytes, std::size_t from) const {
  const std::string_view anchor = syntax->list_anchor();
  std::size_t first = bytes.size();
  for (std::size_t size = std::min(anchor.size() - 1, bytes.size() - from); size > 0; --size) {
    if (!anchor.starts_with(bytes.substr(bytes.size() - size))) continue;
    first = bytes.size() - size;
    break;
  }
  const std::size_t earliest = std::max(from, bytes.size() - std::min(bytes.size(), longest_address()));
  for (std::size_t at = earliest; at < first; ++at) {
    if (bytes[at] != 'h') continue;
    if (match_address(bytes, at, authority, syntax->slash()).kind == AddressMatch::Kind::More) first = at;
  }
  return std::max(from, first - std::min(first, syntax->head_size()));
}

// At a place: what the serialisation says, or what it says when nothing more can be waited for.
Verdict AnswerTranslator::State::judge(const AnswerWindow& window, std::size_t list, const Place& address,
                                       bool last) const {
  if (list < address.at) return syntax->list(window, list);
  if (address.match.kind == AddressMatch::Kind::More) return Verdict::more();
  return syntax->address(window, address.at, address.match, last);
}

std::size_t AnswerTranslator::State::process(std::string_view bytes, bool last, const TranslatedBytes& out) {
  AnswerWindow window{bytes, before};
  std::size_t from = 0;  // looked at up to here
  std::size_t list = position_of(bytes, syntax->list_anchor(), 0);
  Place address = next_address(bytes, 0);
  const auto send = [&](std::size_t until) {
    const std::string_view slice = bytes.substr(window.sent, until - window.sent);
    if (!slice.empty()) out(slice);
    remember(slice);
    window.sent = until;
  };
  while (std::min(list, address.at) != bytes.npos) {
    const std::size_t at = std::min(list, address.at);
    Verdict verdict = judge(window, list, address, last);
    if (verdict.kind == Verdict::Kind::More) {
      const std::size_t begin = std::max(window.sent, at - std::min(at, syntax->head_size()));
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
    if (list < from) list = position_of(bytes, syntax->list_anchor(), from);
    if (address.at < from) address = next_address(bytes, from);
  }
  send(last ? bytes.size() : undecided(bytes, std::max(window.sent, from)));
  return window.sent;
}

AnswerTranslator::AnswerTranslator(Serialisation serialisation, const AnswerTranslation& translation)
    : state_(std::make_unique<State>(serialisation, translation)) {}
AnswerTranslator::~AnswerTranslator() = default;

void AnswerTranslator::feed(std::string_view bytes, const TranslatedBytes& out) {
  std::string& held = state_->held;
  // Only as much as is needed goes beside what is held; the rest goes on from where it is.
  while (!held.empty() && !bytes.empty()) {
    const std::size_t before = held.size();
    const std::size_t step = std::min(bytes.size(), std::max(kLeastStep, before));
    held.append(bytes.substr(0, step));
    const std::size_t done = state_->process(held, false, out);
    if (done >= before) {
      held.clear();
      bytes.remove_prefix(done - before);
      break;
    }
    held.erase(0, done);
    bytes.remove_prefix(step);
  }
  if (!held.empty() || bytes.empty()) return;
  const std::size_t done = state_->process(bytes, false, out);
  held.assign(bytes.substr(done));
}

void AnswerTranslator::finish(const TranslatedBytes& out) {
  const std::string rest = std::exchange(state_->held, {});
  state_->process(rest, true, out);
}

bool may_need_translation(const AnswerTranslation& translation, std::string_view body) {
  if (position_of(body, translation.addresses.authority(), 0) != body.npos) return true;
  return !translation.cse_points.empty() && position_of(body, "poa", 0) != body.npos;
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
