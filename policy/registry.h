// Registry: who is registered here, by which credential. A plain value: what stores it, and who may change it, is the
// business of its owner. Every look-up is one hash probe.
// Spec: TS-0001 9.6.4, 9.6.5, 10.2.2; TS-0004 7.4.5.2.1, 7.4.4.2.1 (4117)
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "identity/app_rule.h"
#include "identity/resolver.h"
#include "policy/gate_rules.h"
#include "policy/point_of_access.h"
#include "policy/registration.h"
#include "policy/target_table.h"

namespace saproxy::policy {

// The answer to "may this identity be registered now?".
enum class Claim : std::uint8_t {
  Granted,         // and nobody else may until whoever got this has released it
  Registered,      // through another credential
  Reserved,        // for a certificate that names it and has registered it before
  Pending,         // somebody has claimed it and has not been answered yet
  Full,            // there are as many registrations as there may be
  CredentialFull,  // likewise of this credential
};

// How many registrations there may be, those under way included; 0: no bound.
struct RegistrationLimits {
  std::uint32_t total = 0;
  std::uint32_t per_credential = 0;
};

class Registry {
 public:
  // Who has it already may ask again: the CSE knows whether it still does. `listed`: configuration or a certificate
  // gives the identity to this credential by name, so that no reservation holds against it. What becomes of the
  // registration leaves the claim alone: whoever got it releases it, once, and never another's.
  [[nodiscard]] Claim claim(std::string_view entity_id, std::string_view credential_id, bool listed = false);
  // The same as far as registrations go, and nothing is claimed.
  [[nodiscard]] Claim may_claim(std::string_view entity_id, std::string_view credential_id, bool listed) const;
  void release(std::string_view entity_id);

  // Granted: one more through this credential has room. Full or CredentialFull otherwise.
  [[nodiscard]] Claim room(std::string_view credential_id, const RegistrationLimits& limits) const;
  // A registration through this credential is under way, until end().
  void begin(std::string_view credential_id);
  void end(std::string_view credential_id);

  // Replaces what was known of that identity; of one that has ended only the reservation stays.
  void put(Registration registration);
  bool erase(std::string_view entity_id);
  void apply(const RegistryChange& change);

  [[nodiscard]] const Registration* find(std::string_view entity_id) const;
  // Another number after every put; 0: not registered.
  [[nodiscard]] std::uint64_t revision_of(std::string_view entity_id) const;
  [[nodiscard]] bool is_claimed(std::string_view entity_id) const { return claims_.contains(entity_id); }
  // The registration whose resource `to` names: "Cae1", "cse-in/ae1", "-/ae1", with or without the prefixes of this
  // CSE. Nothing else that happens to have the same name, such as "Cae2/ae1": so the CSEBase's own name counts only if
  // the rules have it, or if the registration was made under it.
  [[nodiscard]] const Registration* find_resource(std::string_view to, const GateRules& rules) const;
  // An AE-ID that was registered by the certificate that names it, and is registered no longer, is kept for it.
  [[nodiscard]] bool is_reserved(std::string_view entity_id) const { return reserved_.contains(entity_id); }
  [[nodiscard]] bool is_reserved_for_other(std::string_view entity_id, std::string_view credential_id) const;
  // The registration whose local address has this token (Registration::route).
  [[nodiscard]] const Registration* find_route(std::string_view token) const;
  // The registration of the CSE behind which that one is, by what it says of its descendants. Nothing if several say
  // so: nobody has proven anything.
  [[nodiscard]] const Registration* find_ancestor(std::string_view cse_id) const;
  // The registration that has a point of access of the same scheme, host and port: the one of `preferred` if it has,
  // otherwise the oldest, so that nobody takes over what others have by registering there later.
  [[nodiscard]] const Registration* find_at(const PointOfAccess& point, std::string_view preferred) const;
  [[nodiscard]] const TargetTable& targets() const { return targets_; }
  [[nodiscard]] std::size_t size() const { return registrations_.size(); }
  // What was registered through a credential, as far as it is AEs.
  [[nodiscard]] identity::StemList stems_of(std::string_view credential_id) const;
  [[nodiscard]] const IdentifierSet& registree_cses() const { return cses_; }
  // Identities whose registration has ended by `now` (Unix seconds).
  [[nodiscard]] std::vector<std::string> expired(std::int64_t now) const;
  [[nodiscard]] std::vector<const Registration*> all() const;  // ordered by identity
  template <class See>
  void for_each(See&& see) const {
    for (const auto& [id, entry] : registrations_) see(entry.registration);
  }

 private:
  using ByText = std::unordered_map<std::string, std::string, identity::StringHash, std::equal_to<>>;
  // What was registered through one credential; the list is made when somebody asks for it.
  struct Owned {
    std::set<std::string> ids;
    mutable std::optional<identity::StemList> stems;
  };
  void forget(const Registration& registration);
  void remove(std::string_view entity_id);

  struct Entry {
    Registration registration;
    std::uint64_t revision;
  };
  std::unordered_map<std::string, Entry, identity::StringHash, std::equal_to<>> registrations_;
  std::uint64_t last_revision_ = 0;
  std::unordered_map<std::string, Owned, identity::StringHash, std::equal_to<>> by_credential_;
  ByText by_resource_id_;
  ByText by_name_;  // below the CSEBase: "ae1"
  ByText by_path_;  // as registered: "cse-in/ae1"
  ByText by_route_;
  // The oldest first.
  using ByAge = std::set<std::pair<std::int64_t, std::string>>;
  std::unordered_map<std::string, ByAge, identity::StringHash, std::equal_to<>> by_origin_;
  std::unordered_map<std::string, std::set<std::string>, identity::StringHash, std::equal_to<>> by_descendant_;
  TargetTable targets_;
  std::set<std::pair<std::int64_t, std::string>> by_expiry_;
  IdentifierSet cses_;
  ByText reserved_;  // AE-ID-Stem to Credential-ID
  IdentifierSet claims_;
  std::unordered_map<std::string, std::uint32_t, identity::StringHash, std::equal_to<>> under_way_;  // by credential
  std::uint32_t all_under_way_ = 0;
};

}  // namespace saproxy::policy
