// psk_files: many pre-shared keys, one a line, in files, folders and patterns. Made for a million lines: what is done
// for each of them shows at every start. Spec: TS-0003 10.5 (KpsaID)
#include <algorithm>

#include "identity/bytes.h"
#include "policy/config_load.h"

namespace saproxy::policy {

namespace {

using std::string_view;

constexpr std::size_t kLargestPskFile = std::size_t{1} << 29;  // a million keys take about 80 MB
constexpr std::size_t kMostPskFiles = 10'000;
constexpr string_view kMendLine =
    "write KpsaID:key in hex, or KpsaID:key:identities, as ae1@sp.example.com:00112233445566778899aabbccddeeff:Cae1";

string_view trimmed(string_view text) {
  constexpr string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The third field of a line: "Cae1", "C1*,S2", "/mn1".
std::optional<identity::Identities> identities_of_field(string_view field) {
  if (field.starts_with('/')) {
    const auto cse = identity::CseId::parse(field);
    if (!cse) return std::nullopt;
    return *cse;
  }
  std::vector<identity::Pattern> patterns;
  while (true) {
    const std::size_t comma = std::min(field.find(','), field.size());
    const auto pattern = identity::Pattern::parse(field.substr(0, comma));
    if (!pattern || (pattern->is_concrete() && !identity::AeStem::parse(pattern->text())) ||
        !(pattern->can_match_stem_starting('C') || pattern->can_match_stem_starting('S'))) {
      return std::nullopt;
    }
    patterns.push_back(*pattern);
    if (comma == field.size()) return identity::StemList(std::move(patterns));
    field.remove_prefix(comma + 1);
  }
}

void read_psk_line(string_view line, const Place& place, LoadState& state) {
  const std::string mend(kMendLine);
  const std::size_t first = line.find(':');
  if (first == line.npos) return state.diagnostics.error(place, "the line has no ':'", mend);
  const string_view rest = line.substr(first + 1);
  const std::size_t second = std::min(rest.find(':'), rest.size());
  const auto psk = identity::PskIdentity::parse(line.substr(0, first));
  if (!psk) return state.diagnostics.error(place, psk.error().detail, mend);
  auto key = hex_key(rest.substr(0, second));
  const Place key_place{place.file, {place.at.line, place.at.column + static_cast<std::uint32_t>(first) + 1}, {}};
  if (!key) return state.diagnostics.error(key_place, key.error().detail, mend);
  if (second < rest.size()) {
    const auto identities = identities_of_field(rest.substr(second + 1));
    const Place field{place.file, {place.at.line, key_place.at.column + static_cast<std::uint32_t>(second) + 1}, {}};
    if (identities)
      add_identity(state, "12-" + psk->text(), *identities, field);
    else
      state.diagnostics.error(field, "the third field is neither AE-ID-Stems nor a CSE-ID",
                              "write Cae1, C1*,S2 or /mn1");
  } else {
    state.keys_without_identity = true;
  }
  add_psk(state, *psk, std::move(*key), place);
}

void make_room(std::size_t lines, LoadState& state) {
  state.config.psks.reserve(state.config.psks.size() + lines);
  state.config.identities.reserve(state.config.identities.size() + lines);
}

void read_psk_file(const std::string& path, const Place& named_at, LoadState& state) {
  const auto [earlier, fresh] = state.psk_files.try_emplace(path, named_at);
  if (!fresh)
    return state.diagnostics.error(named_at,
                                   "\"" + path + "\" is already named at " + state.diagnostics.line_of(earlier->second),
                                   "remove one of the two");
  const auto content = state.read_resolved(path, named_at, Secrecy::Secret, kLargestPskFile);
  if (!content) return;
  const std::size_t file = state.diagnostics.add_file(path);
  string_view rest = content->text();
  make_room(static_cast<std::size_t>(std::ranges::count(rest, '\n')), state);
  for (std::uint32_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const string_view line = trimmed(rest.substr(0, end));
    const auto column = static_cast<std::uint32_t>(line.empty() ? 1 : line.data() - rest.data() + 1);
    if (!line.empty() && line.front() != '#') read_psk_line(line, {file, {number, column}, {}}, state);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

// "..data" of a Kubernetes volume, ".swp" of an editor.
bool is_hidden(string_view path) { return path.substr(path.rfind('/') + 1).starts_with('.'); }

}  // namespace

void read_psk_files(const PlacedText& entry, LoadState& state) {
  if (!state.is_path(entry)) return;
  const std::string path = state.resolve(entry);
  const bool folder = !is_pattern(path) && state.is_folder(path);
  if (!folder && !is_pattern(path)) return read_psk_file(path, entry.place, state);
  const auto matches = state.matches(folder ? path + (path.ends_with('/') ? "*" : "/*") : path, entry.place);
  if (state.psk_files.size() + matches.size() > kMostPskFiles)
    return state.diagnostics.error(entry.place, "psk_files name more than 10000 files", "join them");
  for (const PlacedText& match : matches)
    if (!is_hidden(match.value)) read_psk_file(match.value, entry.place, state);
}

}  // namespace saproxy::policy
