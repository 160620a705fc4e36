// The registry as a value: claims, indexes that follow, addresses of resources, ends.
// Spec: TS-0001 9.6.4, 9.6.5, 10.2.2; TS-0004 7.4.5.2.1
#include "policy/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/gate_builders.h"

namespace saproxy::policy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Registration an_ae(const std::string& stem, const std::string& credential = "12-a@sp.com") {
  Registration registration;
  registration.entity_id = stem;
  registration.credential_id = credential;
  registration.resource_id = stem;
  registration.resource_path = "base/name-of-" + stem;
  return registration;
}
Registration a_registree_cse(const std::string& id) {
  Registration registration = an_ae(id, "12-cse@sp.com");
  registration.kind = identity::EntityKind::Cse;
  registration.resource_id = "r" + id.substr(1);
  return registration;
}
std::vector<std::string> stems(const Registry& registry, const std::string& credential) {
  std::vector<std::string> texts;
  const identity::StemList list = registry.stems_of(credential);
  for (const auto& pattern : list.patterns()) texts.push_back(pattern.text());
  return texts;
}

TEST(Registry, HoldsAnIdentityForOneClaimAtATime) {
  Registry registry;
  EXPECT_EQ(registry.claim("C1", "12-z@sp.com"), Claim::Granted);
  EXPECT_EQ(registry.claim("C1", "12-z@sp.com"), Claim::Pending);
  EXPECT_EQ(registry.claim("C2", "12-z@sp.com"), Claim::Granted);
  registry.release("C1");
  EXPECT_EQ(registry.claim("C1", "12-z@sp.com"), Claim::Granted);
  registry.release("C1");
  registry.put(an_ae("C1"));
  EXPECT_EQ(registry.claim("C1", "12-z@sp.com"), Claim::Registered);
  EXPECT_EQ(registry.claim("C1", "12-a@sp.com"), Claim::Granted) << "the CSE knows whether it still has its own";
  registry.release("C1");
  EXPECT_TRUE(registry.erase("C1"));
  EXPECT_EQ(registry.claim("C1", "12-z@sp.com"), Claim::Granted);
}

// A claim that the registration ended as well would have two ends, and the second could be that of another's claim.
TEST(Registry, LeavesAClaimToWhoeverGotIt) {
  Registry registry;
  ASSERT_EQ(registry.claim("C1", "12-a@sp.com"), Claim::Granted);
  registry.put(an_ae("C1"));
  EXPECT_EQ(registry.claim("C1", "12-a@sp.com"), Claim::Pending) << "the first one is not over";
  EXPECT_TRUE(registry.erase("C1"));
  EXPECT_EQ(registry.claim("C1", "12-a@sp.com"), Claim::Pending);
  registry.release("C1");
  EXPECT_EQ(registry.claim("C1", "12-a@sp.com"), Claim::Granted);
  EXPECT_EQ(registry.claim("C1", "12-a@sp.com"), Claim::Pending);
}

TEST(Registry, HasRoomForSoMany) {
  Registry registry;
  const RegistrationLimits limits{.total = 4, .per_credential = 2};
  EXPECT_EQ(registry.room("12-a@sp.com", limits), Claim::Granted);
  registry.put(an_ae("C1"));
  registry.begin("12-a@sp.com");
  EXPECT_EQ(registry.room("12-a@sp.com", limits), Claim::CredentialFull) << "what is under way counts";
  registry.end("12-a@sp.com");
  registry.end("12-a@sp.com");
  EXPECT_EQ(registry.room("12-a@sp.com", limits), Claim::Granted);
  registry.put(an_ae("C2"));
  EXPECT_EQ(registry.room("12-a@sp.com", limits), Claim::CredentialFull);
  EXPECT_EQ(registry.room("12-b@sp.com", limits), Claim::Granted);
  registry.put(an_ae("C3", "12-b@sp.com"));
  registry.begin("12-c@sp.com");
  EXPECT_EQ(registry.room("12-d@sp.com", limits), Claim::Full);
  registry.end("12-c@sp.com");
  EXPECT_EQ(registry.room("12-d@sp.com", limits), Claim::Granted);
  registry.erase("C1");
  EXPECT_EQ(registry.room("12-a@sp.com", limits), Claim::Granted);
  EXPECT_EQ(registry.room("12-a@sp.com", {}), Claim::Granted) << "0 is no bound";
}

