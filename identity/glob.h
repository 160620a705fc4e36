// Glob: a pattern in which '*' stands for any run of characters, against a text. No recursion, and no worse than the
// product of both lengths.
// Spec: TS-0001 9.6.29
#pragma once

#include <cstddef>
#include <string_view>

namespace saproxy::identity {

// `same` says which characters are equal. An empty text never matches.
template <class Same>
[[nodiscard]] constexpr bool glob_matches(std::string_view pattern, std::string_view text, Same same) {
  if (text.empty()) return false;
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0, t = 0;
  std::size_t star = kNone, resume = 0;  // the last '*' seen, and where the text stood then
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && same(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace saproxy::identity
