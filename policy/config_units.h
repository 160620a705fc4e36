// Values with units as they stand in TOML, and the nearest known word for a misspelt one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace saproxy::policy {

// "250ms", "10s", "5m", "2h", "1d". Nothing for other text and for what does not fit.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// "100B", "64KiB", "1MiB", "2GiB".
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// The largest unit that needs no fraction: "90s", "2m", "64KiB", "1000B".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);
[[nodiscard]] std::string size_text(std::uint64_t bytes);

// The word that is at most a few edits away (Damerau-Levenshtein), or nothing.
[[nodiscard]] std::optional<std::string_view> nearest_word(std::string_view word,
                                                           std::span<const std::string_view> known);

}  // namespace saproxy::policy