TEST(Registry, GivesEveryPutAnotherRevision) {
  Registry registry;
  EXPECT_EQ(registry.revision_of("C1"), 0u);
  registry.put(an_ae("C1"));
  const std::uint64_t first = registry.revision_of("C1");
  registry.put(an_ae("C1"));
  EXPECT_GT(registry.revision_of("C1"), first) << "the same content is another registration all the same";
  registry.erase("C1");
  EXPECT_EQ(registry.revision_of("C1"), 0u);
}

TEST(Registry, KnowsWhatWasRegisteredThroughACredential) {
  Registry registry;
  registry.put(an_ae("C1"));
  registry.put(an_ae("C2"));
  registry.put(an_ae("C3", "12-b@sp.com"));
  registry.put(a_registree_cse("/cse2"));
  EXPECT_THAT(stems(registry, "12-a@sp.com"), UnorderedElementsAre("C1", "C2"));
  EXPECT_THAT(stems(registry, "12-cse@sp.com"), IsEmpty()) << "a CSE-ID is no AE-ID-Stem";
  registry.put(an_ae("C2", "12-b@sp.com"));
  EXPECT_THAT(stems(registry, "12-a@sp.com"), ElementsAre("C1"));
  EXPECT_THAT(stems(registry, "12-b@sp.com"), UnorderedElementsAre("C2", "C3"));
  EXPECT_TRUE(registry.erase("C1"));
  EXPECT_FALSE(registry.erase("C1"));
  EXPECT_THAT(stems(registry, "12-a@sp.com"), IsEmpty());
}

GateRules rules_of_base(std::string base_name) {
  GateRules rules = some_rules();
  rules.base_name = std::move(base_name);
  return rules;
}
std::string found(const Registry& registry, std::string_view to, const GateRules& rules) {
  const Registration* registration = registry.find_resource(to, rules);
  return registration == nullptr ? "" : registration->entity_id;
}

TEST(Registry, FindsTheResourceThatAnAddressNames) {
  Registry registry;
  registry.put(an_ae("C1"));
  registry.put(a_registree_cse("/cse2"));
  for (const GateRules& rules : {rules_of_base(""), rules_of_base("base")}) {
    for (const char* to : {"C1", "/cse-in/C1", "//sp.example.com/cse-in/C1", "base/name-of-C1", "-/name-of-C1",
                           "/cse-in/base/name-of-C1", "/cse-in/-/name-of-C1", "//sp.example.com/cse-in/-/name-of-C1"})
      EXPECT_EQ(found(registry, to, rules), "C1") << to;
    EXPECT_EQ(found(registry, "rcse2", rules), "/cse2");
    EXPECT_EQ(found(registry, "-/name-of-/cse2", rules), "/cse2");
    for (const char* to : {"C2",
                           "base/C1",
                           "base/name-of-C1/data",
                           "-/name-of-C1/data",
                           "C2/name-of-C1",
                           "other/name-of-C1",
                           "/cse9/C1",
                           "//other.org/cse-in/C1",
                           "",
                           "/",
                           "/cse-in",
                           "/cse-in/",
                           "//sp.example.com",
                           "-",
                           "base",
                           "base/",
                           "-/",
                           "name-of-C1",
                           "/C1",
                           "/name-of-C1"})
      EXPECT_EQ(found(registry, to, rules), "") << to;
  }
}

