// [[identity]] and the identities beside a key: which CSE-ID, AE-ID or list of AE-IDs a credential stands for.
// Spec: TS-0003 8.2.2.1, 8.2.2.2; TS-0001 9.6.29 (wildcards)
#include "identity/domain_name.h"
#include "policy/config_load.h"

namespace saproxy::policy {

namespace {

constexpr std::string_view kMendAe =
    "write one AE-ID-Stem, as ae = \"Cabc\" or ae = \"Sabc\"; for wildcards write aes = [\"C*\"]";
constexpr std::string_view kMendAes = "write AE-ID-Stems or patterns, as aes = [\"Cabc\", \"C*\", \"S1*\"]";
constexpr std::string_view kMendCse = "write an SP-relative CSE-ID, as cse = \"/mn1\"";

std::optional<identity::StemList> one_stem(TableReader& reader, const PlacedText& written) {
  const auto stem = identity::AeStem::parse(written.value);
  const auto pattern = identity::Pattern::parse(written.value);
  if (!stem || !pattern || !pattern->is_concrete()) {
    reader.error("ae", "\"" + written.value + "\" is not an AE-ID-Stem", std::string(kMendAe));
    return std::nullopt;
  }
  return identity::StemList({*pattern});
}

std::optional<identity::StemList> many_stems(TableReader& reader, const std::vector<PlacedText>& written,
                                             Diagnostics& diagnostics) {
  std::vector<identity::Pattern> patterns;
  for (const PlacedText& text : written) {
    const auto pattern = identity::Pattern::parse(text.value);
    const bool useful = pattern && (pattern->is_concrete() ? identity::AeStem::parse(text.value).has_value()
                                                           : pattern->can_match_stem_starting('C') ||
                                                                 pattern->can_match_stem_starting('S'));
    if (useful)
      patterns.push_back(*pattern);
    else
      diagnostics.error(text.place, "\"" + text.value + "\" covers no AE-ID-Stem", std::string(kMendAes));
  }
  if (written.empty()) reader.error("aes", "lists no AE-ID", std::string(kMendAes));
  if (patterns.empty() || patterns.size() != written.size()) return std::nullopt;
  return identity::StemList(std::move(patterns));
}

}  // namespace

IdentityKeys read_identities(TableReader& reader) {
  IdentityKeys keys;
  const int given = int{reader.has("ae")} + int{reader.has("aes")} + int{reader.has("cse")};
  const auto ae = reader.text("ae");
  const auto aes = reader.texts("aes");
  const auto cse = reader.text("cse");
  keys.given = given != 0;
  if (given > 1) {
    reader.error("", "has more than one of ae, aes and cse",
                 "a credential stands for one AE, for a list of AEs or for one CSE: keep one of them");
  } else if (ae) {
    if (auto stems = one_stem(reader, *ae)) keys.identities = std::move(*stems);
  } else if (reader.has("aes")) {
    if (auto stems = many_stems(reader, aes, reader.diagnostics())) keys.identities = std::move(*stems);
  } else if (cse) {
    const auto parsed = identity::CseId::parse(cse->value);
    if (parsed && cse->value.starts_with('/'))
      keys.identities = *parsed;
    else
      reader.error("cse", "\"" + cse->value + "\" is not an SP-relative CSE-ID", std::string(kMendCse));
  }
  return keys;
}

void add_identity(LoadState& state, std::string credential_id, identity::Identities identities, const Place& place) {
  const bool is_cse = std::holds_alternative<identity::CseId>(identities);
  identity::ConfiguredIdentity entry{is_cse ? identity::EntityKind::Cse : identity::EntityKind::Ae,
                                     std::move(identities), origin_of(place)};
  const auto [existing, fresh] = state.config.identities.try_emplace(std::move(credential_id), std::move(entry));
  if (!fresh) {
    state.diagnostics.error(place,
                            "identities of " + existing->first + " are already given at " +
                                state.diagnostics.line_of(existing->second.origin),
                            "keep one of the two; a list of AE-IDs is written aes = [...]");
  }
}

void read_identity_entry(TableReader& reader, LoadState& state) {
  const auto written =
      reader.required_text("credential", "write a Credential-ID, as credential = \"12-ae1@sp.example.com\"");
  IdentityKeys keys = read_identities(reader);
  if (!keys.given)
    reader.error("", "names no identity", "write one of ae = \"Cabc\", aes = [\"C*\"] and cse = \"/mn1\"");
  if (!written) return;
  const auto id = identity::CredentialId::parse(written->value);
  if (!id)
    return reader.error("credential", "is not a Credential-ID: " + id.error().detail,
                        "write a type and a value, as in \"12-ae1@sp.example.com\"");
  if (id->type() == identity::CredentialType::MefKey || id->type() == identity::CredentialType::MafKey) {
    return reader.error("credential", "keys of a MAF or MEF are not served by this version",
                        "name a credential of type 12 or 30 to 34");
  }
  state.identities.push_back(*written);
  if (keys.identities) add_identity(state, id->text(), std::move(*keys.identities), written->place);
}

void read_cse_domain_name(TableReader& reader, LoadState& state) {
  const auto fqdn =
      reader.required_text("fqdn", "write the domain name of the CSE, as fqdn = \"gateway7.example.com\"");
  const auto cse = reader.required_text("cse", std::string(kMendCse));
  if (!fqdn || !cse) return;
  const auto parsed = identity::CseId::parse(cse->value);
  if (!parsed || !cse->value.starts_with('/'))
    return reader.error("cse", "\"" + cse->value + "\" is not an SP-relative CSE-ID", std::string(kMendCse));
  if (!identity::is_domain_name(fqdn->value))
    return reader.error("fqdn", "\"" + fqdn->value + "\" is not a domain name",
                        "write letters, digits, '-' and dots, no wildcard");
  const PlacedText folded{identity::to_lower_ascii(fqdn->value), fqdn->place};
  if (state.claim_name("cse_domain_name", folded)) state.config.cse_domain_names.emplace(folded.value, *parsed);
}

}  // namespace saproxy::policy
