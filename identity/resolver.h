// From a proven credential to the identities it may use, by asking ordered sources: the certificate itself, service
// provider configuration, the <serviceSubscribedAppRule> resources, and last own assignment, where this entity lets
// strangers register. Each says *these*, *none* (a conflict, which ends the search), *not mine* or *later*. MAF and MEF
// have their place before own assignment. Spec: TS-0003 8.2.1, 8.2.2.1, 8.2.2.2
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "identity/app_rules.h"
#include "identity/association.h"
#include "identity/credential.h"
#include "identity/string_hash.h"

namespace saproxy::identity {

// Where in the configuration something stands. There may be a million of them, so the file is a number: the
// configuration knows its name.
struct ConfigOrigin {
  std::uint32_t file = 0;
  std::uint32_t line = 0;  // 0: nowhere
  bool operator==(const ConfigOrigin&) const = default;
};

// One entry of service-provider configuration.
struct ConfiguredIdentity {
  EntityKind kind = EntityKind::Ae;
  Identities identities;  // CseId or StemList
  ConfigOrigin origin;    // for explain and messages
};

// Keyed by Credential-ID text.
using ConfiguredIdentities = std::unordered_map<std::string, ConfiguredIdentity, StringHash, std::equal_to<>>;

// Why there is no identity; each is a word in logs and metrics.
enum class NoIdentity {
  Unknown,               // no source names this credential
  KindMismatch,          // an AE-ID certificate was configured for a CSE, or the reverse (TS-0003 8.1.2.1)
  OtherCse,              // a C-type AE-ID of another registrar
  OtherServiceProvider,  // an AE-ID of another service provider
  OwnCseId,              // somebody else presents this CSE's own CSE-ID
  NotConfigured,         // the certificate names an identity that its configuration entry does not list
};
[[nodiscard]] std::string_view to_text(NoIdentity reason);

// What one source says.
struct These {
  EntityKind kind;
  Identities identities;
};
struct NotMine {};
struct Later {};  // the source exists and has not answered yet
using SourceAnswer = std::variant<These, NoIdentity, NotMine, Later>;

// What the sources know; all of it outlives the call.
struct Sources {
  const ConfiguredIdentities& configured;
  const AppRules* app_rules = nullptr;  // none: no such source here, or not yet
  bool app_rules_to_come = false;       // it says *later*
  bool own_assignment = false;          // a stranger may register as an AE and becomes what it registers as
};

struct Resolved {
  EntityKind kind;
  Identities identities;  // Unresolved from own assignment, and while a source has not answered: may register, no more
  IdentitySource source;
};
using Resolution = std::variant<Resolved, NoIdentity>;

// AE-ID and CSE-ID certificates bind what they name; configuration may narrow, never widen them.
[[nodiscard]] Resolution resolve(const Credential& credential, const LocalEntity& local, const Sources& sources);

}  // namespace saproxy::identity
