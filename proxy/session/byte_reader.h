// ByteReader: takes big-endian numbers and length-prefixed blocks from a span, and never reads past it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace saproxy::proxy {

// A read that does not fit gives nothing, and so does every later one.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  [[nodiscard]] std::optional<std::uint32_t> number(std::size_t width) {
    const auto bytes = take(width);
    if (!bytes) return std::nullopt;
    std::uint32_t value = 0;
    for (const std::uint8_t byte : *bytes) value = value << 8 | byte;
    return value;
  }
  // A view into the span that was given.
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> take(std::size_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return std::nullopt;
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  // A block behind a length of `width` bytes.
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> block(std::size_t width) {
    const auto size = number(width);
    if (!size) return std::nullopt;
    return take(*size);
  }
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

}  // namespace saproxy::proxy
