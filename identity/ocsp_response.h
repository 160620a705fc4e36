// What an OCSP response says, read from DER by a strict reader of our own. Nothing here says whether its signature is
// good (wolfSSL does) or whether it is recent enough (policy/ocsp does).
// Spec: RFC 6960 4.2.1, 4.4.1 (nonce)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::identity {

// Which certificate is meant. The hashes are over the issuer's name and key.
struct OcspCertificateId {
  std::string hash_algorithm;  // dotted OID
  Bytes issuer_name_hash;
  Bytes issuer_key_hash;
  Bytes serial;  // content of the INTEGER
  bool operator==(const OcspCertificateId&) const = default;
};

struct OcspSingleResponse {
  enum class Status { Good, Revoked, Unknown };
  OcspCertificateId id;
  Status status = Status::Unknown;
  std::int64_t this_update = 0;  // Unix seconds
  std::optional<std::int64_t> next_update;
};

struct OcspResponse {
  unsigned status = 0;  // 0: successful; above it the responder refuses, and nothing follows
  std::int64_t produced_at = 0;
  std::vector<OcspSingleResponse> singles;
  std::optional<Bytes> nonce;
};

// Refuses trailing bytes, other types than basic, critical extensions that nobody understands, and more than 64 KiB or
// 64 single responses.
[[nodiscard]] Result<OcspResponse> read_ocsp_response(ByteView der);

}  // namespace saproxy::identity
