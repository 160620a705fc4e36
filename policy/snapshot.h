// Snapshot: configuration, credentials and rules as one immutable value, swapped in whole. Sessions pin the one they
// were made under.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "identity/certificate_profile.h"
#include "identity/resolver.h"
#include "policy/config.h"
#include "policy/gate.h"

namespace saproxy::policy {

class Snapshot {
 public:
  // `generation` counts from 1 and grows with every successful (re)load.
  [[nodiscard]] static std::shared_ptr<const Snapshot> make(Config config, std::uint64_t generation);

  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] const identity::LocalEntity& local() const { return local_; }
  [[nodiscard]] const GateRules& gate_rules() const { return gate_rules_; }
  [[nodiscard]] const ServiceProfile& profile() const { return profile_; }
  [[nodiscard]] Gate gate() const { return {gate_rules_, profile_}; }
  // What identities are resolved from, for sessions of this listener.
  [[nodiscard]] identity::Sources sources(const ListenerSettings& listener) const;
  // The key of a KpsaID, or null. One hash probe.
  [[nodiscard]] const PskEntry* find_psk(std::string_view identity) const;
  [[nodiscard]] bool trusts_raw_key(identity::ByteView public_key_info) const;
  // The same for a key known by its name: it or a shorter form of it stands in the configuration.
  [[nodiscard]] bool trusts_raw_key(const identity::PublicKeyName& name) const;

 private:
  Snapshot(Config config, std::uint64_t generation);
  Config config_;
  std::uint64_t generation_;
  identity::LocalEntity local_;
  GateRules gate_rules_;
  ServiceProfile profile_;
  IdentifierSet trusted_raw_keys_;  // URIs
};

}  // namespace saproxy::policy
