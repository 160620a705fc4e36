#include "policy/cbor_items.h"

#include <algorithm>

namespace saproxy::policy {
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
    head_.argument = head_.argument << 8 | byte;
    if (--argument_left_ == 0) end_of_head();
  }
}

void CborItems::begin(std::uint8_t first) {
  const auto read = read_cbor_first(first);
  lost_ = !read;
  if (lost_) return;
  head_ = read->head;
  argument_left_ = read->size;
  if (argument_left_ == 0) end_of_head();
}

void CborItems::end_of_head() {
  const bool is_string = head_.major == CborMajor::Bytes || head_.major == CborMajor::Text;
  if (is_string && !head_.indefinite) payload_left_ = head_.argument;
}

}  // namespace saproxy::policy
