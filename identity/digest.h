// SHA-256 and HMAC-SHA-256 over wolfCrypt, and nothing else: the only place of identity/ that calls a cryptographic
// library.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace saproxy::identity {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::span<const std::uint8_t> data);
[[nodiscard]] Digest hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data);

}  // namespace saproxy::identity
