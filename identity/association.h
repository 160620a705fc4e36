// Association: the result of a handshake. Which credential, which entity, which identities it may use, until when.
// Policy takes an association and a primitive and decides; it never sees TLS.
// Spec: TS-0003 8.2.1 (entity B associates the security context with one CSE-ID, one AE-ID or a list of AE-IDs)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "identity/app_rule.h"
#include "identity/credential.h"
#include "identity/credential_id.h"
#include "identity/entity_id.h"

namespace saproxy::identity {

enum class EntityKind { Ae, Cse };
[[nodiscard]] std::string_view to_text(EntityKind kind);  // "ae", "cse"

// Which source named the identities; MAF and MEF come later.
enum class IdentitySource { Certificate, Configured, AppRules, OwnAssignment, None };
[[nodiscard]] std::string_view to_text(IdentitySource source);

struct Unresolved {};  // no source knows the credential: the association may only register, if at all
using Identities = std::variant<Unresolved, CseId, StemList>;

// The AE-ID-Stems that were registered through one credential here ("own assignment"), shared by its associations.
// Whoever owns it replaces the list when one comes or goes; the association sees that at once.
struct Learned {
  StemList stems;
};

struct Association {
  std::string id;  // unique in this process, for logs and the header X-M2M-SA-Association
  CredentialId credential_id;
  Saef saef = Saef::Psk;
  EntityKind kind = EntityKind::Ae;
  Identities identities;
  IdentitySource source = IdentitySource::None;
  std::shared_ptr<const Learned> learned = nullptr;  // none where nothing can be learned
  std::int64_t expires = 0;                          // Unix seconds; the association ends then whatever happens
  std::uint64_t generation = 0;                      // of the snapshot that judged it last

  // May From of a request that registers nothing be this stem? Listed by name, or registered through this credential:
  // that a wildcard covers a stem makes nobody its owner.
  [[nodiscard]] bool may_speak_as(std::string_view stem) const;
  // Registered through this credential.
  [[nodiscard]] bool has_registered(std::string_view stem) const { return learned && learned->stems.lists(stem); }
  // Do its identities leave room for what registrations teach?
  [[nodiscard]] bool may_learn() const;
  [[nodiscard]] bool is_resolved() const { return !std::holds_alternative<Unresolved>(identities); }
  [[nodiscard]] const CseId* cse_id() const { return std::get_if<CseId>(&identities); }
  // For headers, logs and people: the list, or where there is none what was registered.
  [[nodiscard]] const StemList& known_stems() const;
  [[nodiscard]] const StemList* stems() const { return std::get_if<StemList>(&identities); }
};

}  // namespace saproxy::identity
