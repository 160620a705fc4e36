// Secret: key bytes that wipe themselves, compare in constant time and cannot be printed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace saproxy::identity {

// Owns key material. Moved-from and destroyed secrets are wiped. There is no operator<< and no conversion to text.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::span<const std::uint8_t> bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] std::span<const std::uint8_t> reveal() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  // Constant time for equal lengths; lengths themselves are not secret.
  [[nodiscard]] bool equals(const Secret& other) const;

 private:
  std::vector<std::uint8_t> bytes_;
};

// Overwrites memory in a way the compiler may not remove.
void wipe(std::span<std::uint8_t> bytes) noexcept;

}  // namespace saproxy::identity
