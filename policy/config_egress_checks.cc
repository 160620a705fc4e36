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
void settle_domain_name(LoadState& state, RegistrarSettings& registrar) {
  if (!std::holds_alternative<RegistrarSettings::Certificate>(registrar.credential)) return;
  if (!registrar.domain_name.empty()) return;
  for (const auto& [fqdn, cse] : state.config.cse_domain_names) {
    if (cse == registrar.cse_id) registrar.domain_name = fqdn;
  }
  if (!registrar.domain_name.empty() || !state.cse_address) return;
  const std::string name =
      identity::to_lower_ascii(registrar.cse_id.name()) + "." + std::string(state.config.cse.sp.fqdn());
  if (registrar.cse_id.name().find('.') == std::string_view::npos && identity::is_domain_name(name)) {
    registrar.domain_name = name;
    return;
  }
  state.diagnostics.error(*state.egress.registrar_listen,
                          registrar.cse_id.sp_relative() + " gives no domain name to hold its certificate against",
                          "write domain_name = \"...\" in [registrar]");
}

void check_registrar(LoadState& state) {
  if (!state.config.registrar) return;
  RegistrarSettings& registrar = *state.config.registrar;
  if (!state.egress.registrar_answer_timeout)
    registrar.limits.answer_timeout = answer_timeout_of(state.config.cse.profile);
  if (state.egress.registrar_listen) settle_domain_name(state, registrar);
  const Place place = state.egress.registrar_listen.value_or(Place{});
  if (state.cse_address && registrar.cse_id == state.config.cse.id)
    state.diagnostics.error(place, "cse_id is that of the CSE behind saproxy", "name the CSE-ID of its registrar");
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
  if (state.rule_source && !state.config.rule_source.registrar) clash(state.config.rule_source.address, "[rule_source]");
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
