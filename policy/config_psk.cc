// [[psk]]: pre-shared keys by KpsaID. Keys come from files of their own unless the file says secrets_in_file = true,
// and no message ever repeats one. Spec: TS-0003 10.5 (KpsaID)
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
constexpr string_view kMendKey = "write key_file = \"ae1.psk\", a file that holds the key";

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
  Secret key(*bytes);
  identity::wipe(*bytes);
  if (key.empty()) return fail(ErrorCode::WrongLength, "the key is empty");
  if (key.size() > kLongestKey) return fail(ErrorCode::OutOfRange, "the key is longer than 64 bytes");
  return key;
}

}  // namespace

Result<Secret> hex_key(string_view text) { return decode_key(text, KeyFormat::Hex); }

void add_psk(LoadState& state, const identity::PskIdentity& psk, Secret key, const Place& place) {
  if (key.size() < kShortKey) {
    state.diagnostics.warning(place, "the key of " + psk.text() + " has fewer than 16 bytes and can be guessed",
                              "replace it by 32 random bytes");
  }
  const auto [existing, fresh] = state.config.psks.try_emplace(psk.text(), PskEntry{std::move(key), origin_of(place)});
  if (fresh) return;
  state.diagnostics.error(place,
                          psk.text() + " already has a key at " + state.diagnostics.line_of(existing->second.origin),
                          "keep one of the two");
}

namespace {

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
  state.key_places.try_emplace("12-" + psk->text(), written->place);  // also when its key has an error of its own
  if (key) add_psk(state, *psk, std::move(*key), written->place);
}

}  // namespace saproxy::policy
