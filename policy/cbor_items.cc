#include "policy/cbor_items.h"

#include <algorithm>

namespace saproxy::policy {
namespace {

constexpr unsigned kByteString = 2;  // major types
constexpr unsigned kText = 3;
constexpr unsigned kLongestArgument = 27;
constexpr unsigned kIndefinite = 31;

}  // namespace

void CborItems::feed(std::string_view bytes) {
  while (!bytes.empty() && !lost_) {
    if (payload_left_ > 0) {
      const std::uint64_t passed = std::min<std::uint64_t>(payload_left_, bytes.size());
      payload_left_ -= passed;
      bytes.remove_prefix(static_cast<std::size_t>(passed));
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (argument_left_ == 0) {
      begin(byte);
      continue;
    }
    argument_ = argument_ << 8 | byte;
    if (--argument_left_ == 0) end_of_head();
  }
}

void CborItems::begin(std::uint8_t first) {
  const unsigned major = first >> 5;
  const unsigned low = first & 31U;
  is_string_ = (major == kByteString || major == kText) && low != kIndefinite;
  lost_ = low > kLongestArgument && low != kIndefinite;
  argument_ = low < 24 ? low : 0;
  argument_left_ = low >= 24 && low <= kLongestArgument ? 1U << (low - 24) : 0;
  if (argument_left_ == 0) end_of_head();
}

void CborItems::end_of_head() {
  if (is_string_) payload_left_ = argument_;
}

}  // namespace saproxy::policy
