// CborItems: where items begin in a CBOR text that goes by in pieces. Nothing is kept of it but a few numbers: what is
// in an array, a map or a tag are items that follow it, and strings are passed over.
// Spec: RFC 8949 3
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/cbor_head.h"

namespace saproxy::policy {

class CborItems {
 public:
  void feed(std::string_view bytes);
  // The next byte begins an item, or is a break. Never again behind a head that RFC 8949 does not know.
  [[nodiscard]] bool at_item() const { return !lost_ && argument_left_ == 0 && payload_left_ == 0; }

 private:
  void begin(std::uint8_t first);
  void end_of_head();

  CborHead head_;                   // of the present item
  std::size_t argument_left_ = 0;   // bytes of it
  std::uint64_t payload_left_ = 0;  // bytes of a string
  bool lost_ = false;
};

}  // namespace saproxy::policy
