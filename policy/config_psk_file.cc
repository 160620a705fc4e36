// psk_files: many pre-shared keys, one a line, in files, folders and patterns. Made for a million lines: what is done
// for each of them shows at every start. Spec: TS-0003 10.5 (KpsaID)
#include <algorithm>

#include "policy/config_lines.h"

namespace saproxy::policy {

namespace {

using std::string_view;

constexpr std::size_t kLargestPskFile = std::size_t{1} << 29;  // a million keys take about 80 MB
constexpr string_view kMendLine =
    "write KpsaID:key in hex, or KpsaID:key:identities, as ae1@sp.example.com:00112233445566778899aabbccddeeff:Cae1";

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

constexpr LineFiles kPskFiles{"psk_files", Secrecy::Secret, kLargestPskFile, make_room, read_psk_line};

}  // namespace

void read_psk_files(const PlacedText& entry, LoadState& state) { read_line_files(entry, kPskFiles, state); }

}  // namespace saproxy::policy
