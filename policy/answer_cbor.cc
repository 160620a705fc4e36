// CBOR in answers. Spec: TS-0004 8.5; RFC 8949 3
#include "policy/answer_syntax.h"
#include "policy/cbor_head.h"

namespace saproxy::policy {

namespace {

constexpr std::string_view kAnchor = "\x63poa";  // the text "poa" with its head
constexpr char kEndless = '\x9F';                // an array that does not say how many
constexpr char kBreak = '\xFF';
constexpr std::size_t kLongestHead = 9;

std::optional<std::size_t> slash_size(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  return bytes.front() == '/' ? 1 : 0;
}

std::string head(CborMajor major, std::uint64_t argument) {
  const unsigned size = argument < 24 ? 0 : argument <= 0xFF ? 1 : argument <= 0xFFFF ? 2 : argument >> 32 == 0 ? 4 : 8;
  const unsigned low = size == 0   ? static_cast<unsigned>(argument)
                       : size == 1 ? 24
                       : size == 2 ? 25
                       : size == 4 ? 26
                                   : 27;
  std::string out(1, static_cast<char>(static_cast<unsigned>(major) << 5 | low));
  for (unsigned i = size; i > 0; --i) out += static_cast<char>(argument >> (8 * (i - 1)) & 0xFF);
  return out;
}

std::string text_item(std::string_view text) { return head(CborMajor::Text, text.size()) + std::string(text); }

CborStep read_text(std::string_view bytes, std::size_t& at, std::string_view& into) {
  CborHead text;
  if (const CborStep step = read_cbor_head(bytes, at, text); step != CborStep::Done) return step;
  if (text.major != CborMajor::Text || text.indefinite || text.argument > kMostHeldBack) return CborStep::Wrong;
  if (bytes.size() - at < text.argument) return CborStep::More;
  into = bytes.substr(at, static_cast<std::size_t>(text.argument));
  at += into.size();
  return CborStep::Done;
}

// The value of "poa": a text alone, or an array of texts.
struct Points {
  bool is_list = false;
  bool indefinite = false;
  std::vector<std::string_view> entries;
};

CborStep read_entries(std::string_view bytes, std::size_t& at, std::uint64_t count, Points& into) {
  for (std::uint64_t i = 0; into.indefinite || i < count; ++i) {
    if (into.indefinite && at == bytes.size()) return CborStep::More;
    if (into.indefinite && bytes[at] == kBreak) {
      ++at;
      return CborStep::Done;
    }
    std::string_view entry;
    if (const CborStep step = read_text(bytes, at, entry); step != CborStep::Done) return step;
    into.entries.push_back(entry);
  }
  return CborStep::Done;
}

CborStep read_points(std::string_view bytes, std::size_t& at, Points& into) {
  const std::size_t begin = at;
  CborHead first;
  if (const CborStep step = read_cbor_head(bytes, at, first); step != CborStep::Done) return step;
  if (first.major == CborMajor::Array) {
    into.is_list = true;
    into.indefinite = first.indefinite;
    return read_entries(bytes, at, first.argument, into);
  }
  at = begin;
  std::string_view entry;
  const CborStep step = read_text(bytes, at, entry);
  if (step == CborStep::Done) into.entries.push_back(entry);
  return step;
}

std::string written(const Points& points, const std::vector<std::string>& entries) {
  std::string items;
  std::string joined;
  for (const std::string& entry : entries) {
    items += text_item(entry);
    joined += (joined.empty() ? "" : " ") + entry;
  }
  if (!points.is_list) return text_item(joined);
  if (points.indefinite) return kEndless + items + kBreak;
  return head(CborMajor::Array, entries.size()) + items;
}

class CborAnswer final : public AnswerSyntax {
 public:
  [[nodiscard]] std::string_view list_anchor() const override { return kAnchor; }
  [[nodiscard]] SlashSize slash() const override { return slash_size; }
  [[nodiscard]] std::size_t head_size() const override { return kLongestHead; }
  [[nodiscard]] bool has_items() const override { return true; }

  [[nodiscard]] Verdict list(const AnswerTranslation& translation, const AnswerWindow& window,
                             std::size_t at) const override {
    // Within a string it is somebody's text, and its length has gone on.
    if (!window.at_item) return Verdict::pass();
    const std::size_t begin = at + kAnchor.size();
    std::size_t end = begin;
    Points points;
    switch (read_points(window.bytes, end, points)) {
      case CborStep::More: return Verdict::more();
      case CborStep::Wrong: return Verdict::pass();
      case CborStep::Done: break;
    }
    ListEntries list(translation);
    bool changed = false;
    std::vector<std::string> entries;
    for (const std::string_view entry : points.entries) {
      const auto fresh = list.replacement(entry);
      const auto kept = fresh ? *fresh : std::vector{with_first_of_each(translation, entry, slash_size)};
      changed = changed || fresh || kept.front() != entry;
      entries.insert(entries.end(), kept.begin(), kept.end());
    }
    return changed ? Verdict{Verdict::Kind::Replace, begin, end, written(points, entries)} : Verdict::pass();
  }

  [[nodiscard]] Verdict address(const AnswerTranslation& translation, const AnswerWindow& window, std::size_t at,
                                const AddressMatch& match, bool last) const override {
    const std::size_t least = match.end - at;
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{4}, std::size_t{8}}) {
      if (at < window.sent + 1 + size) break;
      std::size_t begin = at - 1 - size;
      const std::size_t head_begin = begin;
      CborHead text;
      if (read_cbor_head(window.bytes, begin, text) != CborStep::Done || begin != at || text.major != CborMajor::Text ||
          text.indefinite)
        continue;
      if (text.argument < least || text.argument > kMostHeldBack) continue;
      if (window.bytes.size() - at < text.argument) {
        if (last) continue;
        return Verdict::more();
      }
      return replaced(translation, window.bytes, head_begin, at, static_cast<std::size_t>(text.argument), match);
    }
    // Within a text whose length has gone on.
    return {Verdict::Kind::Replace, at, match.end, std::string(least, ' ')};
  }

 private:
  [[nodiscard]] static Verdict replaced(const AnswerTranslation& translation, std::string_view bytes,
                                        std::size_t head_begin, std::size_t at, std::size_t size,
                                        const AddressMatch& match) {
    std::string_view after = bytes.substr(match.end, at + size - match.end);
    const std::string_view without_slash = after.substr(after.starts_with('/') ? 1 : 0);
    const bool whole = without_slash.empty() || without_slash.front() == '?';
    const std::string text =
        whole ? all_of(translation, match.token)
              : first_of(translation, match.token) + with_first_of_each(translation, after, slash_size);
    return {Verdict::Kind::Replace, head_begin, at + size, text_item(text)};
  }
};

}  // namespace

const AnswerSyntax& cbor_answer() {
  static const CborAnswer kAnswer;
  return kAnswer;
}

}  // namespace saproxy::policy
