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

// The list of AE-ID-Stems an association may use. Copies share it. Concrete stems cost one look-up, however many.
class StemList {
 public:
  StemList() = default;
  explicit StemList(std::vector<Pattern> patterns);
  [[nodiscard]] bool contains(const AeStem& stem) const { return covers(stem.text()); }
  // The same without the copy that an AeStem is.
  [[nodiscard]] bool covers(std::string_view stem) const { return lists(stem) || matches_wildcard(stem); }
  // By name, not by a wildcard.
  [[nodiscard]] bool lists(std::string_view stem) const;
  [[nodiscard]] bool can_assign(char letter) const;  // From "C" or "S"
  // The only stem of the list, when the list is exactly one concrete stem.
  [[nodiscard]] const std::string* single_concrete() const;
  [[nodiscard]] const std::vector<Pattern>& patterns() const;
  [[nodiscard]] bool empty() const { return list_ == nullptr; }
  [[nodiscard]] bool has_wildcards() const;
  bool operator==(const StemList& other) const { return list_ == other.list_ || patterns() == other.patterns(); }

 private:
  [[nodiscard]] bool matches_wildcard(std::string_view stem) const;

  struct List;
  std::shared_ptr<const List> list_;  // none when empty
};

}  // namespace saproxy::identity
