// What workers notice of the registry: who may have lost an identity, which CSEs there are.
// Spec: TS-0001 10.2.2; design invariant 7
#include "proxy/registry/shared_registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace saproxy::proxy {
namespace {

using policy::Claim;
using policy::RegistryChange;

RegistryChange put(const std::string& id, const std::string& credential) {
  RegistryChange change;
  change.registration.entity_id = id;
  change.registration.credential_id = credential;
  change.registration.kind = id.starts_with('/') ? identity::EntityKind::Cse : identity::EntityKind::Ae;
  return change;
}
RegistryChange erase(const std::string& id) {
  RegistryChange change = put(id, "");
  change.kind = RegistryChange::Kind::Erase;
  return change;
}
void apply(SharedRegistry& registry, const RegistryChange& change) { registry.apply(std::span(&change, 1)); }

Claim claim(SharedRegistry& registry, const std::string& id) {
  return registry.claim(std::span(&id, 1), "12-a@sp.com");
}

TEST(SharedRegistry, CountsWhatMayHaveTakenAnIdentity) {
  SharedRegistry registry;
  apply(registry, put("C1", "12-a@sp.com"));
  EXPECT_EQ(registry.removals(), 0u) << "a new registration takes nothing from anybody";
  apply(registry, put("C1", "12-a@sp.com"));
  EXPECT_EQ(registry.removals(), 0u) << "nor does a change of one's own";
  apply(registry, put("C1", "12-b@sp.com"));
  EXPECT_EQ(registry.removals(), 1u) << "another credential has it now";
  apply(registry, erase("C1"));
  EXPECT_EQ(registry.removals(), 2u);
  apply(registry, erase("C1"));
  EXPECT_EQ(registry.removals(), 2u) << "there was nothing left to take";
}

TEST(SharedRegistry, CountsARegistrationThatHasEnded) {
  SharedRegistry registry;
  apply(registry, put("C1", "33-//sp.example.com/cse1/C1"));
  apply(registry, policy::end_of(*registry.find("C1")));
  EXPECT_EQ(registry.removals(), 1u);
  EXPECT_FALSE(registry.find("C1"));
  EXPECT_EQ(claim(registry, "C1"), Claim::Reserved);
}

TEST(SharedRegistry, TellsWhichCsesAreRegistered) {
  SharedRegistry registry;
  const std::uint64_t before = registry.cse_changes();
  const auto none = registry.registree_cses();
  apply(registry, put("C1", "12-a@sp.com"));
  EXPECT_EQ(registry.cse_changes(), before);
  apply(registry, put("/cse2", "12-cse@sp.com"));
  EXPECT_NE(registry.cse_changes(), before);
  EXPECT_TRUE(registry.registree_cses()->contains("/cse2"));
  EXPECT_TRUE(none->empty()) << "who still holds the old set sees the old set";
  apply(registry, erase("/cse2"));
  EXPECT_TRUE(registry.registree_cses()->empty());
}

TEST(SharedRegistry, GrantsOneClaimHoweverManyAsk) {
  SharedRegistry registry;
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int stem = 0; stem < 200; ++stem)
        if (claim(registry, "C" + std::to_string(stem)) == Claim::Granted) ++granted;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 200);
}

TEST(SharedRegistry, ClaimsAllOrNothing) {
  SharedRegistry registry;
  ASSERT_EQ(claim(registry, "C2"), Claim::Granted);
  const std::vector<std::string> both = {"C1", "C2"};
  EXPECT_EQ(registry.claim(both, "12-a@sp.com"), Claim::Pending);
  EXPECT_EQ(claim(registry, "C1"), Claim::Granted) << "it was not kept";
}

