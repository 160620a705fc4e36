// [cse]: the CSE behind us, by profile and by name.
#include <array>

#include "policy/config_endpoint.h"
#include "policy/config_load.h"
#include "policy/cse_profile.h"

namespace saproxy::policy {

namespace {

using namespace std::chrono_literals;
using std::pair;
using std::string_view;

constexpr std::array kProfiles = {
    pair{string_view("generic"), CseProfile::Generic}, pair{string_view("tinyiot"), CseProfile::TinyIot},
    pair{string_view("acme"), CseProfile::Acme},       pair{string_view("mobius"), CseProfile::Mobius},
    pair{string_view("mobius4"), CseProfile::Mobius4}, pair{string_view("om2m"), CseProfile::Om2m}};
constexpr std::array kForms = {pair{string_view("as-sent"), OriginatorForm::AsSent},
                               pair{string_view("cse-relative"), OriginatorForm::CseRelative}};
constexpr std::array kExposed = {pair{string_view("ignore"), CseSettings::Exposed::Ignore},
                                 pair{string_view("warn"), CseSettings::Exposed::Warn},
                                 pair{string_view("refuse"), CseSettings::Exposed::Refuse}};
constexpr std::array kReleases = {pair{string_view("1"), 1}, pair{string_view("2"), 2}, pair{string_view("2a"), 2},
                                  pair{string_view("3"), 3}, pair{string_view("4"), 4}, pair{string_view("5"), 5}};

void read_names(TableReader& reader, LoadState& state) {
  CseSettings& cse = state.config.cse;
  if (const auto id = reader.required_text("id", "write the CSE-ID of the CSE, as id = \"/cse1\"")) {
    if (const auto parsed = identity::CseId::parse(id->value); parsed && id->value.starts_with('/'))
      cse.id = *parsed;
    else
      reader.error("id", "\"" + id->value + "\" is not an SP-relative CSE-ID",
                   "write a slash and one identifier, as in \"/cse1\"");
  }
  if (const auto sp = reader.required_text("sp", "write the M2M-SP-ID, as sp = \"//sp.example.com\"")) {
    if (const auto parsed = identity::SpId::parse(sp->value); parsed && sp->value.starts_with("//"))
      cse.sp = *parsed;
    else
      reader.error("sp", "\"" + sp->value + "\" is not an M2M-SP-ID",
                   "write two slashes and a domain name, as in \"//sp.example.com\"");
  }
  if (const auto name = reader.text("base_name")) {
    if (identity::is_identifier_label(name->value))
      cse.base_name = name->value;
    else
      reader.error("base_name", "\"" + name->value + "\" is not the name of a resource",
                   "write the resource name of the CSEBase without slashes, as in \"cse-in\"");
  }
}

void read_address(TableReader& reader, LoadState& state) {
  CseSettings& cse = state.config.cse;
  const std::string mend = "write \"http://127.0.0.1:8080\" or \"unix:/run/cse.sock\"";
  const auto written = reader.required_text("address", mend);
  reader.boolean("allow_remote_cse", cse.allow_remote_cse);
  if (!written) return;
  const auto address = parse_cse_address(written->value);
  if (!address) return reader.error("address", "\"" + written->value + "\": " + address.error().detail, mend);
  cse.address = *address;
  state.cse_address = written->place;
  if (!is_loopback(*address) && !cse.allow_remote_cse) {
    reader.error(
        "address",
        "is not on this machine: requests and the identities they speak for would cross the network in the clear",
        "write a loopback address or a Unix socket, or allow it by allow_remote_cse = true");
  }
}

void read_form(TableReader& reader, CseSettings& cse) {
  reader.boolean("keep_alive", cse.keep_alive);
  reader.duration("idle_timeout", cse.idle_timeout, 100ms, 1h);
  reader.boolean("whole_requests", cse.whole_requests);
  reader.boolean("insert_release_version", cse.insert_release_version);
  if (reader.choice<int>("release_version", kReleases)) cse.release_version = reader.text("release_version")->value;
  reader.boolean("insert_originator", cse.insert_originator);
  if (const auto form = reader.choice<OriginatorForm>("originator_form", kForms)) cse.originator_form = *form;
  reader.boolean("health_request", cse.health_request);
  if (const auto exposed = reader.choice<CseSettings::Exposed>("exposed_port", kExposed)) cse.exposed_port = *exposed;
}

void read_bounds(TableReader& reader, CseSettings& cse) {
  reader.size("max_request", cse.max_request, 1u << 10, 1u << 30);
  reader.size("max_header_value", cse.max_header_value, 64, 1u << 16);
  reader.size("max_originator", cse.max_originator, 16, 1u << 12);
  reader.size("max_request_id", cse.max_request_id, 16, 1u << 12);
  reader.size("max_query", cse.max_query, 16, 1u << 12);
  reader.count("max_connections", cse.max_connections, 1, 10'000);
  reader.count("max_waiting", cse.max_waiting, 0, 1'000'000);
  reader.duration("connect_timeout", cse.connect_timeout, 10ms, 5min);
  reader.duration("response_timeout", cse.response_timeout, 100ms, 10min);
  reader.duration("health_interval", cse.health_interval, 100ms, 1h);
}

void read_denied(TableReader& reader, LoadState& state) {
  CseSettings& cse = state.config.cse;
  for (const PlacedText& denied : reader.texts("denied_originators")) {
    if (identity::Pattern::parse(denied.value))
      cse.denied_originators.push_back(denied.value);
    else
      state.diagnostics.error(denied.place, "is not an originator",
                              "write 1 to 256 printable characters, with * for any run of them");
  }
  reader.boolean("deny_profile_administrators", cse.deny_profile_administrators);
  if (!cse.deny_profile_administrators && !administrators_of(cse.profile).empty()) {
    reader.warning("deny_profile_administrators",
                   "registrees may speak as the administrator of the CSE if an identity lists it",
                   "leave it true unless another rule keeps them from it");
  }
}

}  // namespace

void read_cse(TableReader& reader, LoadState& state) {
  CseSettings& cse = state.config.cse;
  read_names(reader, state);
  if (const auto profile = reader.choice<CseProfile>("profile", kProfiles)) apply_profile(*profile, cse);
  read_address(reader, state);
  read_form(reader, cse);
  read_bounds(reader, cse);
  read_denied(reader, state);
}

}  // namespace saproxy::policy
