// RFC 6920 names ("ni" URIs) of public keys: how oneM2M identifies a raw public key.
// Spec: TS-0003 10.1.2, RFC 6920 section 3, RFC 7252 9.1.3.2
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/certificate.h"
#include "identity/result.h"

namespace saproxy::identity {

enum class NameHash { Sha256, Sha256_128, Sha256_120 };

// "ni:///sha-256;<base64url>" of a SubjectPublicKeyInfo.
class PublicKeyName {
 public:
  [[nodiscard]] static PublicKeyName of(ByteView public_key_info, NameHash hash = NameHash::Sha256);
  // Accepts "ni:///sha-256;...", "sha-256;..." and the truncated hashes; an authority is refused.
  [[nodiscard]] static Result<PublicKeyName> parse(std::string_view text);
  [[nodiscard]] const std::string& uri() const { return uri_; }
  // "sha-256;...": the part without "ni:///", used as the value of Credential-ID type 30.
  [[nodiscard]] std::string_view short_form() const { return std::string_view(uri_).substr(6); }
  [[nodiscard]] NameHash hash() const { return hash_; }
  // The name with a shorter hash; nothing when this one is shorter already. Spec: RFC 6920 section 9.4 (the first bits
  // of SHA-256)
  [[nodiscard]] std::optional<PublicKeyName> shortened(NameHash hash) const;
  [[nodiscard]] bool names(ByteView public_key_info) const;  // constant-time comparison of the hash
  bool operator==(const PublicKeyName&) const = default;

 private:
  PublicKeyName(std::string uri, NameHash hash) : uri_(std::move(uri)), hash_(hash) {}
  std::string uri_;
  NameHash hash_;
};

}  // namespace saproxy::identity