TEST(SharedRegistry, CountsAsManyAsThereMayBe) {
  SharedRegistry registry;
  const policy::RegistrationLimits limits{.total = 3, .per_credential = 1};
  const auto ask = [&](const std::string& id, const char* credential) {
    return registry.claim(std::span(&id, 1), credential, false, limits);
  };
  const auto release = [&](const std::string& id, const char* credential) {
    registry.release(std::span(&id, 1), credential);
  };
  EXPECT_EQ(ask("C1", "12-a@sp.com"), Claim::Granted);
  EXPECT_EQ(ask("C2", "12-a@sp.com"), Claim::CredentialFull) << "the first is under way";
  apply(registry, put("C1", "12-a@sp.com"));
  release("C1", "12-a@sp.com");
  EXPECT_EQ(ask("C1", "12-a@sp.com"), Claim::Granted) << "it is no more of them";
  release("C1", "12-a@sp.com");
  EXPECT_EQ(ask("C2", "12-a@sp.com"), Claim::CredentialFull);
  EXPECT_EQ(ask("C2", "12-b@sp.com"), Claim::Granted) << "the refused one has claimed nothing";
  EXPECT_EQ(ask("C3", "12-c@sp.com"), Claim::Granted);
  EXPECT_EQ(ask("C4", "12-d@sp.com"), Claim::Full);
  release("C3", "12-c@sp.com");
  EXPECT_EQ(ask("C4", "12-d@sp.com"), Claim::Granted);
}

TEST(SharedRegistry, TellsWhetherARegistrationIsAsItWasSeen) {
  SharedRegistry registry;
  RegistryChange change = put("C1", "12-a@sp.com");
  change.registration.resource_path = "base/ae1";
  apply(registry, change);
  EXPECT_EQ(registry.list().ids, std::vector<std::string>{"C1"});
  EXPECT_EQ(registry.list().base, "base");
  const auto seen = registry.seen("C1");
  ASSERT_TRUE(seen);
  const policy::Drop drop{"C1", seen->revision};
  EXPECT_TRUE(registry.is_still(drop));
  ASSERT_EQ(claim(registry, "C1"), Claim::Granted);
  EXPECT_FALSE(registry.is_still(drop)) << "it is being registered anew";
  apply(registry, change);
  EXPECT_FALSE(registry.is_still(drop)) << "it was";
  apply(registry, erase("C1"));
  EXPECT_FALSE(registry.seen("C1"));
  EXPECT_FALSE(registry.is_still(drop));
}

TEST(SharedRegistry, GivesCopiesThatOutliveTheRegistration) {
  SharedRegistry registry;
  apply(registry, put("C1", "12-a@sp.com"));
  const auto known = registry.find("C1");
  apply(registry, erase("C1"));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->credential_id, "12-a@sp.com");
  EXPECT_FALSE(registry.find("C1"));
}

TEST(SharedRegistry, TellsWhichRegistrationAnAddressNames) {
  SharedRegistry registry;
  RegistryChange change = put("C1", "12-a@sp.com");
  change.registration.resource_path = "base/ae1";
  change.registration.registered = 7;
  apply(registry, change);
  const policy::GateRules rules{.sp = *identity::SpId::parse("//sp.com"),
                                .cse = *identity::CseId::parse("/cse1"),
                                .base_name = {},
                                .denied_originators = {},
                                .registree_cses = {},
                                .reserved_stems = {},
                                .registration = {}};
  const auto found = registry.find_resource("/cse1/base/ae1", rules);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, policy::key_of(change.registration));
  EXPECT_TRUE(registry.has_resource("base/ae1", rules));
  EXPECT_FALSE(registry.has_resource("base/ae2", rules));
  EXPECT_FALSE(registry.find_resource("base/ae2", rules));
}

TEST(SharedRegistry, TellsWhomADirectUrlLeadsTo) {
  SharedRegistry registry;
  RegistryChange change = put("C1", "12-a@sp.com");
  change.registration.points_of_access = {"https://ae.example.com:8443/poa"};
  apply(registry, change);
  const std::string url = "https://ae.example.com:8443/n?x=1";
  const auto point = policy::PointOfAccess::parse(url, policy::UriQuery::Allowed);
  const auto fresh = registry.target_at(*point, url, "C2");
  ASSERT_TRUE(fresh);
  EXPECT_EQ(fresh->entity_id, "C1");
  EXPECT_EQ(fresh->token, "");
  RegistryChange targets;
  targets.kind = RegistryChange::Kind::PutTargets;
  targets.targets = {{"t1", "C1", url, 1}};
  const std::uint64_t removals = registry.removals();
  apply(registry, targets);
  EXPECT_EQ(registry.removals(), removals);
  EXPECT_EQ(registry.target_at(*point, url, "C2")->token, "t1");
  EXPECT_EQ(registry.find_target("t1")->url, url);
  apply(registry, erase("C1"));
  EXPECT_FALSE(registry.find_target("t1"));
  EXPECT_FALSE(registry.target_at(*point, url, ""));
}

}  // namespace
}  // namespace saproxy::proxy
