// The head of a CBOR item: its major type and argument. For those who look at CBOR as it goes by; whole contents are
// read by libcbor. Spec: RFC 8949 3
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace saproxy::policy {

enum class CborMajor : std::uint8_t { Unsigned, Negative, Bytes, Text, Array, Map, Tag, Simple };

struct CborHead {
  CborMajor major = CborMajor::Unsigned;
  bool indefinite = false;  // or, for Simple, a break
  std::uint64_t argument = 0;
};

// Of the first byte. The argument stands in `size` bytes behind it, unless that is 0. Nothing: RFC 8949 knows no such
// head.
struct CborFirst {
  CborHead head;
  std::size_t size = 0;
};
[[nodiscard]] std::optional<CborFirst> read_cbor_first(std::uint8_t byte);

enum class CborStep : std::uint8_t { Done, More, Wrong };
// At `at`, which goes behind it when it is Done.
[[nodiscard]] CborStep read_cbor_head(std::string_view bytes, std::size_t& at, CborHead& into);

}  // namespace saproxy::policy
