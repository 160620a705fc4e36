// [[psk]] and psk_files: pre-shared keys by KpsaID. Keys come from files of their own unless the file says
// secrets_in_file = true, and no message ever repeats one. Spec: TS-0003 10.5 (KpsaID)
#include <array>

#include "identity/base64.h"
#include "identity/hex.h"
#include "policy/config_load.h"

namespace saproxy::policy {

using identity::Bytes;
using identity::ErrorCode;
using identity::fail;
using identity::Result;
using identity::Secret;

namespace {

using std::pair;
using std::string_view;

enum class KeyFormat { Hex, Base64, Raw };
constexpr std::array kKeyFormats = {pair{string_view("hex"), KeyFormat::Hex},
                                    pair{string_view("base64"), KeyFormat::Base64},
                                    pair{string_view("raw"), KeyFormat::Raw}};
constexpr std::size_t kLongestKey = 64;  // bytes; what TLS libraries take
constexpr std::size_t kShortKey = 16;
constexpr std::size_t kLargestKeyFile = 1024;
constexpr std::size_t kLargestPskFile = std::size_t{1} << 29;  // a million keys take about 120 MB
constexpr string_view kMendKey = "write key_file = \"ae1.psk\", a file that holds the key";
constexpr string_view kMendLine =
    "write KpsaID:key in hex, or KpsaID:key:identities, as ae1@sp.example.com:00112233445566778899aabbccddeeff:Cae1";

string_view trimmed(string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Result<Secret> decode_key(string_view text, KeyFormat format) {
  Result<Bytes> bytes = fail(ErrorCode::BadSyntax, "");
  switch (format) {
    case KeyFormat::Hex: bytes = identity::hex_decode(trimmed(text)); break;
    case KeyFormat::Base64: bytes = identity::base64_decode(trimmed(text)); break;
    case KeyFormat::Raw: bytes = Bytes(text.begin(), text.end()); break;
  }
  if (!bytes)
    return fail(ErrorCode::BadSyntax, format == KeyFormat::Hex ? "the key is not an even number of hexadecimal digits"
                                                               : "the key is not base64");
  const Secret key(*bytes);
  identity::wipe(*bytes);
  if (key.empty()) return fail(ErrorCode::WrongLength, "the key is empty");
  if (key.size() > kLongestKey) return fail(ErrorCode::OutOfRange, "the key is longer than 64 bytes");
  return key;
}

void add_psk(LoadState& state, const identity::PskIdentity& psk, Secret key, const Place& place) {
  if (key.size() < kShortKey) {
    state.diagnostics.warning(place, "the key of " + psk.text() + " has fewer than 16 bytes and can be guessed",
                              "replace it by 32 random bytes");
  }
  const std::string credential_id = "12-" + psk.text();
  const auto [existing, fresh] = state.key_places.try_emplace(credential_id, place);
  if (!fresh) {
    return state.diagnostics.error(place,
                                   psk.text() + " already has a key at " + state.diagnostics.line_of(existing->second),
                                   "keep one of the two");
  }
  state.config.psks.try_emplace(psk.text(), PskEntry{psk.text(), std::move(key)});
}

std::optional<Secret> key_from_file(const PlacedText& path, KeyFormat format, LoadState& state) {
  const auto content = state.read(path, Secrecy::Secret, kLargestKeyFile);
  if (!content) return std::nullopt;
  auto key = decode_key(content->text(), format);
  if (key) return std::move(*key);
  state.diagnostics.error(path.place, "\"" + state.resolve(path) + "\": " + key.error().detail,
                          "write one key into it and say key_format = \"hex\", \"base64\" or \"raw\"");
  return std::nullopt;
}

std::optional<Secret> key_in_place(const PlacedText& written, LoadState& state, bool secrets_in_file) {
  const std::string mend = "write key = \"hex:...\" or \"base64:...\"";
  if (!secrets_in_file) {
    state.diagnostics.error(written.place, "a key stands in a file that does not say secrets_in_file = true",
                            std::string(kMendKey) + ", or say so at the top of this file");
    return std::nullopt;
  }
  const string_view text = written.value;
  const bool hex = text.starts_with("hex:");
  if (!hex && !text.starts_with("base64:")) {
    state.diagnostics.error(written.place, "the key does not say how it is written", mend);
    return std::nullopt;
  }
  auto key = decode_key(text.substr(text.find(':') + 1), hex ? KeyFormat::Hex : KeyFormat::Base64);
  if (key) return std::move(*key);
  state.diagnostics.error(written.place, key.error().detail, mend);
  return std::nullopt;
}

std::optional<Secret> read_key(TableReader& reader, LoadState& state, bool secrets_in_file) {
  const auto key_file = reader.text("key_file");
  const auto written_format = reader.choice<KeyFormat>("key_format", kKeyFormats);
  const KeyFormat format = written_format.value_or(KeyFormat::Hex);
  const auto key = reader.text("key");
  if (reader.has("key_file") && reader.has("key")) {
    reader.error("key", "there is a key_file, too", "keep key_file");
  } else if (key_file) {
    return key_from_file(*key_file, format, state);
  } else if (key) {
    return key_in_place(*key, state, secrets_in_file);
  } else if (!reader.has("key_file") && !reader.has("key")) {
    reader.error("", "has no key", std::string(kMendKey));
  }
  return std::nullopt;
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
  auto key = decode_key(rest.substr(0, second), KeyFormat::Hex);
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
  }
  add_psk(state, *psk, std::move(*key), place);
}

}  // namespace

void read_psk(TableReader& reader, LoadState& state, bool secrets_in_file) {
  const auto written = reader.required_text("identity", "write the KpsaID, as identity = \"ae1@sp.example.com\"");
  auto key = read_key(reader, state, secrets_in_file);
  IdentityKeys identities = read_identities(reader);
  if (!written) return;
  const auto psk = identity::PskIdentity::parse(written->value);
  if (!psk)
    return reader.error("identity", psk.error().detail, "write a KpsaID (TS-0003 10.5), as in \"ae1@sp.example.com\"");
  if (identities.identities)
    add_identity(state, "12-" + psk->text(), std::move(*identities.identities), written->place);
  if (key)
    add_psk(state, *psk, std::move(*key), written->place);
  else
    state.key_places.try_emplace("12-" + psk->text(), written->place);  // its key has an error of its own already
}

void read_psk_file(const PlacedText& path, LoadState& state) {
  const auto content = state.read(path, Secrecy::Secret, kLargestPskFile);
  if (!content) return;
  const std::size_t file = state.diagnostics.add_file(state.resolve(path));
  string_view rest = content->text();
  const auto lines = static_cast<std::size_t>(std::ranges::count(rest, '\n'));
  state.config.psks.reserve(state.config.psks.size() + lines);
  for (std::uint32_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const string_view line = trimmed(rest.substr(0, end));
    const auto column = static_cast<std::uint32_t>(line.empty() ? 1 : line.data() - rest.data() + 1);
    if (!line.empty() && line.front() != '#') read_psk_line(line, {file, {number, column}, {}}, state);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace saproxy::policy
