// What can only be judged when all files are read.
#include <unordered_set>

#include "identity/certificate_profile.h"
#include "policy/config_endpoint.h"
#include "policy/config_load.h"
#include "policy/config_units.h"
#include "policy/cse_profile.h"

namespace saproxy::policy {

namespace {

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known, std::string otherwise) {
  const auto nearest = nearest_word(word, known);
  return nearest ? "did you mean \"" + std::string(*nearest) + "\"?" : std::move(otherwise);
}

void check_certificate_names(LoadState& state, ListenerSettings& listener, const ListenerPlaces& places) {
  std::vector<std::string_view> known;
  for (const ServerCertificate& certificate : state.config.certificates) known.push_back(certificate.name);
  std::unordered_set<std::string_view> seen;
  for (const PlacedText& name : places.certificates) {
    if (!state.names.contains("certificate/" + name.value)) {
      state.diagnostics.error(name.place, "there is no [[certificate]] \"" + name.value + "\"",
                              suggestion(name.value, known, "add a [[certificate]] of that name"));
    }
    if (!seen.insert(name.value).second)
      state.diagnostics.error(name.place, "\"" + name.value + "\" is named twice", "remove one of the two");
  }
  if (places.certificates.empty()) listener.certificate_names.assign(known.begin(), known.end());
}

void check_raw_key_name(LoadState& state, const ListenerPlaces& places) {
  if (!places.raw_key || state.names.contains("raw_key/" + places.raw_key->value)) return;
  std::vector<std::string_view> known;
  for (const OwnRawKey& key : state.config.raw_keys) known.push_back(key.name);
  state.diagnostics.error(places.raw_key->place, "there is no [[raw_key]] \"" + places.raw_key->value + "\"",
                          suggestion(places.raw_key->value, known, "add a [[raw_key]] of that name"));
}

// Each framework needs something of ours to show and something of theirs to hold it against. A listener that cannot
// serve what it promises is an error, not a surprise at the first handshake.
void check_frameworks(LoadState& state, const ListenerSettings& listener, const ListenerPlaces& places) {
  const auto error = [&](std::string reason, std::string mend) {
    state.diagnostics.error(places.frameworks, std::move(reason), std::move(mend));
  };
  if (listener.psk && state.config.psks.empty() && !state.has_table("psk"))
    error("serves psk, but there is no PSK", "add [[psk]] or psk_files, or take \"psk\" out");
  if (listener.certificates && !state.has_table("trust.anchors"))
    error("serves certificate, but no CA is trusted",
          "add [trust] with anchors = [\"ca.pem\"], or take \"certificate\" out");
  if (listener.certificates && !state.has_table("certificate"))
    error("serves certificate, but has none to show", "add a [[certificate]], or take \"certificate\" out");
  if (listener.raw_public_keys && state.config.trusted_raw_keys.empty() && !state.has_table("trusted_key")) {
    error("serves raw-public-key, but no key is trusted", "add [[trusted_key]], or take \"raw-public-key\" out");
  }
  if (listener.raw_public_keys && !places.raw_key && !state.has_table("certificate")) {
    error("serves raw-public-key, but has neither a raw_key nor a certificate to show",
          "add [[raw_key]] and raw_key = \"its name\"");
  }
}

void check_addresses(LoadState& state) {
  const auto& listeners = state.config.listeners;
  const auto clash = [&state](const Place& place, const std::string& what) {
    state.diagnostics.error(place, "the same address and port as " + what, "give each its own port");
  };
  std::unordered_map<std::uint16_t, std::vector<std::size_t>> by_port;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (listeners[i].address.port == 0) continue;
    auto& same_port = by_port[listeners[i].address.port];
    for (const std::size_t other : same_port) {
      if (!collide(listeners[i].address, listeners[other].address)) continue;
      clash(state.listeners[i].address, "the listener at " + state.diagnostics.line_of(state.listeners[other].address));
      break;
    }
    same_port.push_back(i);
    if (state.cse_address && collide(listeners[i].address, state.config.cse.address))
      clash(state.listeners[i].address, "the CSE: saproxy would connect to itself");
    if (state.admin_address && collide(listeners[i].address, *state.config.admin.address))
      clash(state.listeners[i].address, "the admin listener");
    if (state.rule_source && !state.config.rule_source.registrar &&
        collide(listeners[i].address, state.config.rule_source.address))
      clash(state.listeners[i].address, "[rule_source]: saproxy would connect to itself");
  }
  if (state.cse_address && state.admin_address && collide(state.config.cse.address, *state.config.admin.address))
    clash(*state.admin_address, "the CSE");
}

void check_identity_references(LoadState& state) {
  for (const PlacedText& identity : state.identities) {
    const bool psk = identity.value.starts_with("12-");
    if (!psk && !identity.value.starts_with("30-")) continue;
    if (state.has_key(identity.value)) continue;
    state.diagnostics.error(identity.place, psk ? "there is no PSK of that KpsaID" : "no trusted key has that name",
                            psk ? "add [[psk]] with identity = \"" + identity.value.substr(3) + "\""
                                : "add [[trusted_key]] with name = \"" + identity.value.substr(3) + "\"");
  }
}

