#include "policy/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "policy/judging.h"
#include "tests/policy/snapshot_builders.h"

namespace saproxy::policy::testing {
namespace {

bool denies(const Snapshot& snapshot, std::string_view originator) {
  const auto ae = an_ae({"*"});
  const auto decision = snapshot.gate().judge(&ae, a_request(Operation::Retrieve, originator), kNow);
  const auto* refuse = std::get_if<Refuse>(&decision);
  return refuse != nullptr && refuse->reason == Reason::DeniedOriginator;
}

std::shared_ptr<const Snapshot> snapshot_of(CseProfile profile) {
  Config config = some_config();
  config.cse.profile = profile;
  return Snapshot::make(std::move(config), 1);
}

struct AdminRow {
  CseProfile profile;
  const char* originator;
};
constexpr AdminRow kAdmins[] = {
    {CseProfile::TinyIot, "CAdmin"},   {CseProfile::Acme, "CAdmin"},         {CseProfile::Mobius, "Superman"},
    {CseProfile::Mobius4, "SM"},       {CseProfile::Mobius4, "cse.admin"},   {CseProfile::Om2m, "admin:admin"},
    {CseProfile::Om2m, "admin"},       {CseProfile::Generic, "CAdmin"},      {CseProfile::Generic, "SM"},
    {CseProfile::Generic, "Superman"}, {CseProfile::Generic, "admin:admin"}, {CseProfile::Generic, "cse.admin"},
};
TEST(Snapshot, DeniesTheAdministratorsOfItsProfile) {
  for (const auto& row : kAdmins) EXPECT_TRUE(denies(*snapshot_of(row.profile), row.originator)) << row.originator;
}

TEST(Snapshot, LeavesAdministratorsOutWhenToldSo) {
  Config config = some_config();
  config.cse.deny_profile_administrators = false;
  config.cse.denied_originators = {"Cboss*"};
  const auto snapshot = Snapshot::make(std::move(config), 1);
  EXPECT_FALSE(denies(*snapshot, "CAdmin"));
  EXPECT_TRUE(denies(*snapshot, "CBoss7"));
}

TEST(Snapshot, AddsConfiguredDeniedOriginators) {
  Config config = some_config();
  config.cse.denied_originators = {"Cboss"};
  const auto snapshot = Snapshot::make(std::move(config), 1);
  EXPECT_TRUE(denies(*snapshot, "CBOSS"));
  EXPECT_TRUE(denies(*snapshot, "CAdmin"));
}

TEST(Snapshot, KnowsRegistreeCsesAndReservedStems) {
  Config config = some_config();
  add_cse(config, "12-odd@sp.example.com", "/cse-in");
  const auto snapshot = Snapshot::make(std::move(config), 1);
  EXPECT_EQ(snapshot->gate_rules().registree_cses, (IdentifierSet{"/cse2", "/cse3"}));
  EXPECT_EQ(snapshot->gate_rules().base_name, "");
  EXPECT_EQ(snapshot->gate_rules().reserved_stems, (IdentifierSet{"C1", "S7", "C8a", "C8b", "S9"}));
}

// Spec: TS-0004 7.3.2.1 rule 4; TS-0001 6.4 (one registrar, no loops)
TEST(Snapshot, LetsNobodyElseSpeakForTheRegistrar) {
  Config config = some_config();
  config.registrar.emplace().cse_id = cse_id("/in");
  add_cse(config, "12-in@sp.example.com", "/in");
  const auto snapshot = Snapshot::make(std::move(config), 1);
  const auto outcome = [&](std::string_view peer, std::string_view from) {
    const auto association = a_cse(peer);
    return to_string(snapshot->gate().judge(&association, a_request(Operation::Retrieve, from), kNow));
  };
  const std::string other = "refuse 4106 other_registree_cse", its_ae = "refuse 4106 ae_of_other_registree_cse";
  EXPECT_EQ(outcome("/cse2", "/in"), other);
  EXPECT_EQ(outcome("/cse2", "//sp.example.com/in"), other);
  EXPECT_EQ(outcome("/cse2", "/in/C5"), "forward as '/in/C5'") << "no registree: a group that /cse2 fans out";
  EXPECT_EQ(outcome("/cse2", "//other.example.org/in"), "forward as '//other.example.org/in'");
  EXPECT_EQ(outcome("/in", "/in"), "forward as '/in'");
  EXPECT_EQ(outcome("/in", "/in/C5"), "forward as '/in/C5'");
  EXPECT_EQ(outcome("/in", "/cse9/C5"), "forward as '/cse9/C5'") << "it relays for all that lies behind it";
  EXPECT_EQ(outcome("/in", "/cse2"), other);
  EXPECT_EQ(outcome("/in", "/cse2/C5"), its_ae);
}

TEST(Snapshot, TakesLimitsFromTheCse) {
  Config config = some_config();
  config.cse.max_originator = 77;
  config.cse.max_request_id = 5000;
  config.cse.max_header_value = 1000;
  config.cse.insert_originator = true;
  config.cse.profile = CseProfile::TinyIot;
  config.registration.cse_id_mismatch_code = ResponseCode::SecurityAssociationRequired;
  const auto snapshot = Snapshot::make(std::move(config), 4);
  const GateRules& rules = snapshot->gate_rules();
  EXPECT_EQ(rules.max_originator, 77u);
  EXPECT_EQ(rules.max_request_id, 1000u);
  EXPECT_TRUE(rules.insert_letter);
  EXPECT_TRUE(rules.comma_in_stems);
  EXPECT_EQ(rules.registration.cse_id_mismatch_code, ResponseCode::SecurityAssociationRequired);
  EXPECT_EQ(snapshot->generation(), 4u);
  EXPECT_EQ(snapshot->local().cse.sp_relative(), "/cse-in");
  EXPECT_EQ(snapshot->local().cse_domain_names.size(), 1u);
}

identity::AppRule a_rule(std::string_view credential, std::string_view stem) {
  return {{*identity::Pattern::parse(credential)},
          false,
          identity::PatternList({*identity::Pattern::parse("*")}),
          identity::StemList({*identity::Pattern::parse(stem)}),
          "asar1"};
}

// Spec: TS-0003 8.2.1 (linked <serviceSubscribedAppRule> resources), TS-0004 7.3.2.7
TEST(Snapshot, TakesOtherRulesAndSharesTheRest) {
  Config config = some_config();
  config.registration.app_rules = RegistrationSettings::Rules::Fetched;
  const auto before = Snapshot::make(std::move(config), 4);
  EXPECT_EQ(before->profile().state, ServiceProfile::State::Pending);
  EXPECT_TRUE(before->sources(a_listener()).app_rules_to_come);
  const auto rules = std::make_shared<const identity::AppRules>(std::vector{a_rule("12-new@sp.example.com", "Cnew")});
  const auto after = before->with_profile({ServiceProfile::State::Present, rules}, 5);
  EXPECT_EQ(after->generation(), 5u);
  EXPECT_EQ(&after->config(), &before->config());
  EXPECT_EQ(&after->gate_rules(), &before->gate_rules());
  EXPECT_EQ(after->find_psk("ae1@sp.example.com"), before->find_psk("ae1@sp.example.com"));
  EXPECT_EQ(before->profile().state, ServiceProfile::State::Pending);
  EXPECT_EQ(after->sources(a_listener()).app_rules, rules.get());
  EXPECT_FALSE(after->sources(a_listener()).app_rules_to_come);
}

// An association waits for rules, gets its stems from them, and ends with them.
TEST(Snapshot, RulesThatComeAndGoChangeAnAssociation) {
  Config config = some_config();
  config.registration.app_rules = RegistrationSettings::Rules::Fetched;
  const auto pending = Snapshot::make(std::move(config), 1);
  const auto with = [&](std::vector<identity::AppRule> rules) {
    return pending->with_profile(
        {ServiceProfile::State::Present, std::make_shared<const identity::AppRules>(std::move(rules))}, 2);
  };
  const identity::Credential credential = a_psk("new@sp.example.com");
  auto made = associate(*pending, a_listener(), credential, "1", kNowSeconds);
  auto* association = std::get_if<identity::Association>(&made);
  ASSERT_NE(association, nullptr);
  EXPECT_FALSE(association->is_resolved());
  const auto again = [&](const Snapshot& snapshot) {
    return judge_again(*association, credential, snapshot, a_listener(), kNowSeconds, kNowSeconds);
  };
  EXPECT_EQ(again(*with({a_rule("12-new@sp.example.com", "Cnew")})), Rejudged::Changed);
  ASSERT_NE(association->stems(), nullptr);
  EXPECT_TRUE(association->stems()->covers("Cnew"));
  EXPECT_FALSE(association->may_speak_as("Cnew")) << "a rule lets it register, and makes it nobody yet";
  EXPECT_EQ(again(*with({a_rule("12-*", "Cnew")})), Rejudged::Unchanged);
  EXPECT_EQ(again(*with({})), Rejudged::Ended);
  EXPECT_EQ(again(*pending->with_profile({ServiceProfile::State::Unavailable, nullptr}, 3)), Rejudged::Ended);
}

// Which AE-IDs a credential may have is not known before the rules are: one that has an AE already may get another.
TEST(Snapshot, WaitsForRulesAlsoWithWhomHasRegistered) {
  Config config = some_config();
  config.registration.app_rules = RegistrationSettings::Rules::Fetched;
  const auto pending = Snapshot::make(std::move(config), 1);
  auto made = associate(*pending, a_listener(), a_psk("new@sp.example.com"), "1", kNowSeconds);
  auto& association = std::get<identity::Association>(made);
  association.learned = std::make_shared<const identity::Learned>(identity::Learned{stem_list({"Cfirst"})});
  const Decision decision = pending->gate().judge(&association, a_request(Operation::Create, "Csecond", kTypeAe), kNow);
  const auto* need = std::get_if<Need>(&decision);
  ASSERT_NE(need, nullptr);
  EXPECT_EQ(need->fact, Need::Fact::AppRules);
  const Decision retrieve = pending->gate().judge(&association, a_request(Operation::Retrieve, "Cfirst"), kNow);
  EXPECT_TRUE(std::holds_alternative<Forward>(retrieve));
}

TEST(Snapshot, FindsPsksByTheirExactIdentity) {
  const auto snapshot = Snapshot::make(some_config(), 1);
  ASSERT_NE(snapshot->find_psk("ae1@sp.example.com"), nullptr);
  EXPECT_TRUE(snapshot->find_psk("ae1@sp.example.com")->key.equals(secret("0123456789abcdef")));
  for (const char* identity : {"", "ae1", "AE1@sp.example.com", "ae1@sp.example.com ", "*"}) {
    EXPECT_EQ(snapshot->find_psk(identity), nullptr) << identity;
  }
}

TEST(Snapshot, TrustsRawKeysByEachConfiguredForm) {
  for (const auto hash : {identity::NameHash::Sha256, identity::NameHash::Sha256_128, identity::NameHash::Sha256_120}) {
    Config config = some_config();
    config.trusted_raw_keys = {identity::PublicKeyName::of(raw_key_info(), hash)};
    const auto snapshot = Snapshot::make(std::move(config), 1);
    EXPECT_TRUE(snapshot->trusts_raw_key(raw_key_info()));
    EXPECT_FALSE(snapshot->trusts_raw_key(raw_key_info().first(10)));
    EXPECT_FALSE(snapshot->trusts_raw_key(identity::ByteView{}));
  }
}

TEST(Snapshot, DoesNotTrustAFullKeyByAShorterNameOfAnother) {
  Config config = some_config();
  const auto snapshot = Snapshot::make(std::move(config), 1);
  EXPECT_FALSE(snapshot->trusts_raw_key(identity::PublicKeyName::of(raw_key_info(), identity::NameHash::Sha256_128)));
}

}  // namespace
}  // namespace saproxy::policy::testing
