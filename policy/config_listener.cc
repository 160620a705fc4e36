// [[listener]]: where registrees connect, and what they may bring.
#include <array>

#include "identity/domain_name.h"
#include "policy/config_endpoint.h"
#include "policy/config_load.h"

namespace saproxy::policy {

namespace {

using namespace std::chrono_literals;
using std::pair;
using std::string_view;

enum class Framework { Psk, Certificate, RawPublicKey };
enum class Version { Tls12, Tls13 };
enum class Allowed { Rsa, P384, NodeIdInDnsName, MissingKeyUsage, CaWithoutNameConstraints };

constexpr std::array kFrameworks = {pair{string_view("psk"), Framework::Psk},
                                    pair{string_view("certificate"), Framework::Certificate},
                                    pair{string_view("raw-public-key"), Framework::RawPublicKey}};
constexpr std::array kVersions = {pair{string_view("1.2"), Version::Tls12}, pair{string_view("1.3"), Version::Tls13}};
constexpr std::array kPreferences = {pair{string_view("psk"), true}, pair{string_view("certificate"), false}};
constexpr std::array kAllowed = {pair{string_view("rsa"), Allowed::Rsa}, pair{string_view("p384"), Allowed::P384},
                                 pair{string_view("node-id-in-dns-name"), Allowed::NodeIdInDnsName},
                                 pair{string_view("missing-key-usage"), Allowed::MissingKeyUsage},
                                 pair{string_view("ca-without-name-constraints"), Allowed::CaWithoutNameConstraints}};
using NoIdentity = ListenerSettings::NoIdentity;
constexpr std::array kNoIdentity = {pair{string_view("refuse"), NoIdentity::RefuseHandshake},
                                    pair{string_view("register-only"), NoIdentity::RegisterOnly}};

bool& switch_of(identity::ProfileSwitches& switches, Allowed allowed) {
  switch (allowed) {
    case Allowed::Rsa: return switches.allow_rsa;
    case Allowed::P384: return switches.allow_p384;
    case Allowed::NodeIdInDnsName: return switches.allow_node_id_in_dns_name;
    case Allowed::MissingKeyUsage: return switches.allow_missing_key_usage;
    case Allowed::CaWithoutNameConstraints: return switches.allow_ca_without_name_constraints;
  }
  return switches.allow_rsa;
}

void read_limits(TableReader& reader, Limits& limits) {
  reader.duration("handshake_timeout", limits.handshake_timeout, 100ms, 5min);
  reader.duration("handshake_patience", limits.handshake_patience, 10ms, 5min);
  reader.duration("header_timeout", limits.header_timeout, 100ms, 5min);
  reader.duration("body_timeout", limits.body_timeout, 100ms, 1h);
  reader.duration("request_timeout", limits.request_timeout, 100ms, 24h);
  reader.duration("answer_timeout", limits.answer_timeout, 100ms, 24h);
  reader.duration("idle_timeout", limits.idle_timeout, 1s, 24h);
  reader.duration("session_lifetime", limits.session_lifetime, 1s, 24h * 365);
  reader.count("max_connections", limits.max_connections, 1, 10'000'000);
  reader.count("max_handshakes", limits.max_handshakes, 1, 10'000'000);
  reader.size("max_header_bytes", limits.max_header_bytes, 1u << 10, 1u << 20);
  reader.count("max_headers", limits.max_headers, 8, 1000);
  reader.size("max_body", limits.max_body, 0, 1u << 30);
}

void read_frameworks(TableReader& reader, ListenerSettings& listener) {
  const std::string mend =
      "write frameworks = [\"psk\", \"certificate\", \"raw-public-key\"] or those of them that this port serves";
  const auto frameworks = reader.choices<Framework>("frameworks", kFrameworks);
  if (!reader.has("frameworks"))
    reader.error("frameworks", "is missing", mend);
  else if (frameworks.empty())
    reader.error("frameworks", "names no framework", mend);
  const auto serves = [&frameworks](Framework framework) {
    return std::ranges::find(frameworks, framework) != frameworks.end();
  };
  listener.psk = serves(Framework::Psk);
  listener.certificates = serves(Framework::Certificate);
  listener.raw_public_keys = serves(Framework::RawPublicKey);
}

void read_name(TableReader& reader, LoadState& state, ListenerSettings& listener) {
  const auto name = reader.required_text("name", "name the listener for log and metrics, as name = \"https\"");
  if (!name) return;
  listener.name = name->value;
  const bool plain = name->value.size() <= 32 && std::ranges::all_of(name->value, [](char c) {
                       return identity::is_letter_or_digit(c) || c == '-' || c == '_';
                     });
  if (!plain)
    return reader.error("name", "is longer than 32 characters or has others than letters, digits, '-' and '_'",
                        "shorten it, as in \"https\"");
  (void)state.claim_name("listener", *name);
}

}  // namespace

void read_tls(TableReader& reader, TlsSide side, TlsSettings& tls) {
  if (reader.has("versions")) {
    const auto versions = reader.choices<Version>("versions", kVersions);
    if (versions.empty()) reader.error("versions", "names no version", "write versions = [\"1.2\"], [\"1.3\"] or both");
    tls.tls12 = std::ranges::find(versions, Version::Tls12) != versions.end();
    tls.tls13 = std::ranges::find(versions, Version::Tls13) != versions.end();
  } else {
    (void)reader.texts("versions");
  }
  reader.boolean("extra_suites", tls.extra_suites);
  if (side == TlsSide::Server) {
    if (const auto psk = reader.choice<bool>("prefer", kPreferences)) tls.prefer_psk = *psk;
  }
  for (const Allowed allowed : reader.choices<Allowed>("allow", kAllowed)) switch_of(tls.profile, allowed) = true;
  if (tls.profile.allow_rsa)
    reader.warning("allow", "certificates outside the profile of TS-0003 10.1.1 are accepted",
                   "issue P-256 certificates when you can");
}

void read_listener(TableReader& reader, LoadState& state) {
  ListenerSettings listener;
  ListenerPlaces places;
  places.listener = reader.place();
  read_name(reader, state, listener);
  const std::string mend = "write an address to listen on, as address = \"0.0.0.0:8443\" or \"[::]:8443\"";
  if (const auto written = reader.required_text("address", mend)) {
    const auto address = parse_listen_address(written->value);
    if (address)
      listener.address = *address;
    else
      reader.error("address", "\"" + written->value + "\": " + address.error().detail, mend);
  }
  places.address = reader.place_of("address");
  read_frameworks(reader, listener);
  places.frameworks = reader.place_of("frameworks");
  places.certificates = reader.texts("certificates");
  places.server_certificates = reader.place_of("certificates");
  for (const PlacedText& name : places.certificates) listener.certificate_names.push_back(name.value);
  places.raw_key = reader.text("raw_key");
  if (places.raw_key) listener.raw_key_name = places.raw_key->value;
  if (const auto no_identity = reader.choice<NoIdentity>("no_identity", kNoIdentity))
    listener.no_identity = *no_identity;
  reader.table("tls", [&listener](TableReader& tls) { read_tls(tls, TlsSide::Server, listener.tls); });
  reader.table("limits", [&listener](TableReader& limits) { read_limits(limits, listener.limits); });
  state.config.listeners.push_back(std::move(listener));
  state.listeners.push_back(std::move(places));
}

}  // namespace saproxy::policy
