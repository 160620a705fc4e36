// [registration] and [[app_rule]]: what registrations need. Spec: TS-0001 9.6.29; TS-0004 7.4.29.2
#include <array>

#include "policy/config_load.h"

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

// Each text of the list as a pattern that `useful` accepts.
template <class Useful>
std::vector<Pattern> patterns(TableReader& reader, std::string_view key, const char* mend, Useful&& useful) {
  std::vector<Pattern> list;
  for (const PlacedText& written : reader.texts(key)) {
    auto pattern = Pattern::parse(written.value);
    if (pattern && useful(*pattern))
      list.push_back(*std::move(pattern));
    else
      reader.diagnostics().error(written.place, "\"" + written.value + "\" matches nothing here", mend);
  }
  return list;
}

bool matches_a_credential_id(const Pattern& pattern) {
  return !pattern.is_concrete() || identity::CredentialId::parse(pattern.text()).has_value();
}

// Spec: TS-0004 7.4.29.2
bool matches_an_app_id(const Pattern& pattern) {
  return std::string_view("*RrN").find(pattern.text().front()) != std::string_view::npos;
}

bool matches_a_stem(const Pattern& pattern) {
  return pattern.can_match_stem_starting('C') || pattern.can_match_stem_starting('S');
}

// "None" is how older releases write what an absent list says today.
void read_credentials(TableReader& reader, identity::AppRule& rule) {
  rule.without_association = !reader.has("credentials");
  rule.credentials = patterns(reader, "credentials", "write Credential-IDs, as in \"12-ae1@sp.example.com\", or \"*\"",
                              [&rule](const Pattern& pattern) {
                                if (pattern.text() == "None") rule.without_association = true;
                                return pattern.text() == "None" || matches_a_credential_id(pattern);
                              });
  std::erase_if(rule.credentials, [](const Pattern& pattern) { return pattern.text() == "None"; });
}

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
  read_credentials(reader, rule);
  rule.app_ids = identity::PatternList(
      patterns(reader, "app_ids", "an App-ID begins with R or N: write \"N*\", \"R01.com.example.*\" or \"*\"",
               matches_an_app_id));
  rule.stems = identity::StemList(
      patterns(reader, "aes", "write AE-ID-Stems or patterns, as aes = [\"Cabc\", \"C*\"]", matches_a_stem));
  if (!reader.has("app_ids")) reader.error("", "allows no App-ID", "add app_ids = [\"*\"], or a narrower list");
  if (!reader.has("aes")) reader.error("", "allows no AE-ID-Stem", "add aes = [\"C*\"], or a narrower list");
  if (state.config.app_rules.empty()) state.first_app_rule = reader.place();
  state.config.app_rules.push_back(std::move(rule));
}

}  // namespace saproxy::policy
