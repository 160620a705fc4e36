#include "identity/secret.h"

#include <cstring>

namespace saproxy::identity {

void wipe(std::span<std::uint8_t> bytes) noexcept {
  if (!bytes.empty()) std::memset(bytes.data(), 0, bytes.size());
  // The memory may be read here, for all that the compiler knows: it keeps the stores, even when link-time optimisation
  // sees that the memory is freed next.
  __asm__ __volatile__("" : : "r"(bytes.data()) : "memory");
}

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  // Copy first: growing bytes_ in place would free the old key unwiped.
  std::vector<std::uint8_t> copy(other.bytes_);
  wipe(bytes_);
  bytes_.swap(copy);
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe(bytes_);
  bytes_ = std::move(other.bytes_);
  other.bytes_.clear();
  return *this;
}

Secret::~Secret() { wipe(bytes_); }

bool Secret::equals(const Secret& other) const {
  if (size() != other.size()) return false;
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < bytes_.size(); ++i)
    difference = static_cast<std::uint8_t>(difference | (bytes_[i] ^ other.bytes_[i]));
  volatile std::uint8_t result = difference;
  return result == 0;
}

}  // namespace saproxy::identity