// Spec: TS-0001 7.2: the CSEBase is addressed by its name and by "-".
TEST(Registry, FindsAResourceUnderEveryNameOfTheCseBase) {
  for (const char* made_under : {"-", "base", "id-of-base"}) {
    Registry registry;
    Registration registration = an_ae("C1");
    registration.resource_id = "r77";
    registration.resource_path = made_under + std::string("/ae1");
    registry.put(registration);
    const GateRules known = rules_of_base("base");
    for (const char* to : {"-/ae1", "base/ae1", "/cse-in/-/ae1", "/cse-in/base/ae1", "r77"})
      EXPECT_EQ(found(registry, to, known), "C1") << to << " made under " << made_under;
    EXPECT_EQ(found(registry, registration.resource_path, known), "C1");
    EXPECT_EQ(found(registry, registration.resource_path, rules_of_base("")), "C1");
    EXPECT_EQ(found(registry, "other/ae1", known), "") << "another resource may be called so";
    EXPECT_TRUE(registry.erase("C1"));
    for (const char* to : {"-/ae1", "base/ae1", "id-of-base/ae1", "r77"}) EXPECT_EQ(found(registry, to, known), "");
  }
}

// OM2M names its resources in full.
TEST(Registry, FindsAResourceInWhateverFormTheCseNamesIt) {
  for (const char* id : {"x7", "/cse-in/x7", "//sp.example.com/cse-in/x7"}) {
    Registry registry;
    Registration registration = an_ae("C1");
    registration.resource_id = id;
    registry.put(registration);
    for (const char* to : {"x7", "/cse-in/x7", "//sp.example.com/cse-in/x7"})
      EXPECT_EQ(found(registry, to, some_rules()), "C1") << to << " named " << id;
    EXPECT_EQ(found(registry, "/cse9/x7", some_rules()), "");
    EXPECT_EQ(registry.find("C1")->resource_id, id) << "the CSE is asked for it as it is";
    registry.erase("C1");
    EXPECT_EQ(found(registry, "x7", some_rules()), "");
  }
}

TEST(Registry, FindsAnAeByItsStemWhenTheCseNamedNoResource) {
  const GateRules rules = some_rules();
  Registry registry;
  Registration registration = an_ae("C1");
  registration.resource_id = registration.resource_path = "";
  registry.put(registration);
  EXPECT_EQ(found(registry, "C1", rules), "C1");
  EXPECT_EQ(found(registry, "-/C1", rules), "");
  EXPECT_EQ(found(registry, "", rules), "");
  registration.resource_id = "r77";
  registry.put(registration);
  EXPECT_EQ(found(registry, "C1", rules), "") << "another resource may have that id";
}

// Spec: TS-0003 10.1.1.5: the certificate names its AE-ID; nobody else has it, registered or not.
TEST(Registry, KeepsAnAeIdForTheCertificateThatNamesIt) {
  const std::string certificate = "33-//sp.example.com/cse-in/C1";
  Registry registry;
  registry.put(an_ae("C1", certificate));
  EXPECT_FALSE(registry.is_reserved("C1"));
  registry.apply(end_of(*registry.find("C1")));
  EXPECT_EQ(registry.find("C1"), nullptr);
  EXPECT_EQ(registry.size(), 0u);
  EXPECT_EQ(found(registry, "C1", some_rules()), "");
  EXPECT_THAT(stems(registry, certificate), IsEmpty());
  EXPECT_EQ(registry.claim("C1", "12-a@sp.com"), Claim::Reserved);
  EXPECT_EQ(registry.claim("C1", "12-a@sp.com", true), Claim::Granted) << "configuration names it, too";
  registry.release("C1");
  EXPECT_EQ(registry.claim("C1", certificate), Claim::Granted);
  registry.release("C1");
  registry.put(an_ae("C1", certificate));
  EXPECT_EQ(registry.claim("C1", "12-a@sp.com"), Claim::Registered);
  EXPECT_TRUE(registry.erase("C1"));
  EXPECT_EQ(registry.claim("C1", "12-a@sp.com"), Claim::Granted) << "an operator has had it forgotten";
}

TEST(Registry, ForgetsAReservation) {
  Registry registry;
  registry.apply(end_of(an_ae("C1", "33-//sp.example.com/cse-in/C1")));
  EXPECT_TRUE(registry.is_reserved("C1"));
  registry.apply({RegistryChange::Kind::Erase, an_ae("C1")});
  EXPECT_FALSE(registry.is_reserved("C1"));
}

