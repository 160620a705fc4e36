// Association: the result of a handshake. Which credential, which entity, which identities it may use, until when.
// Policy takes an association and a primitive and decides; it never sees TLS.
// Spec: TS-0003 8.2.1 (entity B associates the security context with one CSE-ID, one AE-ID or a list of AE-IDs)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "identity/app_rule.h"
#include "identity/credential.h"
#include "identity/credential_id.h"
#include "identity/entity_id.h"

namespace saproxy::identity {

enum class EntityKind { Ae, Cse };
[[nodiscard]] std::string_view to_text(EntityKind kind);  // "ae", "cse"

// Which source named the identities (design.md section 4; own assignment, MAF, MEF and app rules come later).
enum class IdentitySource { Certificate, Configured, None };
[[nodiscard]] std::string_view to_text(IdentitySource source);

struct Unresolved {};  // no source knows the credential: the association may only register, if at all
using Identities = std::variant<Unresolved, CseId, StemList>;

struct Association {
  std::string id;  // unique in this process, for logs and the header X-M2M-SA-Association
  CredentialId credential_id;
  Saef saef = Saef::Psk;
  EntityKind kind = EntityKind::Ae;
  Identities identities;
  IdentitySource source = IdentitySource::None;
  std::int64_t expires = 0;      // Unix seconds; the association ends then whatever happens
  std::uint64_t generation = 0;  // of the snapshot that judged it last

  [[nodiscard]] bool may_use(const AeStem& stem) const;
  [[nodiscard]] bool is_resolved() const { return !std::holds_alternative<Unresolved>(identities); }
  [[nodiscard]] const CseId* cse_id() const { return std::get_if<CseId>(&identities); }
  [[nodiscard]] const StemList* stems() const { return std::get_if<StemList>(&identities); }
};

}  // namespace saproxy::identity
