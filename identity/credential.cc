#include "identity/credential.h"

#include <cstdlib>

#include "identity/bytes.h"

namespace saproxy::identity {
namespace {

// Proven names passed a parser that is stricter than CredentialId, so this cannot fail but by a bug.
CredentialId made(CredentialType type, std::string_view value) {
  auto id = CredentialId::make(type, value);
  if (!id) std::abort();
  return *std::move(id);
}

}  // namespace

std::string_view to_text(Saef saef) {
  switch (saef) {
    case Saef::Psk: return "psk";
    case Saef::Certificate: return "certificate";
    case Saef::Maf: return "maf";
  }
  return "";
}

// The label keeps this value apart from every other use of the key.
Digest key_fingerprint(std::span<const std::uint8_t> key) {
  return hmac_sha256(key, as_bytes("saproxy key fingerprint"));
}

// Spec: TS-0003 10.4
CredentialId credential_id_of(const Credential& credential) {
  if (const auto* psk = std::get_if<ProvenPsk>(&credential)) return made(CredentialType::SaefKey, psk->identity.text());
  if (const auto* key = std::get_if<ProvenRawKey>(&credential))
    return made(CredentialType::RawPublicKey, key->name.short_form());
  return std::get<ProvenCertificate>(credential).name.credential_id;
}

bool is_named(const Credential& credential, const CredentialId& expected) {
  const auto* key = std::get_if<ProvenRawKey>(&credential);
  if (key == nullptr || expected.type() != CredentialType::RawPublicKey)
    return credential_id_of(credential) == expected;
  const auto name = PublicKeyName::parse(expected.value());
  return name && key->name.shortened(name->hash()) == *name;
}

// Raw public keys belong to the certificate framework. Spec: TS-0003 8.2.2.2, 10.1.2
Saef saef_of(const Credential& credential) {
  return std::holds_alternative<ProvenPsk>(credential) ? Saef::Psk : Saef::Certificate;
}

}  // namespace saproxy::identity
