#include "policy/config_units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

namespace saproxy::policy {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array kDurationUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000}, Unit{"h", 3'600'000},
                                       Unit{"d", 86'400'000}};
constexpr std::array kSizeUnits = {Unit{"B", 1}, Unit{"KiB", 1u << 10}, Unit{"MiB", 1u << 20}, Unit{"GiB", 1u << 30}};
constexpr std::size_t kLongestWord = 64;

std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (number > kMost / unit->factor) return std::nullopt;
  return number * unit->factor;
}

std::string quantity_text(std::uint64_t quantity, std::span<const Unit> units) {
  for (std::size_t i = units.size(); i-- > 1;) {
    if (quantity != 0 && quantity % units[i].factor == 0)
      return std::to_string(quantity / units[i].factor) + std::string(units[i].name);
  }
  return std::to_string(quantity) + std::string(units[0].name);
}

// Insertions, deletions, replacements and swaps of neighbours; three rows of the usual table.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto quantity = parse_quantity(text, kDurationUnits);
  if (!quantity) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*quantity));
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_quantity(text, kSizeUnits); }

std::string duration_text(std::chrono::milliseconds duration) {
  return quantity_text(static_cast<std::uint64_t>(duration.count()), kDurationUnits);
}

std::string size_text(std::uint64_t bytes) { return quantity_text(bytes, kSizeUnits); }

std::optional<std::string_view> nearest_word(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > kLongestWord) return std::nullopt;
  const std::size_t most = word.size() <= 4 ? 1 : word.size() <= 8 ? 2 : 3;
  std::size_t best = most + 1;
  std::optional<std::string_view> nearest;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace saproxy::policy
