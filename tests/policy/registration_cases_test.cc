// Every row of registration_cases.h, from the content's bytes to the record in the registry, and `explain` beside it.
// Spec: TS-0001 9.6.4, 9.6.5, 9.6.20, 9.6.29, 10.2.2.2, 10.2.2.7; TS-0004 7.3.2.7, 7.4.4.2.1, 7.4.5.2.1, 7.4.29.2
#include "tests/policy/registration_cases.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "policy/explain.h"
#include "policy/judging.h"
#include "policy/registering.h"
#include "policy/resource_content.h"
#include "tests/policy/snapshot_builders.h"

namespace saproxy::policy::testing {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == text.npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

std::vector<std::string> split_at(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find(separator, from), text.size());
    parts.push_back(trimmed(text.substr(from, to - from)));
    from = to + 1;
  }
  return parts;
}

struct Row {
  int line = 0;
  std::string credential, kind, settings, from, app_id, content, before, cse, outcome, clause;
  std::string serialisation, id, to = "cse-in";
  std::uint32_t type = 0;
  std::optional<std::uint32_t> result_content;
  [[nodiscard]] bool has(std::string_view setting) const {
    for (const std::string& word : split_at(settings, ' '))
      if (word == setting) return true;
    return false;
  }
  [[nodiscard]] std::uint32_t asked_type() const { return kind == "csr" ? kTypeRemoteCse : kTypeAe; }
};

// "json id=C2 rcn=0"
void read_content_column(Row& row) {
  row.type = row.asked_type();
  for (const std::string& word : split_at(row.content, ' ')) {
    const std::string value = word.substr(word.find('=') + 1);
    if (word.starts_with("id=")) {
      row.id = value;
    } else if (word.starts_with("type=")) {
      row.type = static_cast<std::uint32_t>(std::stoul(value));
    } else if (word.starts_with("rcn=")) {
      row.result_content = static_cast<std::uint32_t>(std::stoul(value));
    } else if (word.starts_with("to=")) {
      row.to = value;
    } else {
      row.serialisation = word;
    }
  }
}

