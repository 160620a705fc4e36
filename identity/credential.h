// What a handshake proved, before anyone asks which entity it stands for.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "identity/certificate_profile.h"
#include "identity/credential_id.h"
#include "identity/digest.h"
#include "identity/psk_identity.h"
#include "identity/public_key_name.h"

namespace saproxy::identity {

// Security Association Establishment Framework. Spec: TS-0003 8.2.1
enum class Saef { Psk, Certificate, Maf };
[[nodiscard]] std::string_view to_text(Saef saef);  // "psk", "certificate", "maf"

struct ProvenPsk {
  PskIdentity identity;    // KpsaID
  Digest key_fingerprint;  // key_fingerprint(Kpsa): tells whether the key of that identity was replaced, without
                           // keeping the key
};
// HMAC-SHA-256 keyed with the PSK over a fixed label; not usable as the key.
[[nodiscard]] Digest key_fingerprint(std::span<const std::uint8_t> key);

struct ProvenCertificate {
  CertificateName name;
  std::int64_t not_after;  // Unix seconds: earliest end of validity of leaf and chain
};
struct ProvenRawKey {
  PublicKeyName name;
};
using Credential = std::variant<ProvenPsk, ProvenCertificate, ProvenRawKey>;

[[nodiscard]] CredentialId credential_id_of(const Credential& credential);
// Is it the credential that `expected` names? A raw public key may be named by a shorter hash. Spec: RFC 6920 9.4
[[nodiscard]] bool is_named(const Credential& credential, const CredentialId& expected);
[[nodiscard]] Saef saef_of(const Credential& credential);

}  // namespace saproxy::identity
