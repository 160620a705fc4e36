#include "identity/app_rule.h"

#include <algorithm>
#include <unordered_set>

#include "identity/domain_name.h"
#include "identity/glob.h"

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxPattern = 256;
constexpr std::size_t kShortList = 8;  // patterns that are compared one by one

}  // namespace

Result<Pattern> Pattern::parse(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::BadSyntax, "pattern is empty");
  if (text.size() > kMaxPattern) return fail(ErrorCode::OutOfRange, "pattern is longer than 256 bytes");
  if (!is_all_visible(text))
    return fail(ErrorCode::BadSyntax, "pattern contains a blank, a control character or a non-ASCII byte");
  return Pattern(std::string(text), text.find('*') == text.npos);
}

// Greedy with one restart point: a later '*' makes every earlier choice final, so only the last one is ever widened.
bool Pattern::matches(std::string_view text) const {
  return glob_matches(text_, text, [](char a, char b) { return a == b; });
}

// Spec: TS-0001 9.6.29, 10.2.2.2 ("S" and "C" ask for a stem that the rule must be able to cover)
bool Pattern::can_match_stem_starting(char letter) const {
  const bool spellable = std::all_of(text_.begin(), text_.end(), [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '*';
  });
  if (!spellable) return false;
  if (text_.front() == '*') return true;
  // A bare letter is a wish and no stem, so the pattern "C" covers nothing.
  return text_.front() == letter && text_.size() >= 2;
}

struct StemList::List {
  explicit List(std::vector<Pattern> given) : patterns(std::move(given)) {
    if (patterns.size() <= kShortList) return;
    index = std::make_unique<Index>();
    for (const Pattern& pattern : patterns) {
      if (pattern.is_concrete()) {
        index->concrete.insert(pattern.text());
      } else {
        index->wild.push_back(&pattern);
      }
    }
  }
  [[nodiscard]] bool lists(std::string_view stem) const {
    if (index) return index->concrete.contains(stem);
    return std::ranges::any_of(patterns, [stem](const Pattern& p) { return p.is_concrete() && p.text() == stem; });
  }
  [[nodiscard]] bool matches_wildcard(std::string_view stem) const {
    if (index) return std::ranges::any_of(index->wild, [stem](const Pattern* p) { return p->matches(stem); });
    return std::ranges::any_of(patterns, [stem](const Pattern& p) { return !p.is_concrete() && p.matches(stem); });
  }

  struct Index {
    std::unordered_set<std::string_view> concrete;
    std::vector<const Pattern*> wild;
  };
  std::vector<Pattern> patterns;  // as given
  std::unique_ptr<Index> index;   // none for a short list: most credentials have one stem, and there may be a million
};

StemList::StemList(std::vector<Pattern> patterns)
    : list_(patterns.empty() ? nullptr : std::make_shared<const List>(std::move(patterns))) {}

const std::vector<Pattern>& StemList::patterns() const {
  static const std::vector<Pattern> kNone;
  return list_ ? list_->patterns : kNone;
}

bool StemList::lists(std::string_view stem) const { return list_ && list_->lists(stem); }
bool StemList::matches_wildcard(std::string_view stem) const { return list_ && list_->matches_wildcard(stem); }

bool StemList::has_wildcards() const {
  return std::ranges::any_of(patterns(), [](const Pattern& pattern) { return !pattern.is_concrete(); });
}

bool StemList::can_assign(char letter) const {
  return std::any_of(patterns().begin(), patterns().end(),
                     [letter](const Pattern& p) { return p.can_match_stem_starting(letter); });
}

const std::string* StemList::single_concrete() const {
  if (patterns().size() != 1 || !patterns().front().is_concrete()) return nullptr;
  return &patterns().front().text();
}

}  // namespace saproxy::identity
