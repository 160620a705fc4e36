// From a proven credential to the identities it may use, by asking ordered sources. In this version: the certificate
// itself, then service-provider configuration. Each source says *these*, *not mine* or *conflict*; own assignment, MAF,
// MEF and <serviceSubscribedAppRule> join the list as further sources. Spec: TS-0003 8.2.1, 8.2.2.1, 8.2.2.2
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "identity/association.h"
#include "identity/credential.h"

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

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
// Keyed by Credential-ID text.
using ConfiguredIdentities = std::unordered_map<std::string, ConfiguredIdentity, StringHash, std::equal_to<>>;

struct Resolved {
  EntityKind kind;
  Identities identities;
  IdentitySource source;
};
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

using Resolution = std::variant<Resolved, NoIdentity>;

// Certificate first (AE-ID and CSE-ID flavours bind what they name; configuration may narrow, never widen them), then
// configuration.
[[nodiscard]] Resolution resolve(const Credential& credential, const LocalEntity& local,
                                 const ConfiguredIdentities& configured);

}  // namespace saproxy::identity
