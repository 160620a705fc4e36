// [egress] and [registrar]: how registrees and the registrar are reached, and what they may name.
#include <array>

#include "identity/domain_name.h"
#include "identity/psk_identity.h"
#include "policy/config_endpoint.h"
#include "policy/config_load.h"
#include "policy/resource_content.h"

namespace saproxy::policy {

namespace {

using namespace std::chrono_literals;
using identity::ErrorCode;
using identity::fail;
using identity::Result;

// Numbers alone: names of users would need a look-up.
constexpr std::uint64_t kMostUsers = 4'294'967'294;
constexpr std::array<std::pair<std::string_view, UnknownTarget>, 2> kUnknownTargets = {
    {{"refuse", UnknownTarget::Refuse}, {"keep", UnknownTarget::Keep}}};
constexpr std::string_view kHowToListen = "write \"127.0.0.1:7001\" or \"unix:/run/saproxy-egress.sock\"";

// Port 0 is for tests: the CSE keeps addresses of this port.
std::optional<Endpoint> read_listen(TableReader& reader, const std::string& what) {
  const auto written = reader.required_text("listen", std::string(kHowToListen));
  if (!written) return std::nullopt;
  const auto address =
      written->value.starts_with("unix:") ? parse_local_address(written->value) : parse_listen_address(written->value);
  if (!address) {
    reader.error("listen", "\"" + written->value + "\": " + address.error().detail, std::string(kHowToListen));
    return std::nullopt;
  }
  if (!is_loopback(*address)) {
    reader.error("listen", "is not on this machine: whoever reaches it could speak to " + what + " in our name",
                 std::string(kHowToListen));
    return std::nullopt;
  }
  return *address;
}

std::vector<std::uint32_t> read_users(TableReader& reader, const std::optional<Endpoint>& listen) {
  std::vector<std::uint32_t> users;
  for (const std::uint64_t user : reader.counts("allowed_users", 0, kMostUsers))
    users.push_back(static_cast<std::uint32_t>(user));
  if (!users.empty() && listen && !listen->is_unix())
    reader.error("allowed_users", "a TCP port does not know the user of its peer",
                 "listen on a Unix socket, or take it out");
  return users;
}

void read_limits(TableReader& reader, DialLimits& limits) {
  reader.duration("answer_timeout", limits.answer_timeout, 100ms, 5min);
  reader.duration("connect_timeout", limits.connect_timeout, 10ms, 1min);
  reader.duration("handshake_timeout", limits.handshake_timeout, 10ms, 1min);
  reader.duration("idle_timeout", limits.idle_timeout, 100ms, 24h);
  reader.duration("session_lifetime", limits.session_lifetime, 1s, 8760h);
  reader.duration("dead_for", limits.dead_for, 100ms, 1h);
  reader.size("max_request", limits.max_request, 1u << 10, 1u << 30);
  reader.size("max_answer", limits.max_answer, 1u << 10, 1u << 30);
  reader.count("max_waiting", limits.max_waiting, 1, 100'000);
}

std::vector<AddressRange> read_ranges(TableReader& reader, std::string_view key, LoadState& state) {
  std::vector<AddressRange> ranges;
  for (const PlacedText& written : reader.texts(key)) {
    if (const auto range = AddressRange::parse(written.value))
      ranges.push_back(*range);
    else
      state.diagnostics.error(written.place, "\"" + written.value + "\" is no address range: " + range.error().detail,
                              "write something like \"10.0.0.0/8\", \"fd12:3456::/48\" or one address");
  }
  return ranges;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  // The rules of a port in a URI hold here as well.
  const auto point = PointOfAccess::parse("https://h:" + std::string(text));
  if (!point) return fail(point.error().code, point.error().detail);
  if (!point->path.empty()) return fail(ErrorCode::BadSyntax, "something follows the number");
  return point->port;
}

Result<PortRange> parse_ports(std::string_view text) {
  const std::size_t dash = text.find('-');
  SAPROXY_TRY(const std::uint16_t first, parse_port(text.substr(0, std::min(dash, text.size()))));
  if (dash == text.npos) return PortRange{first, first};
  SAPROXY_TRY(const std::uint16_t last, parse_port(text.substr(dash + 1)));
  if (last < first) return fail(ErrorCode::OutOfRange, "ends before it begins");
  return PortRange{first, last};
}

void read_ports(TableReader& reader, EgressSettings& egress, LoadState& state) {
  const std::string mend = "write \"443\" or \"8000-8999\"";
  const auto written = reader.texts("ports");
  if (!reader.has("ports")) return;
  egress.ports.clear();
  for (const PlacedText& text : written) {
    if (const auto ports = parse_ports(text.value))
      egress.ports.push_back(*ports);
    else
      state.diagnostics.error(text.place, "\"" + text.value + "\" is no range of ports: " + ports.error().detail, mend);
  }
  if (written.empty()) reader.error("ports", "names no port, so nobody could be reached", mend);
}

std::vector<std::string> read_points(TableReader& reader, std::string_view key, LoadState& state) {
  std::vector<std::string> points;
  for (const PlacedText& written : reader.texts(key)) {
    if (const auto point = PointOfAccess::parse(written.value))
      points.push_back(written.value);
    else
      state.diagnostics.error(written.place, "\"" + written.value + "\": " + point.error().detail,
                              "write a point of access, as in \"https://cse.example.com:8443\"");
  }
  return points;
}

void read_policy(TableReader& reader, EgressSettings& egress, LoadState& state) {
  egress.allow = read_ranges(reader, "allow", state);
  egress.deny = read_ranges(reader, "deny", state);
  reader.boolean("deny_own_networks", egress.deny_own_networks);
  read_ports(reader, egress, state);
  reader.boolean("plain", egress.plain);
  if (egress.plain)
    reader.warning("plain", "requests go to http:// and coap:// in the clear, to whoever answers there",
                   "leave it false unless the network itself is protected");
  reader.boolean("refuse_plain", egress.refuse_plain);
  if (egress.plain && egress.refuse_plain)
    reader.error("refuse_plain", "contradicts plain, by which they are served", "set one of the two");
  reader.boolean("translate_notification_uri", egress.translate_notification_uri);
  egress.unknown_target =
      reader.choice<UnknownTarget>("unknown_notification_uri", kUnknownTargets).value_or(egress.unknown_target);
  reader.count("max_notification_targets", egress.targets.of_one, 1, 10'000);
  reader.count("max_notification_targets_total", egress.targets.total, 1, 10'000'000);
}

void read_own_points(TableReader& reader, EgressSettings& egress, LoadState& state) {
  egress.cse_points_of_access = read_points(reader, "cse_points_of_access", state);
  egress.public_points_of_access = read_points(reader, "public_points_of_access", state);
  if (reader.has("cse_points_of_access") == reader.has("public_points_of_access")) return;
  const bool cse = reader.has("cse_points_of_access");
  reader.error(cse ? "cse_points_of_access" : "public_points_of_access", "says nothing alone",
               cse ? "add public_points_of_access: what clients see instead"
                   : "add cse_points_of_access: what the CSE shows in its CSEBase");
}

void read_registrar_address(TableReader& reader, RegistrarSettings& registrar) {
  const std::string mend = "write \"https://in.example.com:8443\"";
  const auto written = reader.required_text("address", mend);
  if (!written) return;
  const auto address = PointOfAccess::parse(written->value);
  if (!address) return reader.error("address", "\"" + written->value + "\": " + address.error().detail, mend);
  if (address->scheme != PointScheme::Https)
    return reader.error("address", "is not https: the association with the registrar is TLS", mend);
  if (!address->path.empty() && address->path != "/")
    return reader.error("address", "a path after the port is not used", mend);
  registrar.address = *address;
  registrar.address.path.clear();
}

void read_registrar_names(TableReader& reader, RegistrarSettings& registrar) {
  const std::string mend = "write the CSE-ID of the registrar, as cse_id = \"/in-cse\"";
  if (const auto id = reader.required_text("cse_id", mend)) {
    if (const auto parsed = identity::CseId::parse(id->value); parsed && id->value.starts_with('/'))
      registrar.cse_id = *parsed;
    else
      reader.error("cse_id", "\"" + id->value + "\" is not an SP-relative CSE-ID", mend);
  }
  const auto name = reader.text("domain_name");
  if (!name) return;
  if (identity::is_domain_name(name->value))
    registrar.domain_name = identity::to_lower_ascii(name->value);
  else
    reader.error("domain_name", "\"" + name->value + "\" is not a domain name",
                 "write the name in its certificate, as in \"in-cse.sp.example.com\"");
}

void read_peer_key(TableReader& reader, RegistrarSettings& registrar, const PlacedText& own) {
  const std::string mend = "write peer_raw_key = \"sha-256;...\": the registrar's (saproxy inspect prints it)";
  const auto peer = reader.required_text("peer_raw_key", mend);
  if (!peer) return;
  const auto name = identity::PublicKeyName::parse(peer->value);
  if (!name) return reader.error("peer_raw_key", "is not an RFC 6920 name: " + name.error().detail, mend);
  registrar.credential = RegistrarSettings::RawKey{own.value, *name};
}

void read_credential(TableReader& reader, RegistrarSettings& registrar, LoadState& state) {
  const auto certificate = reader.text("certificate");
  const auto psk = reader.text("psk");
  const auto raw_key = reader.text("raw_key");
  const int given = int{reader.has("certificate")} + int{reader.has("psk")} + int{reader.has("raw_key")};
  if (given != 1)
    reader.error("", given == 0 ? "has no credential" : "has more than one credential",
                 "write one of certificate, psk and raw_key");
  if (raw_key)
    read_peer_key(reader, registrar, *raw_key);
  else if (reader.text("peer_raw_key"))
    reader.error("peer_raw_key", "is there without raw_key", "add raw_key: our own, or take it out");
  if (certificate) registrar.credential = RegistrarSettings::Certificate{certificate->value};
  if (psk) registrar.credential = RegistrarSettings::Psk{psk->value};
  if (certificate) state.egress.registrar_certificate = *certificate;
  if (psk) state.egress.registrar_psk = *psk;
  if (raw_key) state.egress.registrar_raw_key = *raw_key;
}

}  // namespace

void read_egress(TableReader& reader, LoadState& state) {
  EgressSettings egress;
  if (const auto listen = read_listen(reader, "registrees")) {
    egress.listen = *listen;
    state.egress.listen = reader.place_of("listen");
  }
  egress.allowed_users = read_users(reader, state.egress.listen ? std::optional(egress.listen) : std::nullopt);
  if (const auto name = reader.text("certificate")) state.egress.certificate = *name;
  if (const auto name = reader.text("raw_key")) state.egress.raw_key = *name;
  if (state.egress.certificate) egress.certificate_name = state.egress.certificate->value;
  if (state.egress.raw_key) egress.raw_key_name = state.egress.raw_key->value;
  reader.table("tls", [&egress](TableReader& tls) { read_tls(tls, TlsSide::Client, egress.tls); });
  read_limits(reader, egress.limits);
  state.egress.answer_timeout = reader.has("answer_timeout");
  reader.count("max_waiting_total", egress.max_waiting_total, 1, 10'000'000);
  reader.count("max_connections", egress.max_connections, 1, 10'000'000);
  reader.count("max_points_of_access", egress.max_points_of_access, 1, kMaxPointsOfAccess);
  read_policy(reader, egress, state);
  read_own_points(reader, egress, state);
  state.config.egress = std::move(egress);
}

void read_registrar(TableReader& reader, LoadState& state) {
  RegistrarSettings registrar;
  read_registrar_address(reader, registrar);
  read_registrar_names(reader, registrar);
  if (const auto listen = read_listen(reader, "the registrar")) {
    registrar.listen = *listen;
    state.egress.registrar_listen = reader.place_of("listen");
  }
  registrar.allowed_users =
      read_users(reader, state.egress.registrar_listen ? std::optional(registrar.listen) : std::nullopt);
  read_credential(reader, registrar, state);
  reader.table("tls", [&registrar](TableReader& tls) { read_tls(tls, TlsSide::Client, registrar.tls); });
  read_limits(reader, registrar.limits);
  state.egress.registrar_answer_timeout = reader.has("answer_timeout");
  state.config.registrar = std::move(registrar);
}

}  // namespace saproxy::policy
