// [server], [admin], [log], [identity_headers], [registration], [registry]: how saproxy itself runs.
#include <array>

#include "identity/domain_name.h"
#include "policy/config_endpoint.h"
#include "policy/config_load.h"

namespace saproxy::policy {

namespace {

using namespace std::chrono_literals;
using std::pair;
using std::string_view;

constexpr std::array kFormats = {pair{string_view("json"), LogSettings::Format::Json},
                                 pair{string_view("text"), LogSettings::Format::Text}};
constexpr std::array kLevels = {
    pair{string_view("debug"), LogSettings::Level::Debug}, pair{string_view("info"), LogSettings::Level::Info},
    pair{string_view("warning"), LogSettings::Level::Warning}, pair{string_view("error"), LogSettings::Level::Error}};
constexpr std::size_t kLongestPrefix = 64;

// Headers that carry the request; a prefix of one of them would take it away from every client.
constexpr std::array<string_view, 10> kNeeded = {
    "host",      "content-type", "content-length", "x-m2m-origin",      "x-m2m-ri",
    "x-m2m-rvi", "x-m2m-rsc",    "accept",         "transfer-encoding", "connection"};

bool is_header_text(string_view text) {
  return !text.empty() && text.size() <= kLongestPrefix && identity::is_letter(text.front()) &&
         std::ranges::all_of(text, [](char c) { return identity::is_letter_or_digit(c) || c == '-'; });
}

bool hides_needed_header(string_view prefix) {
  const std::string folded = identity::to_lower_ascii(prefix);
  return std::ranges::any_of(kNeeded, [&folded](string_view needed) { return needed.starts_with(folded); });
}

void read_reconcile(TableReader& reader, LoadState& state) {
  RegistrySettings& registry = state.config.registry;
  const auto when = reader.text("reconcile");
  if (!when) return;
  state.reconcile_chosen = true;
  if (when->value == "off") {
    registry.reconcile = RegistrySettings::Reconcile::Off;
    return;
  }
  if (when->value == "start") return;
  const auto every = parse_duration(when->value);
  if (!every || *every < 1s || *every > 8760h)
    return reader.error("reconcile", "is neither \"start\", \"off\" nor a time from 1s to 365d",
                        "write \"start\", \"off\" or something like \"6h\"");
  registry.reconcile_every = *every;
}

void read_reconcile_originator(TableReader& reader, RegistrySettings& registry) {
  const auto originator = reader.text("reconcile_originator");
  if (!originator) return;
  const std::string& text = originator->value;
  if (!text.empty() && text.size() <= identity::kMaxIdentifier && identity::is_all_visible(text))
    registry.reconcile_originator = text;
  else
    reader.error("reconcile_originator", "is no identifier", "write \"/cse1\" or \"Cadmin\", or leave it out");
}

}  // namespace

void read_server(TableReader& reader, LoadState& state) {
  reader.count("workers", state.config.server.workers, 0, 1024);
  if (reader.has("workers")) state.workers = reader.place_of("workers");
  reader.duration("drain_timeout", state.config.server.drain_timeout, 0ms, 1h);
  reader.size("max_collected", state.config.server.max_collected, std::uint64_t{64} << 10, std::uint64_t{1} << 40);
  reader.boolean("watch_files", state.config.server.watch_files);
  reader.duration("watch_delay", state.config.server.watch_delay, 10ms, 1min);
}

void read_admin(TableReader& reader, LoadState& state) {
  const std::string mend = "write \"127.0.0.1:9464\" or \"unix:/run/saproxy-admin.sock\"";
  const auto written = reader.text("address");
  if (!written) return;
  const auto address = parse_local_address(written->value);
  if (!address) return reader.error("address", "\"" + written->value + "\": " + address.error().detail, mend);
  if (!is_loopback(*address))
    return reader.error("address", "the admin listener knows no authentication and must not leave this machine", mend);
  state.config.admin.address = *address;
  state.admin_address = written->place;
}

void read_log(TableReader& reader, LoadState& state) {
  LogSettings& log = state.config.log;
  if (const auto format = reader.choice<LogSettings::Format>("format", kFormats)) log.format = *format;
  if (const auto level = reader.choice<LogSettings::Level>("level", kLevels)) log.level = *level;
  reader.count("max_lines_per_second", log.max_lines_per_second, 1, 1'000'000);
}

void read_identity_headers(TableReader& reader, LoadState& state) {
  HeaderSettings& headers = state.config.headers;
  reader.boolean("enabled", headers.enabled);
  reader.boolean("client_cert", headers.client_cert);
  reader.boolean("forwarded", headers.forwarded);
  const auto prefix = reader.text("prefix");
  if (!prefix) return;
  const std::string mend = "write something like \"X-M2M-SA-\"";
  if (!is_header_text(prefix->value))
    return reader.error("prefix", "is not a header name of letters, digits and '-', at most 64", mend);
  if (hides_needed_header(prefix->value)) return reader.error("prefix", "covers a header that requests need", mend);
  headers.prefix = prefix->value;
}

// The file itself is looked at by whoever opens it: it need not be there yet.
void read_registry(TableReader& reader, LoadState& state) {
  RegistrySettings& registry = state.config.registry;
  reader.count("max_registrations", registry.max_registrations, 1, 10'000'000);
  reader.count("max_registrations_per_credential", registry.max_registrations_per_credential, 1, 10'000'000);
  reader.count("reconcile_rate", registry.reconcile_rate, 1, 1000);
  read_reconcile(reader, state);
  read_reconcile_originator(reader, registry);
  const auto file = reader.text("file");
  if (!file) return;
  if (file->value.empty() || file->value.ends_with('/') || file->value.find('\0') != file->value.npos)
    return reader.error("file", "is no path of a file",
                        "write a path, relative to this file or absolute, as in \"/var/lib/saproxy/registry.db\"");
  registry.file = state.resolve(*file);
}

}  // namespace saproxy::policy
