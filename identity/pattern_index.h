// PatternIndex: which of many patterns match a text, without asking each of them. A look-up costs a hash probe for each
// different *length* of what stands before the first '*' and behind the last one, however many patterns there are.
//
//   "12-ae1"      by its text
//   "12-1*@x.com" by both ends, "12-1" and "@x.com"; with one '*' nothing else has to be compared
//   "12-*ab*1*"   by both ends; where many share them, also by the rarest text between two '*'
//
// Spec: TS-0001 9.6.29
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/app_rule.h"

namespace saproxy::identity {

class PatternIndex {
 public:
  using Number = std::uint32_t;

  // The number of this pattern, from 0 on; the same text has the same one, and "a**b" that of "a*b". `pattern` stays
  // where it is while the index lives.
  Number add(const Pattern& pattern);
  // After the last add(), before the first look-up.
  void finish();
  [[nodiscard]] std::size_t size() const { return size_; }

  // The pattern without '*' that is this text.
  [[nodiscard]] std::optional<Number> named(std::string_view text) const;
  // Calls `visit` with every pattern with '*' that matches, some perhaps twice, until it returns true.
  template <class Visit>
  bool any_wild(std::string_view text, Visit&& visit) const;
  // Both of them.
  template <class Visit>
  bool any(std::string_view text, Visit&& visit) const {
    const auto concrete = named(text);
    return (concrete && visit(*concrete)) || any_wild(text, visit);
  }

 private:
  struct Wild {
    const Pattern* pattern;
    Number number;
  };
  // What stands before the first '*' and behind the last one.
  struct Ends {
    std::string_view prefix, suffix;
    bool operator==(const Ends&) const = default;
  };
  struct EndsHash {
    std::size_t operator()(const Ends& ends) const {
      const std::hash<std::string_view> hash;
      return hash(ends.prefix) * 31 + hash(ends.suffix);
    }
  };
  // Patterns of the same ends with text between two '*'.
  struct Inner {
    std::vector<Wild> all;
    // Filled when there are many.
    std::unordered_multimap<std::string_view, Wild> by_run;
    std::vector<std::size_t> lengths;  // of the keys
  };
  struct Bucket {
    std::optional<Number> whole;  // one '*': the ends say it all
    std::unique_ptr<Inner> inner;
  };

  using ByText = std::unordered_map<std::string_view, Number>;

  std::pair<Number, bool> number_in(ByText& texts, std::string_view text);  // and whether it is new
  static void index_runs(Inner& inner);
  template <class Visit>
  static bool any_inner(const Inner& inner, std::string_view text, Visit&& visit);

  ByText concrete_;
  std::unordered_map<Ends, Bucket, EndsHash> by_ends_;
  std::vector<std::pair<std::size_t, std::size_t>> shapes_;  // lengths of the ends that there are
  ByText wild_texts_;                                        // with an inner text; until finish()
  Number size_ = 0;
};

template <class Visit>
bool PatternIndex::any_inner(const Inner& inner, std::string_view text, Visit&& visit) {
  const auto matches = [&](const Wild& wild) { return wild.pattern->matches(text) && visit(wild.number); };
  if (inner.lengths.empty()) {
    for (const Wild& wild : inner.all)
      if (matches(wild)) return true;
    return false;
  }
  for (const std::size_t length : inner.lengths) {
    for (std::size_t at = 0; at + length <= text.size(); ++at) {
      const auto [begin, end] = inner.by_run.equal_range(text.substr(at, length));
      for (auto it = begin; it != end; ++it)
        if (matches(it->second)) return true;
    }
  }
  return false;
}

template <class Visit>
bool PatternIndex::any_wild(std::string_view text, Visit&& visit) const {
  if (text.empty()) return false;  // not even "*"
  for (const auto& [prefix, suffix] : shapes_) {
    if (prefix + suffix > text.size()) continue;
    const auto found = by_ends_.find(Ends{text.substr(0, prefix), text.substr(text.size() - suffix)});
    if (found == by_ends_.end()) continue;
    const Bucket& bucket = found->second;
    if (bucket.whole && visit(*bucket.whole)) return true;
    if (bucket.inner && any_inner(*bucket.inner, text, visit)) return true;
  }
  return false;
}

}  // namespace saproxy::identity
