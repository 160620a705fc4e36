// [registration], [[app_rule]] and app_rule_files: what registrations need. Spec: TS-0001 9.6.29; TS-0004 7.4.29.2
#include <array>

#include "policy/config_lines.h"

namespace saproxy::policy {

namespace {

using identity::Pattern;
using Settings = RegistrationSettings;

constexpr std::array kRules = {std::pair<std::string_view, Settings::Rules>{"off", Settings::Rules::Off},
                               std::pair<std::string_view, Settings::Rules>{"file", Settings::Rules::File},
                               std::pair<std::string_view, Settings::Rules>{"fetched", Settings::Rules::Fetched}};
constexpr std::array kStrangers = {
    std::pair<std::string_view, Settings::Strangers>{"any", Settings::Strangers::Any},
    std::pair<std::string_view, Settings::Strangers>{"c-stems", Settings::Strangers::CStems},
    std::pair<std::string_view, Settings::Strangers>{"assigned", Settings::Strangers::Assigned}};
constexpr std::array kWildcards = {std::pair<std::string_view, bool>{"registered", true},
                                   std::pair<std::string_view, bool>{"any", false}};
constexpr std::array kCodes = {std::pair<std::string_view, Settings::Codes>{"current", Settings::Codes::Current},
                               std::pair<std::string_view, Settings::Codes>{"release-1", Settings::Codes::Release1}};

constexpr std::size_t kLargestRuleFile = std::size_t{1} << 29;  // a million rules take about 40 MB
constexpr const char* kMendCredential = "write Credential-IDs, as in \"12-ae1@sp.example.com\", or \"*\"";
constexpr const char* kMendAppId = "an App-ID begins with R or N: write \"N*\", \"R01.com.example.*\" or \"*\"";
constexpr const char* kMendStem = "write AE-ID-Stems or patterns, as aes = [\"Cabc\", \"C*\"]";
// How older releases write what an absent list says today.
constexpr std::string_view kNoAssociation = "None";

bool matches_a_credential_id(const Pattern& pattern) {
  return !pattern.is_concrete() || pattern.text() == kNoAssociation ||
         identity::CredentialId::parse(pattern.text()).has_value();
}

// Spec: TS-0004 7.4.29.2
bool matches_an_app_id(const Pattern& pattern) {
  return std::string_view("*RrN").find(pattern.text().front()) != std::string_view::npos;
}

bool matches_a_stem(const Pattern& pattern) {
  return pattern.can_match_stem_starting('C') || pattern.can_match_stem_starting('S');
}

struct ListKind {
  bool (*useful)(const Pattern&);
  const char* mend;
};
constexpr ListKind kCredentials{matches_a_credential_id, kMendCredential};
constexpr ListKind kAppIds{matches_an_app_id, kMendAppId};
constexpr ListKind kStems{matches_a_stem, kMendStem};

void add_pattern(std::string_view text, const ListKind& kind, const Place& place, std::vector<Pattern>& list,
                 LoadState& state) {
  auto pattern = Pattern::parse(text);
  if (pattern && kind.useful(*pattern))
    list.push_back(*std::move(pattern));
  else
    state.diagnostics.error(place, "\"" + std::string(text) + "\" matches nothing here", kind.mend);
}

std::vector<Pattern> patterns(TableReader& reader, std::string_view key, const ListKind& kind, LoadState& state) {
  std::vector<Pattern> list;
  for (const PlacedText& written : reader.texts(key)) add_pattern(written.value, kind, written.place, list, state);
  return list;
}

void take_credentials(std::vector<Pattern> credentials, identity::AppRule& rule) {
  const auto none = [](const Pattern& pattern) { return pattern.text() == kNoAssociation; };
  rule.without_association = std::erase_if(credentials, none) > 0;
  rule.credentials = std::move(credentials);
}

void add_rule(identity::AppRule rule, const Place& place, LoadState& state) {
  if (!state.first_app_rule) state.first_app_rule = place;
  state.config.app_rules.push_back(std::move(rule));
}

// Elements between commas. `field` stands in `line`, which begins at `place`.
std::vector<Pattern> elements(std::string_view field, const ListKind& kind, std::string_view line, const Place& place,
                              LoadState& state) {
  std::vector<Pattern> list;
  while (true) {
    const std::size_t comma = std::min(field.find(','), field.size());
    Place at = place;
    at.at.column += static_cast<std::uint32_t>(field.data() - line.data());
    add_pattern(field.substr(0, comma), kind, at, list, state);
    if (comma == field.size()) return list;
    field.remove_prefix(comma + 1);
  }
}

// Takes what stands before the next blank off `rest`, and the blanks.
std::string_view next_field(std::string_view& rest) {
  const std::string_view field = rest.substr(0, rest.find_first_of(" \t"));
  rest = trimmed(rest.substr(field.size()));
  return field;
}

// "12-ae1@sp.example.com N*,R01.* Cae1"
void read_rule_line(std::string_view line, const Place& place, LoadState& state) {
  std::string_view rest = line;
  const std::string_view credentials = next_field(rest);
  const std::string_view app_ids = next_field(rest);
  const std::string_view stems = next_field(rest);
  if (stems.empty() || !rest.empty())
    return state.diagnostics.error(place, "the line does not have three fields",
                                   "write Credential-IDs, App-IDs and AE-ID-Stems, as 12-ae1@sp.example.com N* Cae1");
  identity::AppRule rule;
  rule.origin = state.diagnostics.line_of(place);
  take_credentials(elements(credentials, kCredentials, line, place, state), rule);
  rule.app_ids = identity::PatternList(elements(app_ids, kAppIds, line, place, state));
  rule.stems = identity::StemList(elements(stems, kStems, line, place, state));
  add_rule(std::move(rule), place, state);
}

void make_room(std::size_t lines, LoadState& state) {
  state.config.app_rules.reserve(state.config.app_rules.size() + lines);
}

constexpr LineFiles kRuleFiles{"app_rule_files", Secrecy::Public, kLargestRuleFile, make_room, read_rule_line};

}  // namespace

void read_registration(TableReader& reader, LoadState& state) {
  Settings& settings = state.config.registration;
  if (const auto rules = reader.choice<Settings::Rules>("app_rules", kRules)) {
    settings.app_rules = *rules;
    state.app_rules_chosen = reader.place_of("app_rules");
  }
  state.strangers = reader.choice<Settings::Strangers>("strangers", kStrangers);
  reader.boolean("assign_single_stem", settings.assign_single_stem);
  if (const auto needs = reader.choice<bool>("wildcards", kWildcards)) settings.wildcards_need_registration = *needs;
  reader.boolean("check_app_id", settings.check_app_id);
  if (const auto codes = reader.choice<Settings::Codes>("codes", kCodes)) settings.codes = *codes;
  std::uint32_t code = static_cast<std::uint32_t>(settings.cse_id_mismatch_code);
  reader.count("cse_id_mismatch_code", code, 4106, 4107);
  settings.cse_id_mismatch_code = static_cast<ResponseCode>(code);
}

void read_app_rule(TableReader& reader, LoadState& state) {
  identity::AppRule rule;
  rule.origin = state.diagnostics.line_of(reader.place());
  take_credentials(patterns(reader, "credentials", kCredentials, state), rule);
  rule.without_association = rule.without_association || !reader.has("credentials");
  rule.app_ids = identity::PatternList(patterns(reader, "app_ids", kAppIds, state));
  rule.stems = identity::StemList(patterns(reader, "aes", kStems, state));
  if (!reader.has("app_ids")) reader.error("", "allows no App-ID", "add app_ids = [\"*\"], or a narrower list");
  if (!reader.has("aes")) reader.error("", "allows no AE-ID-Stem", "add aes = [\"C*\"], or a narrower list");
  add_rule(std::move(rule), reader.place(), state);
}

// Files without a single rule let nobody register, which is not the same as to have no rules.
void read_app_rule_files(const PlacedText& entry, LoadState& state) {
  if (!state.first_app_rule) state.first_app_rule = entry.place;
  read_line_files(entry, kRuleFiles, state);
}

}  // namespace saproxy::policy
