// Plain facts of an X.509 certificate or a raw public key, read from DER by a strict reader of our own. Nothing here
// says whether the chain is good (wolfSSL does) or whether the profile of oneM2M is kept (certificate_profile does).
// Spec: RFC 5280 4.1, 4.2
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::identity {

enum class KeyAlgorithm { EcP256, EcP384, EcOther, Rsa, Ed25519, Other };
enum class SignatureAlgorithm { EcdsaSha256, EcdsaSha384, EcdsaOther, RsaSha256, RsaOther, Other };

// One entry of subjectAltName. `value` holds the bytes exactly as encoded (dNSName, URI: IA5 bytes, may contain
// anything).
struct AltName {
  enum class Kind { OtherName, Email, Dns, X400, Directory, Ediparty, Uri, Ip, RegisteredId };
  Kind kind;
  Bytes value;                                  // OtherName: the DER of the value; RegisteredId: dotted decimal text
  std::string type_oid;                         // OtherName only: dotted decimal
  [[nodiscard]] std::string_view text() const;  // value as characters, unchecked
};

// A host constraint of a CA certificate (dNSName or URI kinds only; others are left to wolfSSL).
struct NameConstraint {
  enum class Kind { Dns, Uri, Other };
  Kind kind;
  bool permitted;  // otherwise excluded
  std::string base;
};

struct Certificate {
  int version = 0;  // 1, 2, 3
  Bytes serial;
  Bytes issuer_der;
  Bytes subject_der;
  std::string subject_common_name;  // printable characters only, for people; never an identity
  std::int64_t not_before = 0;      // Unix seconds
  std::int64_t not_after = 0;
  KeyAlgorithm key = KeyAlgorithm::Other;
  bool key_uncompressed = false;  // EC: the point starts with 0x04
  unsigned rsa_bits = 0;
  SignatureAlgorithm signature = SignatureAlgorithm::Other;
  Bytes public_key_info;  // SubjectPublicKeyInfo, DER
  std::vector<AltName> alt_names;
  std::optional<std::uint16_t>
      key_usage;  // bit 0 = digitalSignature as 0x0001, bit 5 keyCertSign 0x0020, bit 6 cRLSign 0x0040
  bool is_ca = false;
  std::optional<unsigned> path_length;
  std::vector<std::string> extended_key_usages;  // dotted OIDs
  std::vector<NameConstraint> name_constraints;
  bool has_name_constraints = false;
  std::vector<std::string> unknown_critical_extensions;
};

// Parses one DER certificate; trailing bytes, indefinite lengths, duplicate extensions and non-minimal lengths are
// refused. At most 64 KiB and 256 alternative names.
[[nodiscard]] Result<Certificate> parse_certificate(ByteView der);

// What a peer put into its Certificate message: told apart by structure, never by what was negotiated.
// Defends against CVE-2026-55960: an un-negotiated raw key taken for a certificate.
enum class PeerKeyForm { X509, RawPublicKey, Neither };
[[nodiscard]] PeerKeyForm classify_peer_key(ByteView der);

// Facts of a bare SubjectPublicKeyInfo.
struct RawPublicKey {
  KeyAlgorithm key = KeyAlgorithm::Other;
  bool key_uncompressed = false;
  unsigned rsa_bits = 0;
  Bytes public_key_info;
};
[[nodiscard]] Result<RawPublicKey> parse_raw_public_key(ByteView der);

}  // namespace saproxy::identity
