// What of [egress] and [registrar] can only be judged when all files are read: references, defaults, collisions.
#include "identity/domain_name.h"
#include "policy/config_endpoint.h"
#include "policy/config_load.h"
#include "policy/cse_profile.h"

namespace saproxy::policy {

namespace {

void check_name(LoadState& state, const std::optional<PlacedText>& name, const std::string& kind) {
  if (!name || state.names.contains(kind + "/" + name->value)) return;
  state.diagnostics.error(name->place, "there is no [[" + kind + "]] \"" + name->value + "\"",
                          "add a [[" + kind + "]] of that name");
}

void check_references(LoadState& state) {
  const EgressPlaces& places = state.egress;
  check_name(state, places.certificate, "certificate");
  check_name(state, places.raw_key, "raw_key");
  check_name(state, places.registrar_certificate, "certificate");
  check_name(state, places.registrar_raw_key, "raw_key");
  if (places.registrar_psk && !state.config.psks.contains(places.registrar_psk->value))
    state.diagnostics.error(places.registrar_psk->place, "there is no [[psk]] of that identity",
                            "add [[psk]] with identity = \"" + places.registrar_psk->value + "\"");
}

// The name that TS-0001 6.5.1.1 gives an IN-CSE: its CSE-ID as a label before the domain of the service provider.
// Empty: it gives none.
std::string name_of_in_cse(const identity::CseId& cse, const identity::SpId& sp) {
  if (cse.name().find('.') != std::string_view::npos) return {};
  std::string name = identity::to_lower_ascii(cse.name()) + "." + std::string(sp.fqdn());
  return identity::is_domain_name(name) ? name : std::string();
}

// A registrar that is an MN-CSE itself has its name below that of the IN-CSE, as ours has.
void settle_in_domain_name(LoadState& state, const RegistrarSettings& registrar) {
  std::string name =
      registrar.domain_name.empty() ? name_of_in_cse(registrar.cse_id, state.config.cse.sp) : registrar.domain_name;
  const std::string below = "." + std::string(state.config.cse.sp.fqdn());
  if (name.ends_with(below)) {
    const auto dot = name.find_last_of('.', name.size() - below.size() - 1);
    if (dot != name.npos) name.erase(0, dot + 1);
  }
  state.config.in_domain_name = std::move(name);
}

// False: the registrar has more than one, and nobody could say which its certificate must show.
bool take_domain_name(LoadState& state, RegistrarSettings& registrar) {
  for (const auto& [fqdn, cse] : state.config.cse_domain_names) {
    if (cse != registrar.cse_id) continue;
    if (!registrar.domain_name.empty()) {
      state.diagnostics.error(*state.egress.registrar_listen,
                              registrar.cse_id.sp_relative() + " has more than one [[cse_domain_name]]",
                              "write the one that its certificate shows as domain_name = \"...\" in [registrar]");
      return false;
    }
    registrar.domain_name = fqdn;
  }
  return true;
}

void settle_domain_name(LoadState& state, RegistrarSettings& registrar) {
  if (!std::holds_alternative<RegistrarSettings::Certificate>(registrar.credential)) return;
  if (!registrar.domain_name.empty()) return;
  if (!take_domain_name(state, registrar) || !registrar.domain_name.empty() || !state.cse_address) return;
  registrar.domain_name = name_of_in_cse(registrar.cse_id, state.config.cse.sp);
  if (!registrar.domain_name.empty()) return;
  state.diagnostics.error(*state.egress.registrar_listen,
                          registrar.cse_id.sp_relative() + " gives no domain name to hold its certificate against",
                          "write domain_name = \"...\" in [registrar]");
}

// Whoever shows this credential at a listener is the registrar: it reaches our CSE over an association that it begins
// with what it proves in ours. Spec: TS-0003 8.2.1 (SA2)
void bind_to_registrar(LoadState& state, const std::string& credential_id, const Place& place) {
  const identity::CseId& registrar = state.config.registrar->cse_id;
  const auto known = state.config.identities.find(credential_id);
  if (known == state.config.identities.end()) return add_identity(state, credential_id, registrar, place);
  const auto* cse = std::get_if<identity::CseId>(&known->second.identities);
  if (cse != nullptr && *cse == registrar) return;
  state.diagnostics.error(
      place, credential_id + " is given to somebody else at " + state.diagnostics.line_of(known->second.origin),
      "write cse = \"" + registrar.sp_relative() + "\" there, or use another credential");
}

void bind_registrar(LoadState& state) {
  const RegistrarSettings& registrar = *state.config.registrar;
  if (std::holds_alternative<RegistrarSettings::Certificate>(registrar.credential)) {
    if (registrar.domain_name.empty()) return;
    const auto& [name, cse] = *state.config.cse_domain_names.try_emplace(registrar.domain_name, registrar.cse_id).first;
    if (cse == registrar.cse_id) return;
    state.diagnostics.error(*state.egress.registrar_listen, name + " stands for " + cse.sp_relative() + " already",
                            "name the registrar's own domain_name, or mend [[cse_domain_name]]");
  } else if (state.egress.registrar_psk) {
    bind_to_registrar(state, std::string(kPskPrefix) + state.egress.registrar_psk->value,
                      state.egress.registrar_psk->place);
  } else if (const auto* key = std::get_if<RegistrarSettings::RawKey>(&registrar.credential)) {
    const std::string credential_id = "30-" + std::string(key->peer.short_form());
    if (state.key_places.try_emplace(credential_id, state.egress.registrar_raw_key->place).second)
      state.config.trusted_raw_keys.push_back(key->peer);
    bind_to_registrar(state, credential_id, state.egress.registrar_raw_key->place);
  }
}

void check_registrar(LoadState& state) {
  if (!state.config.registrar) return;
  RegistrarSettings& registrar = *state.config.registrar;
  if (!state.egress.registrar_answer_timeout)
    registrar.limits.answer_timeout = answer_timeout_of(state.config.cse.profile);
  if (state.egress.registrar_listen) settle_domain_name(state, registrar);
  if (state.cse_address) settle_in_domain_name(state, registrar);
  const Place place = state.egress.registrar_listen.value_or(Place{});
  if (state.cse_address && registrar.cse_id == state.config.cse.id)
    state.diagnostics.error(place, "cse_id is that of the CSE behind saproxy", "name the CSE-ID of its registrar");
  if (state.egress.registrar_listen && registrar.cse_id != state.config.cse.id) bind_registrar(state);
  if (state.egress.registrar_certificate && !state.has_table("trust.anchors"))
    state.diagnostics.error(state.egress.registrar_certificate->place,
                            "no CA is trusted, so no certificate of the registrar is", "add [trust] with anchors");
}

void check_listen(LoadState& state, const std::optional<Place>& place, const Endpoint& listen) {
  if (!place) return;
  const auto clash = [&](const Endpoint& other, const std::string& what) {
    if (collide(listen, other))
      state.diagnostics.error(*place, "the same address and port as " + what, "give each its own");
  };
  for (std::size_t i = 0; i < state.config.listeners.size(); ++i)
    clash(state.config.listeners[i].address,
          "the listener at " + state.diagnostics.line_of(state.listeners[i].address));
  if (state.cse_address) clash(state.config.cse.address, "the CSE");
  if (state.admin_address) clash(*state.config.admin.address, "the admin listener");
  if (state.rule_source && !state.config.rule_source.registrar)
    clash(state.config.rule_source.address, "[rule_source]");
}

void check_budget(LoadState& state, const DialLimits& limits, const std::optional<Place>& place) {
  if (!place || limits.answer_timeout > limits.connect_timeout) return;
  state.diagnostics.warning(*place, "answer_timeout is over before connect_timeout is",
                            "make connect_timeout less than answer_timeout");
}

}  // namespace

void settle_egress(LoadState& state) {
  std::optional<EgressSettings>& egress = state.config.egress;
  if (egress) {
    if (!state.egress.answer_timeout) egress->limits.answer_timeout = answer_timeout_of(state.config.cse.profile);
    if (egress->certificate_name.empty() && !state.config.certificates.empty())
      egress->certificate_name = state.config.certificates.front().name;
    check_listen(state, state.egress.listen, egress->listen);
    check_budget(state, egress->limits, state.egress.listen);
  }
  check_registrar(state);
  if (const auto& registrar = state.config.registrar) {
    check_listen(state, state.egress.registrar_listen, registrar->listen);
    check_budget(state, registrar->limits, state.egress.registrar_listen);
    if (egress && state.egress.listen && state.egress.registrar_listen && collide(egress->listen, registrar->listen))
      state.diagnostics.error(*state.egress.registrar_listen, "the same address and port as [egress]",
                              "give each its own");
  }
  if (!state.incomplete) check_references(state);
}

}  // namespace saproxy::policy
