// The wildcard lists of <serviceSubscribedAppRule>: which AE-ID-Stems, App-IDs or Credential-IDs a rule covers.
// Spec: TS-0001 9.6.29
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "identity/entity_id.h"
#include "identity/result.h"

namespace saproxy::identity {

// One element: '*' stands for any run of characters anywhere ("C123*X"); "C*" and "S*" are the two usual ones.
// An empty text never matches, not even "*". Matching is linear in pattern plus text (no backtracking blow-up).
class Pattern {
 public:
  [[nodiscard]] static Result<Pattern> parse(std::string_view text);  // 1 to 256 printable bytes
  [[nodiscard]] bool matches(std::string_view text) const;
  [[nodiscard]] bool is_concrete() const { return concrete_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  // Could some stem that begins with `letter` ('C' or 'S') match? Needed for From "C", "S" and absent.
  [[nodiscard]] bool can_match_stem_starting(char letter) const;
  bool operator==(const Pattern&) const = default;

 private:
  Pattern(std::string text, bool concrete) : text_(std::move(text)), concrete_(concrete) {}
  std::string text_;
  bool concrete_;
};

// A list of patterns: the AE-ID-Stems an association may use, the App-IDs that a rule allows. Copies share it. However
// many there are, with or without wildcards, a look-up does not go through them.
class PatternList {
 public:
  PatternList() = default;
  explicit PatternList(std::vector<Pattern> patterns);
  // What any of the lists covers. Long ones are shared, not copied.
  [[nodiscard]] static PatternList joined(std::vector<PatternList> lists);

  [[nodiscard]] bool covers(std::string_view text) const;
  [[nodiscard]] bool contains(const AeStem& stem) const { return covers(stem.text()); }
  // By name, not by a wildcard.
  [[nodiscard]] bool lists(std::string_view text) const;
  [[nodiscard]] bool can_assign(char letter) const;  // From "C" or "S"
  // The only element, when it is exactly one without '*'.
  [[nodiscard]] const std::string* single_concrete() const;
  [[nodiscard]] bool empty() const { return list_ == nullptr; }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool has_wildcards() const;
  bool operator==(const PatternList& other) const;

  // Calls `visit` with each pattern, in order, until it returns true. True: it did.
  template <class Visit>
  bool any_pattern(Visit&& visit) const;
  // All of them, copied: for short lists and for people.
  [[nodiscard]] std::vector<Pattern> patterns() const;

 private:
  struct Index;
  // There may be a million lists of one: a short one is its patterns and nothing else.
  struct List {
    std::vector<Pattern> patterns;       // as given; none when it was joined from others
    std::unique_ptr<const Index> index;  // of more than a few
  };
  [[nodiscard]] const std::vector<PatternList>* parts() const;  // null: it was not joined from others

  std::shared_ptr<const List> list_;  // none when empty
};

template <class Visit>
bool PatternList::any_pattern(Visit&& visit) const {
  if (!list_) return false;
  for (const Pattern& pattern : list_->patterns)
    if (visit(pattern)) return true;
  if (const std::vector<PatternList>* lists = parts())
    for (const PatternList& list : *lists)
      if (list.any_pattern(visit)) return true;
  return false;
}

using StemList = PatternList;

}  // namespace saproxy::identity
