#include "identity/pattern_index.h"

#include <algorithm>

namespace saproxy::identity {
namespace {

constexpr std::size_t kFew = 8;  // patterns that are compared one by one

// Calls `visit` for each text between two '*'.
template <class Visit>
void for_each_run(std::string_view pattern, Visit&& visit) {
  std::size_t star = pattern.find('*');
  while (true) {
    const std::size_t next = pattern.find('*', star + 1);
    if (next == pattern.npos) return;
    if (next > star + 1) visit(pattern.substr(star + 1, next - star - 1));
    star = next;
  }
}

}  // namespace

PatternIndex::Number PatternIndex::add(const Pattern& pattern) {
  const std::string_view text = pattern.text();
  if (pattern.is_concrete()) return number_in(concrete_, text).first;
  Bucket& bucket = by_ends_[Ends{text.substr(0, text.find('*')), text.substr(text.rfind('*') + 1)}];
  bool whole = true;
  for_each_run(text, [&whole](std::string_view) { whole = false; });
  if (whole) {
    if (!bucket.whole) bucket.whole = size_++;
    return *bucket.whole;
  }
  const auto [number, fresh] = number_in(wild_texts_, text);
  if (!fresh) return number;
  if (!bucket.inner) bucket.inner = std::make_unique<Inner>();
  bucket.inner->all.push_back({&pattern, number});
  return number;
}

std::pair<PatternIndex::Number, bool> PatternIndex::number_in(ByText& texts, std::string_view text) {
  const auto [entry, fresh] = texts.try_emplace(text, size_);
  if (fresh) ++size_;
  return {entry->second, fresh};
}

// Each pattern by that of its runs which the fewest others have, the longest of these.
void PatternIndex::index_runs(Inner& inner) {
  std::unordered_map<std::string_view, std::size_t> having;
  for (const Wild& wild : inner.all)
    for_each_run(wild.pattern->text(), [&having](std::string_view run) { ++having[run]; });
  const auto rarer = [&having](std::string_view a, std::string_view b) {
    const std::size_t of_a = having[a], of_b = having[b];
    return of_a != of_b ? of_a < of_b : a.size() > b.size();
  };
  for (const Wild& wild : inner.all) {
    std::string_view best;
    for_each_run(wild.pattern->text(), [&](std::string_view run) {
      if (best.empty() || rarer(run, best)) best = run;
    });
    inner.by_run.emplace(best, wild);
    if (std::ranges::find(inner.lengths, best.size()) == inner.lengths.end()) inner.lengths.push_back(best.size());
  }
  inner.all = {};
}

void PatternIndex::finish() {
  wild_texts_ = {};
  for (auto& [ends, bucket] : by_ends_) {
    shapes_.emplace_back(ends.prefix.size(), ends.suffix.size());
    if (bucket.inner && bucket.inner->all.size() > kFew) index_runs(*bucket.inner);
  }
  std::ranges::sort(shapes_);
  const auto rest = std::ranges::unique(shapes_);
  shapes_.erase(rest.begin(), rest.end());
  shapes_.shrink_to_fit();
}

std::optional<PatternIndex::Number> PatternIndex::named(std::string_view text) const {
  const auto found = concrete_.find(text);
  return found == concrete_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace saproxy::identity
