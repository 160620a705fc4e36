// Numbers out of text, without sign, blank or rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace saproxy::identity {

// At most `most_digits` digits of `base`, leading zeros included, and at most `most`.
[[nodiscard]] std::optional<std::uint32_t> parse_number(std::string_view text, std::size_t most_digits,
                                                        std::uint32_t most, int base = 10);
// 1 to 65535, without leading zeros.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace saproxy::identity
