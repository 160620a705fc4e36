// Strict reader of DER: definite lengths in their shortest form, one-byte tags, no byte left over. It copies nothing
// and calls nothing back; who reads nested structures makes one reader per level, so hostile depth costs nothing. Spec:
// X.690 8.1, 10.1, 11
#pragma once

#include <optional>
#include <string>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::identity {

namespace der {
inline constexpr std::uint8_t kBoolean = 0x01, kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04, kNull = 0x05,
                              kOid = 0x06, kUtf8String = 0x0C, kRelativeOid = 0x0D, kPrintableString = 0x13,
                              kIa5String = 0x16, kUtcTime = 0x17, kGeneralizedTime = 0x18, kSequence = 0x30,
                              kSet = 0x31;
constexpr std::uint8_t context(unsigned number) { return static_cast<std::uint8_t>(0x80 | number); }
constexpr std::uint8_t context_constructed(unsigned number) { return static_cast<std::uint8_t>(0xA0 | number); }
}  // namespace der

// Views into the bytes that the reader was given.
struct DerElement {
  std::uint8_t tag = 0;
  ByteView value;
  ByteView whole;  // with tag and length
};

class DerReader {
 public:
  explicit DerReader(ByteView bytes) : rest_(bytes) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool next_is(std::uint8_t tag) const { return !rest_.empty() && rest_.front() == tag; }
  [[nodiscard]] Result<DerElement> next();
  [[nodiscard]] Result<DerElement> expect(std::uint8_t tag);
  // Fails when anything is left. `what` names the structure in the error.
  [[nodiscard]] Result<void> finish(const char* what) const;

 private:
  ByteView rest_;
};

// The one element that makes up all of `bytes`.
[[nodiscard]] Result<DerElement> read_only_element(ByteView bytes, std::uint8_t tag);

[[nodiscard]] Result<bool> read_boolean(ByteView value);             // X.690 11.1: 0x00 or 0xFF
[[nodiscard]] Result<unsigned> read_small_unsigned(ByteView value);  // INTEGER from 0 to 65535
[[nodiscard]] Result<ByteView> read_integer(ByteView value);         // checks the shortest form; the bytes as they are
[[nodiscard]] Result<std::string> read_oid(ByteView value);          // dotted decimal, at most 256 characters
[[nodiscard]] Result<std::string> read_relative_oid(ByteView value);
[[nodiscard]] Result<ByteView> read_octet_bit_string(ByteView value);  // BIT STRING without unused bits
// BIT STRING with named bits, bit 0 as 0x0001, at most 16 bits, trailing zero bits cut. Spec: X.690 11.2.2
[[nodiscard]] Result<std::uint16_t> read_named_bits(ByteView value);
// UTCTime or GeneralizedTime in the forms of RFC 5280 4.1.2.5, to Unix seconds.
[[nodiscard]] Result<std::int64_t> read_time(const DerElement& element);

}  // namespace saproxy::identity
