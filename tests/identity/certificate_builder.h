// Certificates as facts for the profile's tests: a good one, to be bent in one place.
#pragma once

#include <string_view>
#include <vector>

#include "identity/certificate.h"
#include "identity/certificate_profile.h"

namespace saproxy::identity::test {

inline constexpr std::int64_t kNow = 1'800'000'000;

inline AltName dns_name(std::string_view text) { return {AltName::Kind::Dns, Bytes(text.begin(), text.end()), {}}; }
inline AltName uri_name(std::string_view text) { return {AltName::Kind::Uri, Bytes(text.begin(), text.end()), {}}; }
inline AltName email_name(std::string_view text) { return {AltName::Kind::Email, Bytes(text.begin(), text.end()), {}}; }
inline AltName registered_id(std::string_view text) {
  return {AltName::Kind::RegisteredId, Bytes(text.begin(), text.end()), {}};
}
// otherName with a UTF8String.
inline AltName hardware_name(std::string_view type, std::string_view arcs) {
  Bytes value{0x0C, static_cast<std::uint8_t>(arcs.size())};
  value.insert(value.end(), arcs.begin(), arcs.end());
  return {AltName::Kind::OtherName, value, std::string(type)};
}

inline LocalEntity a_local() { return {*SpId::parse("//sp.example.com"), *CseId::parse("/cse1"), {}}; }

inline Certificate a_leaf(std::vector<AltName> names) {
  Certificate leaf;
  leaf.version = 3;
  leaf.not_before = kNow - 1000;
  leaf.not_after = kNow + 1000;
  leaf.key = KeyAlgorithm::EcP256;
  leaf.key_uncompressed = true;
  leaf.signature = SignatureAlgorithm::EcdsaSha256;
  leaf.key_usage = 0x0001;
  leaf.alt_names = std::move(names);
  return leaf;
}

inline NameConstraint permit(NameConstraint::Kind kind, std::string_view base) {
  return {kind, true, std::string(base)};
}
inline NameConstraint exclude(NameConstraint::Kind kind, std::string_view base) {
  return {kind, false, std::string(base)};
}

inline Certificate an_issuer(std::vector<NameConstraint> constraints) {
  Certificate issuer = a_leaf({});
  issuer.is_ca = true;
  issuer.key_usage = 0x0060;
  issuer.has_name_constraints = !constraints.empty();
  issuer.name_constraints = std::move(constraints);
  return issuer;
}
// A CA as deploy/demo-pki makes it.
inline Certificate a_provider_ca() {
  return an_issuer(
      {permit(NameConstraint::Kind::Dns, "sp.example.com"), permit(NameConstraint::Kind::Uri, "sp.example.com")});
}
// A CA that says nothing about hosts.
inline Certificate a_device_ca() { return an_issuer({{NameConstraint::Kind::Other, true, {}}}); }

}  // namespace saproxy::identity::test
