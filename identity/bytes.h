// Bytes and views of bytes, as every reader of wire or file content takes and gives them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace saproxy::identity {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace saproxy::identity
