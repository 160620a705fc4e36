// JSON in answers. Spec: TS-0004 8.4; RFC 8259
#include <algorithm>

#include "policy/answer_syntax.h"
#include "policy/json_text.h"

namespace saproxy::policy {

namespace {

constexpr std::string_view kAnchor = "\"poa\"";
constexpr std::string_view kBlanks = " \t\r\n";

bool equals_escape(std::string_view bytes, std::string_view escape) {
  return std::ranges::equal(bytes, escape, [](char a, char b) { return a == b || (a == 'F' && b == 'f'); });
}

std::optional<std::size_t> slash_size(std::string_view bytes) {
  constexpr std::string_view kEscape = "\\u002f";
  if (bytes.empty()) return std::nullopt;
  if (bytes.front() == '/') return 1;
  if (bytes.starts_with("\\/")) return 2;
  const std::string_view here = bytes.substr(0, kEscape.size());
  if (!equals_escape(here, kEscape.substr(0, here.size()))) return 0;
  return here.size() == kEscape.size() ? std::optional<std::size_t>(here.size()) : std::nullopt;
}

// Where the string whose content begins at `at` ends: at its quote, or npos.
std::size_t end_of_string(std::string_view bytes, std::size_t at) {
  for (; at < bytes.size(); ++at) {
    if (bytes[at] == '"') return at;
    if (bytes[at] == '\\') ++at;
  }
  return bytes.npos;
}

// Walks over one value of "poa".
class ListReader {
 public:
  ListReader(std::string_view bytes, std::size_t at) : bytes_(bytes), at_(at) {}

  enum class Step : std::uint8_t { Done, More, Wrong };
  Step read() {
    if (const Step step = next(':'); step != Step::Done) return step;
    skip_blanks();
    if (at_ == bytes_.size()) return Step::More;
    is_list = bytes_[at_] == '[';
    if (!is_list) return string();
    ++at_;
    begin = at_;
    skip_blanks();
    if (at_ < bytes_.size() && bytes_[at_] == ']') return finish();
    while (true) {
      if (const Step step = string(); step != Step::Done) return step;
      skip_blanks();
      if (at_ == bytes_.size()) return Step::More;
      if (bytes_[at_] == ']') return finish();
      if (const Step step = next(','); step != Step::Done) return step;
    }
  }

  bool is_list = false;
  std::size_t begin = 0;                   // behind '[', or at the quote of a string alone
  std::size_t end = 0;                     // at ']', or behind the quote
  std::vector<std::string_view> contents;  // of the strings, as written, without quotes

 private:
  void skip_blanks() { at_ = std::min(bytes_.find_first_not_of(kBlanks, at_), bytes_.size()); }
  Step next(char wanted) {
    skip_blanks();
    if (at_ == bytes_.size()) return Step::More;
    return bytes_[at_++] == wanted ? Step::Done : Step::Wrong;
  }
  Step string() {
    skip_blanks();
    if (!is_list) begin = at_;
    if (const Step step = next('"'); step != Step::Done) return step;
    const std::size_t quote = end_of_string(bytes_, at_);
    if (quote == bytes_.npos) return Step::More;
    contents.push_back(bytes_.substr(at_, quote - at_));
    at_ = quote + 1;
    end = at_;
    return Step::Done;
  }
  Step finish() {
    end = at_;
    return Step::Done;
  }

  std::string_view bytes_;
  std::size_t at_;
};

class JsonAnswer final : public AnswerSyntax {
 public:
  [[nodiscard]] std::string_view list_anchor() const override { return kAnchor; }
  [[nodiscard]] SlashSize slash() const override { return slash_size; }

  [[nodiscard]] Verdict list(const AnswerTranslation& translation, const AnswerWindow& window,
                             std::size_t at) const override {
    ListReader reader(window.bytes, at + kAnchor.size());
    switch (reader.read()) {
      case ListReader::Step::More: return Verdict::more();
      case ListReader::Step::Wrong: return Verdict::pass();
      case ListReader::Step::Done: break;
    }
    ListEntries entries(translation);
    bool changed = false;
    std::string text;
    std::string joined;  // for a string alone
    for (const std::string_view content : reader.contents) {
      const auto fresh = entries.replacement(json_unescaped(content));
      if (!fresh) {
        const std::string kept = with_first_of_each(translation, content, slash_size);
        changed = changed || kept != content;
        text += (text.empty() ? "\"" : ",\"") + kept + "\"";
        joined += (joined.empty() ? "" : " ") + kept;
        continue;
      }
      changed = true;
      for (const std::string& one : *fresh) {
        text += (text.empty() ? "\"" : ",\"") + json_escaped(one) + "\"";
        joined += (joined.empty() ? "" : " ") + json_escaped(one);
      }
    }
    if (!changed) return Verdict::pass();
    return {Verdict::Kind::Replace, reader.begin, reader.end, reader.is_list ? text : "\"" + joined + "\""};
  }

  [[nodiscard]] Verdict address(const AnswerTranslation& translation, const AnswerWindow& window, std::size_t at,
                                const AddressMatch& match, bool last) const override {
    const std::string_view bytes = window.bytes;
    const bool begins_text = window.previous(at, 1) == '"' && window.previous(at, 2) != '\\';
    if (begins_text) {
      const auto slash_there = slash_size(bytes.substr(match.end));
      if (!slash_there && !last) return Verdict::more();
      const std::size_t after = match.end + slash_there.value_or(0);
      if (after == bytes.size() && !last) return Verdict::more();
      const char next = after < bytes.size() ? bytes[after] : '\0';
      const std::size_t end = next == '?' ? end_of_string(bytes, after) : after;
      if (end == bytes.npos && !last) return Verdict::more();
      if ((next == '"' || next == '?') && end != bytes.npos)
        return {Verdict::Kind::Replace, at, end, json_escaped(all_of(translation, match.token))};
    }
    return {Verdict::Kind::Replace, at, match.end, first_of(translation, match.token)};
  }
};

}  // namespace

const AnswerSyntax& json_answer() {
  static const JsonAnswer kAnswer;
  return kAnswer;
}

}  // namespace saproxy::policy
