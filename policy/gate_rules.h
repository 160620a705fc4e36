// GateRules: what the gate needs to know besides the association. Part of the snapshot, immutable.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "identity/app_rules.h"
#include "identity/entity_id.h"
#include "identity/resolver.h"
#include "policy/denied_originators.h"
#include "policy/registration_settings.h"

namespace saproxy::policy {

// Looked up by string_view, without a copy.
using IdentifierSet = std::unordered_set<std::string, identity::StringHash, std::equal_to<>>;

struct GateRules {
  identity::SpId sp;
  identity::CseId cse;
  std::string base_name;                 // resource name of its CSEBase; empty: not known
  DeniedOriginators denied_originators;  // held against every local part of From
  std::string registrar = {};            // SP-relative CSE-ID of the CSE where ours registers; empty: it does not
  IdentifierSet registree_cses;  // SP-relative CSE-IDs of registree CSEs that are known (configured, registered)
  IdentifierSet reserved_stems;  // stems that configuration gives to some credential: not free for who has no identity
  std::size_t max_originator = 100;  // bytes, at most identity::kMaxIdentifier; larger values crash some CSEs
  std::size_t max_request_id = 100;
  bool insert_letter = false;  // CREATE <AE> without From: send "C" or "S" (CSEs that demand one)
  // Open: tinyIoT assigns stems such as "CAE20261124T220539,3740002", outside the alphabet of TS-0004 6.2.3; its AEs
  // could never speak again if the comma were refused. Only its profile sets this.
  bool comma_in_stems = false;
  RegistrationSettings registration;
};

// The service subscription profile of this CSE: which rules an AE needs to register.
struct ServiceProfile {
  enum class State {
    Unused,       // nobody asks for a rule
    Present,      // rules are there; none at all means that no application may register
    Unavailable,  // asked for, and neither a profile nor a node of it was found
    Pending,      // asked for and not fetched yet
  };
  State state = State::Unused;
  std::shared_ptr<const identity::AppRules> rules;  // Present
};

}  // namespace saproxy::policy
