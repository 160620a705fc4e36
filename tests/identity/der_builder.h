// Writes DER for tests: every part of a certificate can be bent.
#pragma once

#include <initializer_list>
#include <string_view>

#include "identity/bytes.h"
#include "identity/der.h"

namespace saproxy::identity::test {

inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}
inline Bytes raw(std::string_view text) { return Bytes(text.begin(), text.end()); }

inline Bytes tlv(std::uint8_t tag, const Bytes& value) {
  Bytes out{tag};
  const std::size_t size = value.size();
  if (size < 0x80) {
    out.push_back(static_cast<std::uint8_t>(size));
  } else if (size < 0x100) {
    out.insert(out.end(), {0x81, static_cast<std::uint8_t>(size)});
  } else if (size < 0x10000) {
    out.insert(out.end(), {0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  } else {
    out.insert(out.end(), {0x83, static_cast<std::uint8_t>(size >> 16), static_cast<std::uint8_t>(size >> 8),
                           static_cast<std::uint8_t>(size)});
  }
  return out + value;
}
inline Bytes seq(const Bytes& value) { return tlv(der::kSequence, value); }
inline Bytes oid_ec() { return {0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01}; }
inline Bytes oid_p256() { return {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07}; }
inline Bytes ecdsa_sha256() { return seq({0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02}); }
inline Bytes name_with_cn(std::string_view cn) {
  return seq(tlv(der::kSet, seq(Bytes{0x06, 0x03, 0x55, 0x04, 0x03} + tlv(der::kUtf8String, raw(cn)))));
}
inline Bytes p256_key(std::uint8_t first = 0x04, std::size_t size = 65) {
  Bytes point(size, 0x5A);
  if (!point.empty()) point[0] = first;
  return seq(seq(oid_ec() + oid_p256()) + tlv(der::kBitString, Bytes{0x00} + point));
}
// Extension of the arc 2.5.29.
inline Bytes extension(std::uint8_t number, const Bytes& value, const Bytes& critical = {}) {
  return seq(Bytes{0x06, 0x03, 0x55, 0x1D, number} + critical + tlv(der::kOctetString, value));
}
inline Bytes alt_names(const Bytes& names) { return extension(17, seq(names)); }
inline Bytes uri(std::string_view text) { return tlv(der::context(6), raw(text)); }
inline Bytes dns(std::string_view text) { return tlv(der::context(2), raw(text)); }

// A certificate that parses; the signature is not one.
struct CertificateDraft {
  Bytes version = tlv(der::context_constructed(0), Bytes{0x02, 0x01, 0x02});
  Bytes serial = {0x02, 0x01, 0x05};
  Bytes inner_algorithm = ecdsa_sha256();
  Bytes issuer = name_with_cn("issuer");
  Bytes validity = seq(tlv(der::kUtcTime, raw("260101000000Z")) + tlv(der::kUtcTime, raw("361231235959Z")));
  Bytes subject = name_with_cn("subject");
  Bytes key = p256_key();
  Bytes unique_ids;
  Bytes extensions = alt_names(uri("https://sp.example.com/cse1/C1"));
  Bytes outer_algorithm = ecdsa_sha256();
  Bytes signature = tlv(der::kBitString, Bytes(65, 0x00));
  Bytes rest_of_tbs;

  [[nodiscard]] Bytes der() const {
    const Bytes wrapped = extensions.empty() ? Bytes{} : tlv(der::context_constructed(3), seq(extensions));
    const Bytes tbs = seq(version + serial + inner_algorithm + issuer + validity + subject + key + unique_ids +
                          wrapped + rest_of_tbs);
    return seq(tbs + outer_algorithm + signature);
  }
};

}  // namespace saproxy::identity::test
