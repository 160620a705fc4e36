#include "policy/snapshot.h"

#include <algorithm>
#include <utility>

#include "policy/cse_profile.h"

namespace saproxy::policy {
namespace {

using identity::PublicKeyName;

std::vector<identity::Pattern> denied_patterns(const CseSettings& settings) {
  std::vector<identity::Pattern> patterns;
  for (const std::string& text : denied_originators_of(settings)) {
    // The loader has refused what is no pattern.
    if (auto pattern = identity::Pattern::parse(text)) patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

GateRules make_gate_rules(const Config& config) {
  const CseSettings& cse = config.cse;
  GateRules rules{.sp = cse.sp,
                  .cse = cse.id,
                  .base_name = cse.base_name,
                  .denied_originators = denied_patterns(cse),
                  .registrar = config.registrar ? config.registrar->cse_id.sp_relative() : std::string(),
                  .registree_cses = {},
                  .reserved_stems = {},
                  .max_originator = std::min<std::size_t>(cse.max_originator, cse.max_header_value),
                  .max_request_id = std::min<std::size_t>(cse.max_request_id, cse.max_header_value),
                  .insert_letter = cse.insert_originator,
                  .comma_in_stems = cse.profile == CseProfile::TinyIot,
                  .registration = config.registration};
  rules.reserved_stems.reserve(config.identities.size());
  for (const auto& [credential_id, entry] : config.identities) {
    if (const auto* id = std::get_if<identity::CseId>(&entry.identities))
      rules.registree_cses.insert(id->sp_relative());
    if (const auto* stems = std::get_if<identity::StemList>(&entry.identities)) {
      stems->any_pattern([&rules](const identity::Pattern& pattern) {
        if (pattern.is_concrete()) rules.reserved_stems.insert(pattern.text());
        return false;
      });
    }
  }
  // A CSE that is known by its domain name registers with a certificate and needs no identity entry.
  for (const auto& [fqdn, id] : config.cse_domain_names) rules.registree_cses.insert(id.sp_relative());
  rules.registree_cses.erase(cse.id.sp_relative());
  rules.registree_cses.erase(rules.registrar);
  return rules;
}

// Takes the rules out of the configuration: they are its largest part, and nobody else reads them.
ServiceProfile make_profile(Config& config) {
  using Rules = RegistrationSettings::Rules;
  auto rules = std::make_shared<const identity::AppRules>(std::exchange(config.app_rules, {}));
  switch (config.registration.app_rules) {
    case Rules::Off: return {};
    case Rules::File: return {ServiceProfile::State::Present, std::move(rules)};
    case Rules::Fetched: return {ServiceProfile::State::Pending, nullptr};
  }
  return {};
}

IdentifierSet key_names(const Config& config) {
  IdentifierSet names;
  for (const PublicKeyName& name : config.trusted_raw_keys) names.insert(name.uri());
  return names;
}

}  // namespace

std::shared_ptr<const Snapshot> Snapshot::make(Config config, std::uint64_t generation) {
  ServiceProfile profile = make_profile(config);
  auto parts = std::make_shared<const Parts>(std::move(config));
  return std::shared_ptr<const Snapshot>(new Snapshot(std::move(parts), std::move(profile), generation));
}

std::shared_ptr<const Snapshot> Snapshot::with_profile(ServiceProfile profile, std::uint64_t generation) const {
  return std::shared_ptr<const Snapshot>(new Snapshot(parts_, std::move(profile), generation));
}

Snapshot::Parts::Parts(Config given)
    : config(std::move(given)),
      local{config.cse.sp, config.cse.id, config.cse_domain_names, config.in_domain_name},
      gate_rules(make_gate_rules(config)),
      trusted_raw_keys(key_names(config)) {}

identity::Sources Snapshot::sources(const ListenerSettings& listener) const {
  return {.configured = parts_->config.identities,
          .app_rules = profile_.rules.get(),
          .app_rules_to_come = profile_.state == ServiceProfile::State::Pending,
          .own_assignment = listener.no_identity == ListenerSettings::NoIdentity::RegisterOnly};
}

const PskEntry* Snapshot::find_psk(std::string_view identity) const {
  const auto found = parts_->config.psks.find(identity);
  return found == parts_->config.psks.end() ? nullptr : &found->second;
}

bool Snapshot::trusts_raw_key(identity::ByteView public_key_info) const {
  if (parts_->trusted_raw_keys.empty()) return false;
  return trusts_raw_key(PublicKeyName::of(public_key_info));
}

bool Snapshot::trusts_raw_key(const PublicKeyName& name) const {
  using enum identity::NameHash;
  for (const auto hash : {Sha256, Sha256_128, Sha256_120}) {
    const auto form = name.shortened(hash);
    if (form && parts_->trusted_raw_keys.contains(form->uri())) return true;
  }
  return false;
}

}  // namespace saproxy::policy
