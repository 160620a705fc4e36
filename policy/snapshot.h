// Snapshot: configuration, credentials and rules as one immutable value, swapped in whole. Sessions pin the one they
// were made under. Fetched rules come and go more often than the rest, which snapshots then share.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
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

  // The same with other rules; everything else is shared, not copied.
  [[nodiscard]] std::shared_ptr<const Snapshot> with_profile(ServiceProfile profile, std::uint64_t generation) const;

  [[nodiscard]] const Config& config() const { return parts_->config; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] const identity::LocalEntity& local() const { return parts_->local; }
  [[nodiscard]] const GateRules& gate_rules() const { return parts_->gate_rules; }
  [[nodiscard]] const ServiceProfile& profile() const { return profile_; }
  [[nodiscard]] Gate gate() const { return {parts_->gate_rules, profile_}; }
  // What identities are resolved from, for sessions of this listener.
  [[nodiscard]] identity::Sources sources(const ListenerSettings& listener) const;
  // The key of a KpsaID, or null. One hash probe.
  [[nodiscard]] const PskEntry* find_psk(std::string_view identity) const;
  [[nodiscard]] bool trusts_raw_key(identity::ByteView public_key_info) const;
  // The same for a key known by its name: it or a shorter form of it stands in the configuration.
  [[nodiscard]] bool trusts_raw_key(const identity::PublicKeyName& name) const;

 private:
  // What the configuration alone makes.
  struct Parts {
    explicit Parts(Config given);
    Config config;
    identity::LocalEntity local;
    GateRules gate_rules;
    IdentifierSet trusted_raw_keys;  // URIs
  };
  Snapshot(std::shared_ptr<const Parts> parts, ServiceProfile profile, std::uint64_t generation)
      : parts_(std::move(parts)), profile_(std::move(profile)), generation_(generation) {}

  std::shared_ptr<const Parts> parts_;
  ServiceProfile profile_;
  std::uint64_t generation_;
};

}  // namespace saproxy::policy