TEST(EndOf, KeepsOnlyWhatACertificateNames) {
  const auto kind = [](const std::string& id, const std::string& credential) {
    return end_of(an_ae(id, credential)).kind;
  };
  EXPECT_EQ(kind("C1", "33-//sp.example.com/cse-in/C1"), RegistryChange::Kind::Put);
  EXPECT_EQ(kind("S1", "33-//sp.example.com/S1"), RegistryChange::Kind::Put);
  for (const char* credential : {"33-//sp.example.com/cse-in/C2", "12-a@sp.com", "34-urn:node7", "31-0.2.481.1", "x"})
    EXPECT_EQ(kind("C1", credential), RegistryChange::Kind::Erase) << credential;
  EXPECT_EQ(end_of(a_registree_cse("/cse2")).kind, RegistryChange::Kind::Erase);
  const RegistryChange kept = end_of(an_ae("C1", "33-//sp.example.com/cse-in/C1"));
  EXPECT_TRUE(kept.registration.ended);
  EXPECT_EQ(kept.registration.expires, 0) << "a reservation does not end by itself";
}

TEST(Registry, TellsWhoseTimeIsOver) {
  Registry registry;
  for (const auto& [stem, expires] : {std::pair{"C1", 10}, std::pair{"C2", 20}, std::pair{"C3", 0}}) {
    Registration registration = an_ae(stem);
    registration.expires = expires;
    registry.put(registration);
  }
  EXPECT_THAT(registry.expired(9), IsEmpty());
  EXPECT_THAT(registry.expired(10), ElementsAre("C1"));
  EXPECT_THAT(registry.expired(1'000'000), ElementsAre("C1", "C2"));
  Registration longer = an_ae("C1");
  longer.expires = 30;
  registry.put(longer);
  EXPECT_THAT(registry.expired(29), ElementsAre("C2"));
}

TEST(Registry, ListsCsesAndAll) {
  Registry registry;
  registry.apply({RegistryChange::Kind::Put, a_registree_cse("/cse2")});
  registry.apply({RegistryChange::Kind::Put, an_ae("C1")});
  EXPECT_EQ(registry.registree_cses(), IdentifierSet{"/cse2"});
  ASSERT_EQ(registry.all().size(), 2u);
  EXPECT_EQ(registry.all().front()->entity_id, "/cse2");
  registry.apply({RegistryChange::Kind::Erase, an_ae("/cse2")});
  EXPECT_TRUE(registry.registree_cses().empty());
  EXPECT_EQ(registry.size(), 1u);
}

// Spec: TS-0001 9.6.4 (descendantCSEs)
TEST(RegistryAncestors, AreTheOnlyOnesThatNameADescendant) {
  Registry registry;
  const auto cse = [&registry](const char* id, std::vector<std::string> descendants, std::int64_t registered) {
    Registration one;
    one.kind = identity::EntityKind::Cse;
    one.entity_id = id;
    one.credential_id = std::string("32-") + id;
    one.descendant_cses = std::move(descendants);
    one.registered = registered;
    registry.put(one);
  };
  const auto ancestor = [&registry](const char* id) {
    const Registration* found = registry.find_ancestor(id);
    return found == nullptr ? std::string("nobody") : found->entity_id;
  };
  EXPECT_EQ(ancestor("/mn3"), "nobody");
  cse("/mn1", {"/mn3", "/mn3", "/mn4"}, 20);
  cse("/mn2", {"/mn3"}, 10);
  EXPECT_EQ(ancestor("/mn3"), "nobody") << "two say so, and neither has proven it";
  EXPECT_EQ(ancestor("/mn4"), "/mn1");
  EXPECT_EQ(ancestor("/mn1"), "nobody") << "itself";
  cse("/mn2", {}, 10);
  EXPECT_EQ(ancestor("/mn3"), "/mn1");
  registry.erase("/mn1");
  EXPECT_EQ(ancestor("/mn3"), "nobody");
}

}  // namespace
}  // namespace saproxy::policy::testing
