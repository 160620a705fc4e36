#include "proxy/registry_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <vector>

#include "identity/printable.h"
#include "proxy/admin/json_text.h"

namespace saproxy::proxy {

using policy::Registration;

namespace {

constexpr std::size_t kWhole = std::string::npos;
constexpr std::size_t kPointWidth = 80;

// RFC 3339, UTC.
std::string time_text(std::int64_t unix_seconds, std::string_view none) {
  if (unix_seconds == 0) return std::string(none);
  const std::time_t seconds = unix_seconds;
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return std::to_string(unix_seconds);  // a year that no int holds
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string first_point(const Registration& registration) {
  const std::vector<std::string>& points = registration.points_of_access;
  if (points.empty()) return "none";
  const std::string first = identity::printable(points.front(), kPointWidth);
  return points.size() == 1 ? first : first + fmt::format(" and {} more", points.size() - 1);
}

using Cells = std::vector<std::string>;

std::string phase_of(const Registration& registration, const Phases& phases) {
  const auto found = phases.find(registration.entity_id);
  return found == phases.end() ? "none" : found->second;
}

Cells cells_of(const Registration& registration, const Phases* phases) {
  Cells cells{identity::printable(registration.entity_id), identity::printable(registration.credential_id, kWhole),
              std::string(to_text(registration.saef)), time_text(registration.expires, "never")};
  if (phases != nullptr) cells.push_back(identity::printable(phase_of(registration, *phases)));
  cells.push_back(first_point(registration));
  return cells;
}

void append_row(std::string& text, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(text), "{:<18}{}\n", name, value);
}

void append_member(std::string& line, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(line), "\"{}\":", name);
  append_json_value(line, value);
  line += ',';
}

void append_list(std::string& line, std::string_view name, const std::vector<std::string>& values) {
  fmt::format_to(std::back_inserter(line), "\"{}\":[", name);
  for (const std::string& value : values) {
    append_json_value(line, value);
    line += ',';
  }
  if (!values.empty()) line.pop_back();
  line += "],";
}

}  // namespace

std::string registration_table(std::span<const Registration> registrations, const Phases* phases) {
  std::vector<Cells> rows{{"ID", "CREDENTIAL-ID", "SAEF", "EXPIRES"}};
  if (phases != nullptr) rows.front().emplace_back("SA2");
  rows.front().emplace_back("POINTS OF ACCESS");
  for (const Registration& registration : registrations) rows.push_back(cells_of(registration, phases));
  std::vector<std::size_t> widths(rows.front().size());
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table;
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      fmt::format_to(std::back_inserter(table), "{:<{}}  ", row[i], widths[i]);
    (table += row.back()) += '\n';
  }
  return table;
}

std::string registration_json(const Registration& registration, const Phases* phases) {
  std::string line = "{";
  append_member(line, "entity_id", registration.entity_id);
  append_member(line, "kind", to_text(registration.kind));
  append_member(line, "credential_id", registration.credential_id);
  append_member(line, "saef", to_text(registration.saef));
  append_member(line, "app_id", registration.app_id);
  append_member(line, "resource_id", registration.resource_id);
  append_member(line, "resource_path", registration.resource_path);
  if (phases != nullptr) append_member(line, "sa2", phase_of(registration, *phases));
  append_list(line, "points_of_access", registration.points_of_access);
  append_list(line, "descendant_cses", registration.descendant_cses);
  fmt::format_to(std::back_inserter(line), "\"request_reachable\":{},\"expires\":{},\"registered\":{}}}",
                 registration.request_reachable, registration.expires, registration.registered);
  return line;
}

std::string registration_details(const Registration& registration) {
  std::string text;
  const auto row = [&text](std::string_view name, const std::string& value) { append_row(text, name, value); };
  const auto shown = [](const std::string& value) { return value.empty() ? "-" : identity::printable(value, kWhole); };
  row("ID", shown(registration.entity_id));
  if (registration.ended) row("state", "not registered; kept for the certificate that names it");
  row("kind", std::string(to_text(registration.kind)));
  row("Credential-ID", shown(registration.credential_id));
  row("SAEF", std::string(to_text(registration.saef)));
  row("App-ID", shown(registration.app_id));
  row("resource ID", shown(registration.resource_id));
  row("resource path", shown(registration.resource_path));
  row("reachable", registration.request_reachable ? "yes" : "no");
  row("registered", time_text(registration.registered, "-"));
  row("expires", time_text(registration.expires, "never"));
  for (const std::string& point : registration.points_of_access) row("point of access", shown(point));
  for (const std::string& cse : registration.descendant_cses) row("descendant CSE", shown(cse));
  return text;
}

std::string far_end_details(const FarEndState& state) {
  using Phase = FarEndState::Phase;
  std::string text;
  const auto row = [&text](std::string_view name, const std::string& value) {
    if (!value.empty()) append_row(text, name, identity::printable(value, kWhole));
  };
  const bool stands = state.phase == Phase::Established;
  std::string phase(to_text(state.phase));
  if (state.phase != Phase::None) phase += " since " + time_text(state.since, "-");
  row("SA2", phase);
  row("TLS", stands ? (state.version.empty() ? "none, in the clear" : state.version + " " + state.suite) : "");
  row("SA2 to", state.point_of_access);
  row("association", state.association);
  row("registered over", state.registered_over);
  if (stands) row("requests sent", std::to_string(state.requests));
  row("requests waiting", std::to_string(state.waiting));
  if (!state.last_failure.empty())
    row("last failure", time_text(state.last_failure_at, "-") + ": " + state.last_failure);
  return text;
}

std::string far_end_lines(std::span<const FarEndState> states) {
  std::string lines;
  for (const FarEndState& state : states)
    fmt::format_to(std::back_inserter(lines), "{} {}\n", state.name, to_text(state.phase));
  return lines;
}

Phases parse_far_end_lines(std::string_view lines) {
  Phases phases;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const std::size_t space = line.find(' ');
    if (space != line.npos) phases.emplace(line.substr(0, space), line.substr(space + 1));
  }
  return phases;
}

}  // namespace saproxy::proxy
