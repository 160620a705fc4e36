// Registration: what is known of one registree, from the CSE's own confirmation. The registry keeps these; SA2 routes
// and learned identities come from them. Plain values; no key is ever in one.
// Spec: TS-0001 9.6.4, 9.6.5, 10.2.2.2, 10.2.2.7
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "identity/association.h"

namespace saproxy::policy {

struct Registration {
  identity::EntityKind kind = identity::EntityKind::Ae;
  std::string entity_id;      // AE-ID-Stem "Cae1", or CSE-ID "/cse2"; unique in the registry
  std::string credential_id;  // the one that registered it
  identity::Saef saef = identity::Saef::Psk;
  std::string app_id;                         // of an AE
  std::string resource_id;                    // of the <AE> or <remoteCSE> at the CSE; empty: not told
  std::string resource_path;                  // structured address below this CSE, "cse-in/ae1"; likewise
  std::vector<std::string> points_of_access;  // as the registree wrote them
  std::vector<std::string> descendant_cses;   // CSE-IDs "/cse3" behind a CSE (TS-0001 9.6.4: descendantCSEs)
  std::string route;                          // token of its local address (policy/local_address.h); empty: it has none
  bool request_reachable = false;
  std::int64_t expires = 0;     // Unix seconds; 0: the CSE named no end
  std::int64_t registered = 0;  // Unix seconds
  std::string association;      // id of the association that registered it, for logs; not kept over a restart
  bool ended = false;           // it is no longer registered: only its AE-ID is kept, for the certificate that names it
  bool operator==(const Registration&) const = default;
};

// An AE-ID certificate names the AE-ID that it registered (TS-0003 10.1.1.5).
[[nodiscard]] bool is_named_by_certificate(const Registration& registration);

// Which registration it is, as far as a change of it has to know: a later one under the same identity is another.
struct RegistrationKey {
  identity::EntityKind kind = identity::EntityKind::Ae;
  std::string entity_id;
  std::string credential_id;
  std::int64_t registered = 0;
  std::string route;  // token of its local address
  bool operator==(const RegistrationKey&) const = default;
};
[[nodiscard]] inline RegistrationKey key_of(const Registration& registration) {
  return {registration.kind, registration.entity_id, registration.credential_id, registration.registered,
          registration.route};
}

// A direct URL in nu or su of a <subscription>, and the registree that it leads to: the far end proves the credential
// of that one. Lives as long as the registration.
struct NotificationTarget {
  std::string token;          // of its local address; its kind is LocalRoute::Target
  std::string entity_id;      // the registree
  std::string url;            // as it was written
  std::int64_t recorded = 0;  // Unix seconds
  // Credential-ID of whoever subscribed with it first: it counts for that one, who need not be the registree.
  std::string subscriber = {};
  bool operator==(const NotificationTarget&) const = default;
};

// Who registers again through the same credential keeps its targets; whoever else gets the identity does not.
[[nodiscard]] inline bool keeps_targets(const Registration& before, const Registration& after) {
  return !after.ended && before.credential_id == after.credential_id;
}

// One step of the registry's history.
struct RegistryChange {
  enum class Kind { Put, Erase, PutTargets };
  Kind kind = Kind::Put;
  Registration registration;                     // Put; Erase: only entity_id counts
  std::vector<NotificationTarget> targets = {};  // PutTargets; of registrations that are there
};

// What becomes of a registration that ends: nothing is left of it, or who may register that AE-ID again.
[[nodiscard]] RegistryChange end_of(Registration registration);

}  // namespace saproxy::policy
