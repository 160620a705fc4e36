// Random bytes from the kernel, for keys, tokens and whatever else must not be guessed.
#pragma once

#include <cstdint>
#include <span>

namespace saproxy::proxy {

// False: getrandom(2) fails, and the bytes must not be used.
[[nodiscard]] bool fill_random(std::span<std::uint8_t> bytes);

}  // namespace saproxy::proxy