// A registree that stands for this CSE itself could speak for everybody.
void check_own_cse(LoadState& state) {
  if (!state.cse_address) return;  // without a [cse] there is no CSE-ID to compare with
  std::unordered_map<std::string_view, const Place*> entries;
  for (const PlacedText& written : state.identities) entries.emplace(written.value, &written.place);
  for (const auto& [credential_id, entry] : state.config.identities) {
    const auto* cse = std::get_if<identity::CseId>(&entry.identities);
    if (cse == nullptr || *cse != state.config.cse.id) continue;
    const auto written = entries.find(credential_id);
    const auto key = state.key_places.find(credential_id);
    const Place place = written != entries.end()        ? *written->second
                        : key != state.key_places.end() ? key->second
                                                        : place_of(entry.origin);
    state.diagnostics.error(place,
                            credential_id + " stands for " + cse->sp_relative() + ", which is the CSE behind saproxy",
                            "name the CSE-ID of the registree");
  }
}

void check_keys_without_identity(LoadState& state) {
  const bool register_only = std::ranges::any_of(state.config.listeners, [](const ListenerSettings& listener) {
    return listener.no_identity == ListenerSettings::NoIdentity::RegisterOnly;
  });
  if (register_only || state.config.registration.app_rules != RegistrationSettings::Rules::Off) return;
  const auto check = [&state](const std::string& credential_id, const Place& place) {
    if (state.config.identities.contains(credential_id)) return;
    state.diagnostics.warning(place, credential_id + " has no identity: its handshakes will be refused",
                              "add ae, aes or cse, or an [[identity]] for it");
  };
  for (const auto& [credential_id, place] : state.key_places) check(credential_id, place);
  if (!state.keys_without_identity) return;
  for (const auto& [kpsa_id, entry] : state.config.psks) {
    std::string credential_id = std::string(kPskPrefix) + kpsa_id;
    if (!state.key_places.contains(credential_id)) check(credential_id, place_of(entry.origin));
  }
}

// Connections are counted for each worker: a CSE that takes one request at a time has one worker before it.
void settle_workers(LoadState& state) {
  std::uint32_t& workers = state.config.server.workers;
  if (state.config.cse.max_connections > 1) return;
  if (workers == 0) workers = 1;
  if (workers == 1 || !state.workers) return;
  state.diagnostics.warning(*state.workers,
                            "the CSE gets as many requests at a time, although [cse] max_connections is 1", "write 1");
}

// Where certificates are believed, a stranger could take an AE-ID that one of them names.
void settle_strangers(LoadState& state) {
  using Strangers = RegistrationSettings::Strangers;
  const bool certificates = !state.config.trust_anchors_pem.empty();
  state.config.registration.strangers = state.strangers.value_or(certificates ? Strangers::Assigned : Strangers::Any);
}

// Questions of our own would come beside the requests of registrees.
void settle_reconcile(LoadState& state) {
  if (state.config.cse.max_connections == 1 && !state.reconcile_chosen)
    state.config.registry.reconcile = RegistrySettings::Reconcile::Off;
}

// Spec: TS-0003 10.1.1.4, TS-0001 6.5.1.1 (the public domain name of a CSE)
void check_own_names(LoadState& state) {
  const identity::LocalEntity local{state.config.cse.sp, state.config.cse.id, state.config.cse_domain_names,
                                    state.config.in_domain_name};
  std::unordered_map<std::string, std::pair<bool, Place>> by_certificate;  // by place of chain_file
  for (const auto& [name, place] : state.own_names) {
    auto& [ours, where] = by_certificate[state.diagnostics.line_of(place)];
    ours = ours || identity::cse_of_domain_name(name, local) == state.config.cse.id;
    where = place;
  }
  for (const auto& [line, entry] : by_certificate) {
    if (entry.first) continue;
    state.diagnostics.warning(entry.second,
                              "no dNSName of the certificate stands for " + state.config.cse.id.sp_relative() +
                                  ", so strict registrees refuse it",
                              "issue it for " + std::string(state.config.cse.id.name()) + "." +
                                  std::string(state.config.cse.sp.fqdn()) + ", or add [[cse_domain_name]]");
  }
}

}  // namespace

void check_across_parts(LoadState& state) {
  check_addresses(state);
  check_own_cse(state);
  settle_workers(state);
  settle_reconcile(state);
  settle_app_rules(state);
  settle_egress(state);
  check_own_names(state);
  settle_strangers(state);
  settle_ocsp(state);
  if (state.incomplete) return;
  for (const auto& [table, mend] : {std::pair{"cse", "add [cse] with id, sp and address"},
                                    std::pair{"listener", "add [[listener]] with name, address and frameworks"}}) {
    if (!state.has_table(table)) state.diagnostics.error({0, {}, table}, "is missing", mend);
  }
  for (std::size_t i = 0; i < state.config.listeners.size(); ++i) {
    check_certificate_names(state, state.config.listeners[i], state.listeners[i]);
    check_raw_key_name(state, state.listeners[i]);
    check_frameworks(state, state.config.listeners[i], state.listeners[i]);
  }
  check_identity_references(state);
  check_keys_without_identity(state);
}

}  // namespace saproxy::policy
