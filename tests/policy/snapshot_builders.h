// A snapshot with one credential of each kind, in front of the CSE /cse-in of sp.example.com.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "identity/credential.h"
#include "policy/snapshot.h"
#include "tests/policy/gate_builders.h"

namespace saproxy::policy::testing {

inline constexpr std::int64_t kNowSeconds = kNow / 1000;
inline constexpr std::string_view kRawKeyInfo = "not really a SubjectPublicKeyInfo; only its hash counts";

inline identity::ByteView raw_key_info() {
  return {reinterpret_cast<const std::uint8_t*>(kRawKeyInfo.data()), kRawKeyInfo.size()};
}
inline identity::Secret secret(std::string_view text) {
  return identity::Secret({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}
inline std::string raw_key_credential_id() {
  return "30-" + std::string(identity::PublicKeyName::of(raw_key_info()).short_form());
}

inline void add_psk(Config& config, const std::string& identity, std::string_view key) {
  config.psks[identity] = PskEntry{secret(key), {}};
}
inline void add_ae(Config& config, const std::string& credential_id, std::initializer_list<std::string_view> stems) {
  config.identities[credential_id] = {
      identity::EntityKind::Ae, stem_list(stems), {0, static_cast<std::uint32_t>(stems.size() + 6)}};
}
inline void add_cse(Config& config, const std::string& credential_id, std::string_view id) {
  config.identities[credential_id] = {identity::EntityKind::Cse, cse_id(id), {0, 3}};
}

inline Config some_config() {
  Config config;
  config.origin_files = {"policy.toml"};
  config.cse.id = cse_id("/cse-in");
  config.cse.sp = *identity::SpId::parse("sp.example.com");
  for (const char* name : {"ae1", "cse2", "new"})
    add_psk(config, std::string(name) + "@sp.example.com", "0123456789abcdef");
  add_ae(config, "12-ae1@sp.example.com", {"C1"});
  add_cse(config, "12-cse2@sp.example.com", "/cse2");
  add_ae(config, "34-urn:node7", {"C7*", "S7"});
  add_ae(config, "31-0.2.481.1.100.3030.10011", {"C8a", "C8b"});
  add_ae(config, raw_key_credential_id(), {"S9"});
  config.trusted_raw_keys.push_back(identity::PublicKeyName::of(raw_key_info()));
  config.cse_domain_names.emplace("mn3.example.com", cse_id("/cse3"));
  return config;
}

inline ListenerSettings a_listener(
    ListenerSettings::NoIdentity no_identity = ListenerSettings::NoIdentity::RefuseHandshake) {
  ListenerSettings listener;
  listener.name = "main";
  listener.no_identity = no_identity;
  return listener;
}

inline identity::Credential a_psk(std::string_view identity, std::string_view key = "0123456789abcdef") {
  return identity::ProvenPsk{*identity::PskIdentity::parse(identity), identity::key_fingerprint(secret(key).reveal())};
}
inline identity::Credential a_certificate(identity::CertificateFlavour flavour, std::string_view credential_id,
                                          std::int64_t not_after = kNowSeconds + 1'000'000) {
  const auto id = *identity::CredentialId::parse(credential_id);
  identity::CertificateName name{flavour, id, std::nullopt, std::nullopt};
  if (flavour == identity::CertificateFlavour::AeId) name.ae_id = *identity::AeId::parse_absolute(id.value());
  if (flavour == identity::CertificateFlavour::CseId) name.cse_id = identity::classify_originator(id.value()).cse;
  return identity::ProvenCertificate{std::move(name), not_after};
}
inline identity::Credential a_raw_key() { return identity::ProvenRawKey{identity::PublicKeyName::of(raw_key_info())}; }

}  // namespace saproxy::policy::testing