std::vector<Row> read_rows() {
  std::vector<Row> rows;
  std::istringstream text{std::string(kRegistrationCases)};
  int number = 0;
  for (std::string line; std::getline(text, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const auto columns = split_at(line, '|');
    if (columns.size() != 9) throw std::runtime_error("registration case with another number of columns: " + line);
    Row row;
    row.line = number;
    const auto who = split_at(columns[0], ' ');
    row.credential = who[0];
    row.kind = who.size() > 1 ? who[1] : who[0].starts_with("cse") ? "csr" : "ae";
    row.settings = columns[1], row.from = columns[2], row.app_id = columns[3], row.content = columns[4];
    row.before = columns[5], row.cse = columns[6], row.outcome = columns[7], row.clause = columns[8];
    read_content_column(row);
    rows.push_back(std::move(row));
  }
  return rows;
}

const std::map<std::string, std::string, std::less<>> kCredentials = {{"psk1", "12-psk1@sp.example.com"},
                                                                      {"list", "12-list@sp.example.com"},
                                                                      {"inner", "12-inner@sp.example.com"},
                                                                      {"ruled", "12-ruled@sp.example.com"},
                                                                      {"one", "12-one@sp.example.com"},
                                                                      {"sp", "12-sp@sp.example.com"},
                                                                      {"other", "12-other@sp.example.com"},
                                                                      {"new", "12-new@sp.example.com"},
                                                                      {"cert", "33-//sp.example.com/cse-in/Ccert"},
                                                                      {"certC1", "33-//sp.example.com/cse-in/C1"},
                                                                      {"node", "34-urn:node7"},
                                                                      {"nodeX", "34-urn:unknown"},
                                                                      {"device", "31-0.2.481.1.100.3030.10011"},
                                                                      {"raw", raw_key_credential_id()},
                                                                      {"cse2", "12-cse2@sp.example.com"},
                                                                      {"cse3", "32-/cse3"}};

identity::Credential credential_of(const Row& row) {
  using identity::CertificateFlavour;
  const std::string& id = kCredentials.at(row.credential);
  if (id.starts_with("12-")) return a_psk(id.substr(3));
  if (id.starts_with("30-")) return a_raw_key();
  const auto flavour = id.starts_with("31-")   ? CertificateFlavour::Device
                       : id.starts_with("32-") ? CertificateFlavour::CseId
                       : id.starts_with("33-") ? CertificateFlavour::AeId
                                               : CertificateFlavour::NodeId;
  return a_certificate(flavour, id);
}

identity::AppRule a_rule(std::initializer_list<std::string_view> credentials,
                         std::initializer_list<std::string_view> apps, std::initializer_list<std::string_view> stems) {
  return {patterns(credentials), credentials.size() == 0, stem_list(apps), stem_list(stems), "rules.toml:1"};
}

std::vector<identity::AppRule> app_rules() {
  std::vector<identity::AppRule> rules;
  rules.push_back(a_rule({"12-ruled@sp.example.com"}, {"N.app", "R01.*"}, {"Cr1", "Cr2"}));
  rules.push_back(a_rule({"12-ruled@sp.example.com"}, {"N.wild"}, {"C*", "S*"}));
  rules.push_back(a_rule({"12-ruled@sp.example.com", "12-other@*"}, {"N.any"}, {"Cany*"}));
  rules.push_back(a_rule({"34-urn:*"}, {"N*"}, {"C7*"}));
  rules.push_back(a_rule({}, {"N*"}, {"C*"}));
  rules.push_back(a_rule({"12-one@sp.example.com"}, {"N*"}, {"Cone"}));
  rules.push_back(a_rule({"33-*/Ccert"}, {"N.app"}, {"Ccert"}));
  rules.push_back(a_rule({"12-sp@sp.example.com"}, {"N*"}, {"S*"}));
  return rules;
}

Config config_of(const Row& row) {
  Config config = some_config();
  for (const auto& [name, id] : kCredentials)
    if (id.starts_with("12-")) add_psk(config, id.substr(3), "0123456789abcdef");
  config.identities.erase("12-ae1@sp.example.com");
  add_ae(config, "12-psk1@sp.example.com", {"C1"});
  add_ae(config, "12-list@sp.example.com", {"C*", "S7"});
  add_ae(config, "12-inner@sp.example.com", {"C123*X"});
  RegistrationSettings& settings = config.registration;
  if (row.has("rules") || row.has("empty") || row.has("missing"))
    settings.app_rules = RegistrationSettings::Rules::File;
  if (row.has("rules")) config.app_rules = app_rules();
  if (row.has("r1")) settings.codes = RegistrationSettings::Codes::Release1;
  if (row.has("keep")) settings.assign_single_stem = false;
  if (row.has("anyapp")) settings.check_app_id = false;
  if (row.has("code7")) settings.cse_id_mismatch_code = ResponseCode::SecurityAssociationRequired;
  if (row.has("cstems")) settings.strangers = RegistrationSettings::Strangers::CStems;
  if (row.has("assigned")) settings.strangers = RegistrationSettings::Strangers::Assigned;
  if (row.has("letter")) config.cse.insert_originator = true;
  if (row.has("commas")) config.cse.profile = CseProfile::TinyIot;
  return config;
}

// As a registree writes it: only what the row names.
std::string content_of(const Row& row) {
  const std::string root = row.type == kTypeAe ? "ae" : row.type == kTypeRemoteCse ? "csr" : "cnt";
  std::vector<std::pair<std::string, std::string>> members{{"rn", "mine"}};
  if (row.app_id != "-") members.emplace_back("api", row.app_id);
  if (!row.id.empty()) members.emplace_back(row.asked_type() == kTypeAe ? "aei" : "csi", row.id);
  std::string text;
  if (row.serialisation == "json") {
    for (const auto& [name, value] : members) text += (text.empty() ? "\"" : ",\"") + name + "\":\"" + value + "\"";
    return "{\"m2m:" + root + "\":{" + text + "}}";
  }
  if (row.serialisation == "xml") {
    for (const auto& [name, value] : members)
      if (name != "rn") text += "<" + name + ">" + value + "</" + name + ">";
    return "<m2m:" + root + " xmlns:m2m=\"http://www.onem2m.org/xml/protocols\" rn=\"mine\">" + text + "</m2m:" + root +
           ">";
  }
  const auto cbor_text = [](const std::string& value) {
    std::string head = value.size() < 24 ? std::string(1, static_cast<char>(0x60 + value.size()))
                                         : std::string("\x78") + static_cast<char>(value.size());
    return head + value;
  };
  for (const auto& [name, value] : members) text += cbor_text(name) + cbor_text(value);
  return "\xa1" + cbor_text("m2m:" + root) + static_cast<char>(0xa0 + members.size()) + text;
}

Serialisation serialisation_of(const Row& row) {
  if (row.serialisation == "xml") return Serialisation::Xml;
  return row.serialisation == "cbor" ? Serialisation::Cbor : Serialisation::Json;
}

// The registry as it was before, with claims of registrations that are under way.
void fill(Registry& registry, const std::string& before) {
  if (before == "-") return;
  if (before.starts_with('~')) {
    ASSERT_EQ(registry.claim(before.substr(1), ""), Claim::Granted);
    return;
  }
  const bool once = before.starts_with('!');
  const auto at = before.find('@');
  Registration registration;
  registration.entity_id = before.substr(once ? 1 : 0, at - (once ? 1 : 0));
  registration.kind = before.starts_with('/') ? identity::EntityKind::Cse : identity::EntityKind::Ae;
  const auto known = kCredentials.find(before.substr(at + 1));
  registration.credential_id = known == kCredentials.end() ? "12-x@x" : known->second;
  registry.put(registration);
  if (once) registry.apply(end_of(registration));
}

// What the CSE names in its 2001, or nothing.
std::optional<ResourceContent> answer_of(const Row& row, const Forward& forward) {
  if (row.cse == "nothing") return std::nullopt;
  ResourceContent content;
  content.resource_id = "r1";
  content.resource_name = "mine";
  if (row.asked_type() == kTypeRemoteCse) {
    content.cse_id = row.cse == "=" ? "/cse" + row.credential.substr(3) : row.cse;
    return content;
  }
  const std::string asked(forward.originator());
  const std::string assigned = asked == "S" ? "Snew" : asked.size() < 2 ? "Cnew" : asked;
  content.ae_id = row.cse == "=" ? assigned : row.cse == "garbage" ? "not an id" : row.cse;
  return content;
}

class RegistrationCase : public ::testing::TestWithParam<Row> {
 protected:
  const Row& row_ = GetParam();
  std::shared_ptr<const Snapshot> snapshot_ = Snapshot::make(config_of(row_), 1);
  ListenerSettings listener_ = a_listener(ListenerSettings::NoIdentity::RegisterOnly);
  Registry registry_;
  std::string bytes_ = content_of(row_);
  std::optional<identity::Association> association_;
  std::optional<ResourceContent> content_;
  Primitive primitive_;

  void SetUp() override {
    fill(registry_, row_.before);
    if (row_.credential != "none") {
      auto bound = associate(*snapshot_, listener_, credential_of(row_), "a1", kNowSeconds);
      ASSERT_TRUE(std::holds_alternative<identity::Association>(bound));
      association_ = std::get<identity::Association>(std::move(bound));
      association_->learned = std::make_shared<const identity::Learned>(
          identity::Learned{registry_.stems_of(association_->credential_id.text())});
    }
    primitive_ = a_request(Operation::Create, {}, row_.asked_type());
    primitive_.content = nullptr;
    primitive_.to = row_.to;
    if (row_.from != "-") primitive_.from = row_.from;
    if (row_.result_content) primitive_.result_content = Parameter<std::uint32_t>::of(*row_.result_content);
  }

  [[nodiscard]] Gate gate() const {
    static const ServiceProfile kMissing{ServiceProfile::State::Unavailable, nullptr};
    return row_.has("missing") ? Gate(snapshot_->gate_rules(), kMissing) : snapshot_->gate();
  }
  Decision judge() const {
    const IdentifierSet cses = registry_.registree_cses();
    return gate().judge(association_ ? &*association_ : nullptr, primitive_, kNow, &cses);
  }
  static std::string refused(const Refuse& refuse) {
    return std::to_string(static_cast<unsigned>(refuse.code)) + " " + std::string(info(refuse.reason).word);
  }

  // As a binding does it.
  std::string run() {
    Decision decision = judge();
    if (std::holds_alternative<Need>(decision)) {
      auto read = read_resource_content(serialisation_of(row_), bytes_);
      if (!read) return "content: " + read.error().detail;
      content_ = *std::move(read);
      primitive_.content = &*content_;
      decision = judge();
    }
    if (const auto* refuse = std::get_if<Refuse>(&decision)) return refused(*refuse);
    const auto* forward = std::get_if<Forward>(&decision);
    if (forward == nullptr) return "needs more";
    return forward->registers() ? registered(*forward) : "forwarded unseen";
  }

  void release(const Registering& registering) {
    for (const std::string& id : registering.claims) registry_.release(id);
  }

  std::string registered(const Forward& forward) {
    const Registering registering = registering_of(forward, primitive_, *association_, snapshot_->gate_rules());
    Claim claim = Claim::Granted;
    for (const std::string& id : registering.claims)
      if (claim == Claim::Granted)
        claim =
            registry_.claim(id, registering.wanted.credential_id, is_listed(registering, registering.wanted.entity_id));
    const auto reason = check_claim(registering, claim, snapshot_->gate_rules());
    if (reason || row_.cse == "4105") {
      if (claim == Claim::Granted) release(registering);
      return reason ? refused(gate().refuse(*reason)) : "4105 refused";
    }
    const auto answer = answer_of(row_, forward);
    auto confirmed = confirm(registering, answer ? &*answer : nullptr, snapshot_->gate_rules(), kNowSeconds);
    release(registering);
    const bool kept = confirmed && !is_listed(registering, confirmed->entity_id) &&
                      registry_.is_reserved_for_other(confirmed->entity_id, confirmed->credential_id);
    if (kept) confirmed = identity::unexpected(Misfit::Reserved);
    if (!confirmed) {
      return "5000 " + std::string(to_text(confirmed.error()));
    }
    registry_.put(*confirmed);
    EXPECT_EQ(registry_.find(confirmed->entity_id)->credential_id, association_->credential_id.text());
    EXPECT_EQ(confirmed->app_id, row_.app_id == "-" ? "" : row_.app_id);
    if (row_.to == "cse-in" && answer) {
      EXPECT_EQ(confirmed->resource_path, "cse-in/mine");
    }
    return "2001 " + confirmed->entity_id;
  }
};

TEST_P(RegistrationCase, EndsAsTheTableSays) {
  EXPECT_EQ(run(), row_.outcome) << row_.clause;
  // Whatever became of it, nobody is left waiting for an identity that nobody registers.
  const bool free = !row_.before.starts_with('~') && registry_.find(row_.from) == nullptr;
  if (free) {
    EXPECT_EQ(registry_.claim(row_.from, "", true), Claim::Granted);
  }
}

// The command knows neither a registration under way nor what the CSE will say, and is not for who has no association.
TEST_P(RegistrationCase, IsExplainedAlike) {
  if (row_.credential == "none" || row_.before.starts_with('~') || row_.has("missing")) return;
  ExplainRequest request;
  request.credential_id = kCredentials.at(row_.credential);
  if (row_.from != "-") request.from = row_.from;
  request.operation = Operation::Create;
  request.resource_type = row_.asked_type();
  request.result_content = row_.result_content;
  request.to = row_.to;
  request.app_id = row_.app_id == "-" ? "" : row_.app_id;
  if (!row_.id.empty()) request.content_id = row_.id;
  const std::string text = explain(*snapshot_, listener_, request, registry_, kNow);
  const std::string code = row_.outcome.substr(0, 4), word = row_.outcome.substr(5);
  const bool sent = code == "2001" || code == "5000" || word == "refused";
  if (row_.type != row_.asked_type()) return;  // a command line has no wrong type of content
  EXPECT_EQ(text.find("decision     forward") != text.npos, sent) << text;
  if (!sent) {
    EXPECT_NE(text.find("response     " + code), text.npos) << text;
    EXPECT_NE(text.find("reason       " + word), text.npos) << text;
  } else {
    EXPECT_NE(text.find("registers    "), text.npos) << text;
  }
}

std::string name_of_row(const ::testing::TestParamInfo<Row>& row) {
  return "Line" + std::to_string(row.param.line) + "_" + row.param.credential;
}
INSTANTIATE_TEST_SUITE_P(Rows, RegistrationCase, ::testing::ValuesIn(read_rows()), name_of_row);

TEST(RegistrationCases, AreMany) { EXPECT_GE(read_rows().size(), 150u); }

}  // namespace
}  // namespace saproxy::policy::testing
