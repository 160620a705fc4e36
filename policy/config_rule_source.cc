// [rule_source]: where rules are fetched from, and whether that fits what [registration] asks for.
#include <utility>

#include "identity/domain_name.h"
#include "policy/config_endpoint.h"
#include "policy/config_load.h"
#include "policy/resource_address.h"

namespace saproxy::policy {

namespace {

using namespace std::chrono_literals;
using Rules = RegistrationSettings::Rules;

void read_address(TableReader& reader, LoadState& state) {
  RuleSourceSettings& source = state.config.rule_source;
  const std::string mend = "write \"http://127.0.0.1:8080\" or \"unix:/run/in-cse.sock\"";
  reader.boolean("allow_remote", source.allow_remote);
  reader.boolean("registrar", source.registrar);
  if (source.registrar && !reader.has("address")) {
    state.rule_source = reader.place_of("registrar");
    return;
  }
  const auto written = reader.required_text("address", mend);
  if (!written) return;
  if (std::exchange(source.registrar, false))
    return reader.error("address", "there is the registrar already", "leave address out, or registrar");
  const auto address = parse_cse_address(written->value);
  if (!address) return reader.error("address", "\"" + written->value + "\": " + address.error().detail, mend);
  if (!is_loopback(*address) && !source.allow_remote) {
    return reader.error("address",
                        "is not on this machine: whoever is on the way could write rules that let anybody register",
                        "write a loopback address, as that of a forwarder that speaks TLS to the IN-CSE, or allow it "
                        "by allow_remote = true");
  }
  source.address = *address;
  state.rule_source = written->place;
}

void read_names(TableReader& reader, RuleSourceSettings& source) {
  if (const auto base = reader.text("base")) {
    if (is_resource_address(base->value))
      source.base = base->value;
    else
      reader.error("base", "is no address of a resource", "write \"-\", \"cse-in\" or \"/in-cse\"");
  }
  const auto originator = reader.text("originator");
  if (!originator) return;
  const std::string& text = originator->value;
  if (!text.empty() && text.size() <= identity::kMaxIdentifier && identity::is_all_visible(text))
    source.originator = text;
  else
    reader.error("originator", "is no identifier", "write \"/cse1\" or \"Cadmin\", or leave it out");
}

}  // namespace

void read_rule_source(TableReader& reader, LoadState& state) {
  RuleSourceSettings& source = state.config.rule_source;
  read_address(reader, state);
  read_names(reader, source);
  reader.duration("refresh", source.refresh, 100ms, 24h);
  Milliseconds age{-1};
  reader.duration("max_age", age, 0ms, 8760h);
  if (age >= 0ms) source.max_age = age;
  reader.duration("timeout", source.timeout, 10ms, 5min);
  reader.count("max_rules", source.max_rules, 1, 10'000'000);
}

// Whoever writes rules, or where they are, wants them asked.
void settle_app_rules(LoadState& state) {
  RegistrationSettings& settings = state.config.registration;
  if (!state.app_rules_chosen) {
    if (state.first_app_rule)
      settings.app_rules = Rules::File;
    else if (state.has_table("rule_source"))
      settings.app_rules = Rules::Fetched;
  }
  if (state.first_app_rule && settings.app_rules != Rules::File)
    state.diagnostics.warning(*state.first_app_rule, "[registration] app_rules is not \"file\": this rule is not asked",
                              "write app_rules = \"file\", or take the rules out");
  if (state.rule_source && settings.app_rules != Rules::Fetched)
    state.diagnostics.warning(*state.rule_source, "[registration] app_rules is not \"fetched\": nobody asks there",
                              "write app_rules = \"fetched\", or take [rule_source] out");
  if (state.config.rule_source.registrar && !state.has_table("registrar") && !state.incomplete)
    state.diagnostics.error(*state.rule_source, "there is no [registrar] to ask",
                            "add [registrar], or write the address of an IN-CSE");
  if (settings.app_rules == Rules::Fetched && !state.has_table("rule_source") && !state.incomplete)
    state.diagnostics.error(*state.app_rules_chosen, "there is no [rule_source] to fetch rules from",
                            "add [rule_source] with its address");
}

}  // namespace saproxy::policy
