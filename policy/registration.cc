#include "policy/registration.h"

#include <utility>

#include "identity/credential_id.h"
#include "identity/entity_id.h"

namespace saproxy::policy {

bool is_named_by_certificate(const Registration& registration) {
  const auto credential = identity::CredentialId::parse(registration.credential_id);
  if (!credential || credential->type() != identity::CredentialType::AeIdCertificate) return false;
  const auto named = identity::AeId::parse_absolute(credential->value());
  return named && named->stem.text() == registration.entity_id;
}

RegistryChange end_of(Registration registration) {
  if (!is_named_by_certificate(registration)) return {RegistryChange::Kind::Erase, std::move(registration)};
  registration.ended = true;
  registration.expires = 0;
  return {RegistryChange::Kind::Put, std::move(registration)};
}

}  // namespace saproxy::policy
