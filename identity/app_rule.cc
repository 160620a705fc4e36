#include "identity/app_rule.h"

#include <algorithm>
#include <optional>

#include "identity/bytes.h"
#include "identity/digest.h"
#include "identity/domain_name.h"
#include "identity/glob.h"
#include "identity/pattern_index.h"

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxPattern = 256;
constexpr std::size_t kShortList = 8;  // patterns that are compared one by one
constexpr std::size_t kCopied = 64;    // patterns of joined lists that are copied

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

// Of a long list.
struct PatternList::Index {
  explicit Index(const std::vector<Pattern>& patterns);
  explicit Index(std::vector<PatternList> lists);

  PatternIndex patterns;
  std::vector<PatternList> parts;  // what was joined, instead
  std::size_t size = 0;            // with those of the parts
  Digest digest{};                 // of all of it: lists are compared for every association after a reload
  bool can_assign_c = false;
  bool can_assign_s = false;
  bool has_wildcards = false;
};

PatternList::Index::Index(const std::vector<Pattern>& given) : size(given.size()) {
  std::string text;
  for (const Pattern& pattern : given) {
    patterns.add(pattern);
    text.append(pattern.text()).push_back(' ');  // no pattern contains one
    can_assign_c = can_assign_c || pattern.can_match_stem_starting('C');
    can_assign_s = can_assign_s || pattern.can_match_stem_starting('S');
    has_wildcards = has_wildcards || !pattern.is_concrete();
  }
  patterns.finish();
  digest = sha256(as_bytes(text));
}

PatternList::Index::Index(std::vector<PatternList> lists) : parts(std::move(lists)) {
  Bytes digests;
  for (const PatternList& part : parts) {
    const std::optional<Index> of_short = part.list_->index ? std::nullopt : std::optional<Index>(part.list_->patterns);
    const Index& index = of_short ? *of_short : *part.list_->index;
    size += index.size;
    digests.insert(digests.end(), index.digest.begin(), index.digest.end());
    can_assign_c = can_assign_c || index.can_assign_c;
    can_assign_s = can_assign_s || index.can_assign_s;
    has_wildcards = has_wildcards || index.has_wildcards;
  }
  digest = sha256(digests);
}

PatternList::PatternList(std::vector<Pattern> patterns) {
  if (patterns.empty()) return;
  auto list = std::make_shared<List>(List{std::move(patterns), nullptr});
  if (list->patterns.size() > kShortList) list->index = std::make_unique<const Index>(list->patterns);
  list_ = std::move(list);
}

PatternList PatternList::joined(std::vector<PatternList> lists) {
  std::size_t size = 0;
  std::vector<PatternList> different;
  for (PatternList& list : lists) {
    const auto same = [&list](const PatternList& other) { return other.list_ == list.list_; };
    if (list.empty() || std::ranges::any_of(different, same)) continue;
    size += list.size();
    different.push_back(std::move(list));
  }
  if (different.empty()) return {};
  if (different.size() == 1) return std::move(different.front());
  PatternList all;
  if (size > kCopied) {
    all.list_ = std::make_shared<const List>(List{{}, std::make_unique<const Index>(std::move(different))});
    return all;
  }
  std::vector<Pattern> patterns;
  for (const PatternList& list : different)
    list.any_pattern([&patterns](const Pattern& pattern) {
      if (std::ranges::find(patterns, pattern) == patterns.end()) patterns.push_back(pattern);
      return false;
    });
  return PatternList(std::move(patterns));
}

const std::vector<PatternList>* PatternList::parts() const {
  return list_ && list_->index && !list_->index->parts.empty() ? &list_->index->parts : nullptr;
}

std::size_t PatternList::size() const {
  if (!list_) return 0;
  return list_->index ? list_->index->size : list_->patterns.size();
}

std::vector<Pattern> PatternList::patterns() const {
  std::vector<Pattern> all;
  any_pattern([&all](const Pattern& pattern) {
    all.push_back(pattern);
    return false;
  });
  return all;
}

bool PatternList::operator==(const PatternList& other) const {
  if (list_ == other.list_) return true;
  if (!list_ || !other.list_) return false;
  const Index* const a = list_->index.get();
  const Index* const b = other.list_->index.get();
  if (a != nullptr && b != nullptr) return a->size == b->size && a->digest == b->digest;
  return a == nullptr && b == nullptr && list_->patterns == other.list_->patterns;
}

bool PatternList::covers(std::string_view text) const {
  if (!list_) return false;
  if (const auto* lists = parts())
    return std::ranges::any_of(*lists, [text](const PatternList& list) { return list.covers(text); });
  if (list_->index) return list_->index->patterns.any(text, [](PatternIndex::Number) { return true; });
  return std::ranges::any_of(list_->patterns, [text](const Pattern& pattern) { return pattern.matches(text); });
}

bool PatternList::lists(std::string_view text) const {
  if (!list_) return false;
  if (const auto* lists = parts())
    return std::ranges::any_of(*lists, [text](const PatternList& list) { return list.lists(text); });
  if (list_->index) return list_->index->patterns.named(text).has_value();
  return std::ranges::any_of(list_->patterns, [text](const Pattern& p) { return p.is_concrete() && p.text() == text; });
}

bool PatternList::has_wildcards() const {
  if (list_ && list_->index) return list_->index->has_wildcards;
  return any_pattern([](const Pattern& pattern) { return !pattern.is_concrete(); });
}

bool PatternList::can_assign(char letter) const {
  if (list_ && list_->index && (letter == 'C' || letter == 'S'))
    return letter == 'C' ? list_->index->can_assign_c : list_->index->can_assign_s;
  return any_pattern([letter](const Pattern& pattern) { return pattern.can_match_stem_starting(letter); });
}

const std::string* PatternList::single_concrete() const {
  if (!list_ || list_->patterns.size() != 1 || !list_->patterns.front().is_concrete()) return nullptr;
  return &list_->patterns.front().text();
}

}  // namespace saproxy::identity
