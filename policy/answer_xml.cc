// XML in answers. Spec: TS-0004 8.3 (lists are separated by blanks)
#include <array>
#include <utility>

#include "identity/number.h"
#include "policy/answer_syntax.h"
#include "policy/utf8.h"

namespace saproxy::policy {

namespace {

constexpr std::string_view kAnchor = "poa>";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kEnds = " \t\r\n<\"'>";
constexpr std::array kEntities = {std::pair{std::string_view("amp"), '&'}, std::pair{std::string_view("lt"), '<'},
                                  std::pair{std::string_view("gt"), '>'}, std::pair{std::string_view("quot"), '"'},
                                  std::pair{std::string_view("apos"), '\''}};

std::optional<std::size_t> slash_size(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  if (bytes.front() == '/') return 1;
  for (const std::string_view reference : {"&#47;", "&#x2f;", "&#x2F;"}) {
    if (bytes.starts_with(reference)) return reference.size();
    if (reference.starts_with(bytes)) return std::nullopt;
  }
  return 0;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto* entity = kEntities.begin();
    while (entity != kEntities.end() && entity->second != c) ++entity;
    if (entity == kEntities.end())
      out += c;
    else
      out += "&" + std::string(entity->first) + ";";
  }
  return out;
}

// What stands between '&' and ';'; a reference that is none stays as it is.
std::string referenced(std::string_view name) {
  for (const auto& [entity, c] : kEntities) {
    if (name == entity) return std::string(1, c);
  }
  const bool hexadecimal = name.starts_with("#x");
  const std::string_view digits = name.substr(name.empty() ? 0 : hexadecimal ? 2 : 1);
  const auto code_point = identity::parse_number(digits, name.size(), 0x10FFFF, hexadecimal ? 16 : 10);
  if (!name.starts_with('#') || !code_point) return "&" + std::string(name) + ";";
  std::string out;
  append_utf8(out, *code_point);
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text[at] == '&' ? text.find(';', at) : text.npos;
    if (end == text.npos) {
      out += text[at++];
      continue;
    }
    out += referenced(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return out;
}

class XmlAnswer final : public AnswerSyntax {
 public:
  [[nodiscard]] std::string_view list_anchor() const override { return kAnchor; }
  [[nodiscard]] SlashSize slash() const override { return slash_size; }

  [[nodiscard]] Verdict list(const AnswerTranslation& translation, const AnswerWindow& window,
                             std::size_t at) const override {
    const char before = window.previous(at, 1);
    if (before != '<' && before != ':') return Verdict::pass();
    const std::size_t begin = at + kAnchor.size();
    const std::size_t end = window.bytes.find('<', begin);
    if (end == window.bytes.npos) return Verdict::more();
    const std::string_view text = window.bytes.substr(begin, end - begin);
    ListEntries entries(translation);
    bool changed = false;
    std::string joined;
    const auto add = [&joined](std::string_view entry) { (joined += joined.empty() ? "" : " ") += entry; };
    for (std::size_t word = text.find_first_not_of(kBlanks); word != text.npos;) {
      const std::size_t word_end = std::min(text.find_first_of(kBlanks, word), text.size());
      const std::string_view entry = text.substr(word, word_end - word);
      const auto fresh = entries.replacement(unescaped(entry));
      const std::string kept = fresh ? std::string() : with_first_of_each(translation, entry, slash_size);
      changed = changed || kept != entry;
      if (!fresh) add(kept);
      for (const std::string& one : fresh.value_or(std::vector<std::string>{})) add(escaped(one));
      word = text.find_first_not_of(kBlanks, word_end);
    }
    return changed ? Verdict{Verdict::Kind::Replace, begin, end, std::move(joined)} : Verdict::pass();
  }

  [[nodiscard]] Verdict address(const AnswerTranslation& translation, const AnswerWindow& window, std::size_t at,
                                const AddressMatch& match, bool last) const override {
    const std::string_view bytes = window.bytes;
    const char before = window.previous(at, 1);
    if (before == '>' || (before != '\0' && kBlanks.find(before) != kBlanks.npos)) {
      const auto slash_there = slash_size(bytes.substr(match.end));
      if (!slash_there && !last) return Verdict::more();
      const std::size_t after = match.end + slash_there.value_or(0);
      if (after == bytes.size() && !last) return Verdict::more();
      const char next = after < bytes.size() ? bytes[after] : '\0';
      const std::size_t end = next == '?' ? bytes.find_first_of(kEnds, after) : after;
      if (end == bytes.npos && !last) return Verdict::more();
      if (end != bytes.npos && end < bytes.size() && (kBlanks.find(bytes[end]) != kBlanks.npos || bytes[end] == '<'))
        return {Verdict::Kind::Replace, at, end, escaped(all_of(translation, match.token))};
    }
    return {Verdict::Kind::Replace, at, match.end, first_of(translation, match.token)};
  }
};

}  // namespace

const AnswerSyntax& xml_answer() {
  static const XmlAnswer kAnswer;
  return kAnswer;
}

}  // namespace saproxy::policy
