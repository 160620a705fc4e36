// What an UPDATE may say of a registration, and what it makes of it; registration_cases_test.cc has the registrations.
// Spec: TS-0004 7.4.4, 7.4.5; TS-0001 10.2.2.3
#include "policy/registering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/gate_builders.h"

namespace saproxy::policy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Registration a_registration(const std::string& id) {
  Registration registration;
  registration.kind = id.starts_with('/') ? identity::EntityKind::Cse : identity::EntityKind::Ae;
  registration.entity_id = id;
  registration.points_of_access = {"http://a"};
  registration.expires = 100;
  return registration;
}
ResourceContent naming(std::uint32_t type, const std::optional<std::string>& identity) {
  ResourceContent content;
  content.type = type;
  (type == kTypeAe ? content.ae_id : content.cse_id) = identity;
  return content;
}

TEST(CheckUpdate, LetsARegistreeNameItself) {
  const GateRules rules = some_rules();
  EXPECT_EQ(check_update(key_of(a_registration("C1")), naming(kTypeAe, std::nullopt), rules), std::nullopt);
  EXPECT_EQ(check_update(key_of(a_registration("C1")), naming(kTypeAe, "C1"), rules), std::nullopt);
  for (const char* id : {"/cse2", "//sp.example.com/cse2"})
    EXPECT_EQ(check_update(key_of(a_registration("/cse2")), naming(kTypeRemoteCse, id), rules), std::nullopt) << id;
}

TEST(CheckUpdate, RefusesAnotherIdentity) {
  const GateRules rules = some_rules();
  for (const char* id : {"C2", "CAdmin", "", "/cse-in/C1", "c1"})
    EXPECT_EQ(check_update(key_of(a_registration("C1")), naming(kTypeAe, id), rules), Reason::IdentityInContent) << id;
  for (const char* id : {"/cse3", "/cse-in", "cse2", "", "//other.example.com/cse2"})
    EXPECT_EQ(check_update(key_of(a_registration("/cse2")), naming(kTypeRemoteCse, id), rules),
              Reason::IdentityInContent)
        << id;
}

TEST(CheckUpdate, RefusesContentOfAnotherType) {
  const GateRules rules = some_rules();
  for (const std::uint32_t type : {0u, kTypeRemoteCse})
    EXPECT_EQ(check_update(key_of(a_registration("C1")), naming(type, std::nullopt), rules), Reason::ContentMismatch)
        << type;
  EXPECT_EQ(check_update(key_of(a_registration("/cse2")), naming(kTypeAe, std::nullopt), rules),
            Reason::ContentMismatch);
}

TEST(Updated, KeepsWhatTheContentLeavesOut) {
  ResourceContent content = naming(kTypeAe, std::nullopt);
  EXPECT_EQ(updated(a_registration("C1"), content, some_rules()), a_registration("C1"));
  content.points_of_access = {"http://b", "coap://c"};
  content.request_reachability = true;
  content.expiration_time = "19700101T000320";
  const Registration after = updated(a_registration("C1"), content, some_rules());
  EXPECT_THAT(after.points_of_access, ElementsAre("http://b", "coap://c"));
  EXPECT_TRUE(after.request_reachable);
  EXPECT_EQ(after.expires, 200);
}

TEST(Updated, LosesPointsOfAccessThatAreDeleted) {
  ResourceContent content = naming(kTypeAe, std::nullopt);
  content.points_of_access.emplace();
  EXPECT_THAT(updated(a_registration("C1"), content, some_rules()).points_of_access, IsEmpty());
}

// Spec: TS-0001 9.6.4 (descendantCSEs)
TEST(Updated, KnowsWhichCsesAreBehindOne) {
  ResourceContent content = naming(kTypeRemoteCse, std::nullopt);
  content.descendant_cses = {"/mn3", "//sp.example.com/mn4", "//other.example.com/mn5", "/cse-in", "/cse2", "a/b", "",
                             "mn6"};
  const Registration after = updated(a_registration("/cse2"), content, some_rules());
  EXPECT_THAT(after.descendant_cses, ElementsAre("/mn3", "/mn4", "/mn6"));
  GateRules rules = some_rules();
  rules.registrar = "/mn3";
  rules.registree_cses.insert("/mn4");
  EXPECT_THAT(updated(a_registration("/cse2"), content, rules).descendant_cses, ElementsAre("/mn6"))
      << "nobody takes over whom a credential stands for";
  content.descendant_cses.reset();
  EXPECT_EQ(updated(after, content, some_rules()), after);
  content.descendant_cses.emplace();
  EXPECT_THAT(updated(after, content, some_rules()).descendant_cses, IsEmpty());
  content = naming(kTypeAe, std::nullopt);
  content.descendant_cses = {"/mn3"};
  EXPECT_EQ(updated(a_registration("C1"), content, some_rules()), a_registration("C1")) << "of an AE";
}

// However the request calls the CSEBase: one form of it is recorded.
TEST(Confirm, RecordsOneAddress) {
  struct Row {
    const char* to;
    const char* base_name;
    const char* path;
  };
  constexpr Row kRows[] = {
      {"-", "", "-/ae1"},         {"/cse-in", "", "-/ae1"},          {"//sp.example.com/cse-in", "", "-/ae1"},
      {"/cse-in/-", "", "-/ae1"}, {"base", "", "base/ae1"},          {"/cse-in/base", "", "base/ae1"},
      {"base", "base", "-/ae1"},  {"/cse-in/base", "base", "-/ae1"}, {"//sp.example.com/cse-in/base", "base", "-/ae1"},
      {"id", "base", "id/ae1"},   {"base/other", "base", ""},        {"a/b", "", ""},
  };
  const auto ae = an_ae({"C1"});
  ResourceContent answer = naming(kTypeAe, "C1");
  answer.resource_name = "ae1";
  for (const Row& row : kRows) {
    GateRules rules = some_rules();
    rules.base_name = row.base_name;
    Primitive request = a_request(Operation::Create, "C1", kTypeAe);
    request.to = row.to;
    const Decision decision = a_gate(rules).judge(&ae, request, kNow);
    ASSERT_TRUE(std::holds_alternative<Forward>(decision)) << row.to;
    const auto confirmed = confirm(registering_of(std::get<Forward>(decision), request, ae, rules), &answer, rules, 1);
    ASSERT_TRUE(confirmed) << row.to;
    EXPECT_EQ(confirmed->resource_path, row.path) << row.to << " with " << row.base_name;
  }
}

TEST(TakeReachability, BelievesTheCse) {
  Registration registration = a_registration("C1");
  registration.request_reachable = false;
  take_reachability(registration, nullptr);
  EXPECT_FALSE(registration.request_reachable);
  ResourceContent answer = naming(kTypeAe, std::nullopt);
  take_reachability(registration, &answer);
  EXPECT_FALSE(registration.request_reachable);
  answer.request_reachability = true;
  take_reachability(registration, &answer);
  EXPECT_TRUE(registration.request_reachable);
}

}  // namespace
}  // namespace saproxy::policy::testing
