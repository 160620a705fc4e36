// Notification targets in the embedded store: they come out as they went in, and end with their registration.
// Design invariant 9. Spec: TS-0004 7.4.8 (nu, su)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../support/registrations.h"
#include "../support/temporary_folder.h"
#include "policy/registry.h"
#include "proxy/registry/sqlite.h"
#include "proxy/registry/store.h"

namespace saproxy::proxy {
namespace {

using policy::NotificationTarget;
using policy::Registration;
using support::a_cse;
using support::a_target;
using support::an_ae;
using support::commit;
using support::content_of;
using support::erase;
using support::open_store;
using support::put;
using support::put_targets;
using support::targets_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class TargetStoreTest : public ::testing::Test {
 protected:
  void change(const char* statement) {
    auto database = SqliteDatabase::open(path_, SqliteDatabase::Mode::ReadWrite, 1 << 20);
    const auto done = database->run(statement);
    ASSERT_TRUE(done) << done.error().detail;
  }
  support::TemporaryFolder folder_;
  std::string path_ = folder_.file("registry.db");
  NotificationTarget a_ = a_target('a', "Cae1", "https://ae.example.com:8443/n?x=1&y='");
  NotificationTarget b_ = a_target('b', "/cse2", "coaps://[::1]/");
  void SetUp() override { b_.subscriber = a_.subscriber; }
};

TEST_F(TargetStoreTest, GivesBackEveryFieldAfterItWasClosed) {
  commit(*open_store(path_), {put(an_ae("Cae1")), put(a_cse("/cse2")), put_targets({b_, a_})});
  EXPECT_THAT(targets_of(*open_store(path_)), ElementsAre(a_, b_)) << "in the order of their tokens";
  EXPECT_THAT(targets_of(*open_store(path_, StoreAccess::Read)), ElementsAre(a_, b_));
}

TEST_F(TargetStoreTest, KeepsOneForEachUrl) {
  NotificationTarget again = a_;
  again.token = a_target('c', "", "").token;
  commit(*open_store(path_), {put(an_ae("Cae1")), put_targets({a_}), put_targets({again})});
  EXPECT_THAT(targets_of(*open_store(path_)), ElementsAre(again));
}

// The registry in memory and the store drop the same ones.
struct End {
  const char* name;
  void (*change)(Registration&);
  bool kept;
};
class TargetsAfter : public TargetStoreTest, public ::testing::WithParamInterface<End> {};
TEST_P(TargetsAfter, APutOfTheRegistration) {
  Registration after = an_ae("Cae1");
  GetParam().change(after);
  const std::vector changes = {put(an_ae("Cae1")), put(a_cse("/cse2")), put_targets({a_, b_}), put(after)};
  commit(*open_store(path_), changes);
  policy::Registry registry;
  for (const auto& one : changes) registry.apply(one);
  EXPECT_EQ(registry.targets().find(a_.token) != nullptr, GetParam().kept);
  EXPECT_TRUE(registry.targets().find(b_.token));
  const std::vector<NotificationTarget> kept = GetParam().kept ? std::vector{a_, b_} : std::vector{b_};
  EXPECT_EQ(targets_of(*open_store(path_)), kept);
}
const End kEnds[] = {
    {"OfOtherPointsOfAccess", [](Registration& r) { r.points_of_access.clear(); }, true},
    {"Anew", [](Registration& r) { ++r.registered; }, true},
    {"ThroughAnotherCredential", [](Registration& r) { r.credential_id = "12-other@sp.example.com"; }, false},
    {"ThatHasEnded", [](Registration& r) { r.ended = true; }, false},
};
INSTANTIATE_TEST_SUITE_P(TargetStore, TargetsAfter, ::testing::ValuesIn(kEnds),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(TargetStoreTest, LosesThemWithTheRegistration) {
  const auto store = open_store(path_);
  commit(*store, {put(an_ae("Cae1")), put(a_cse("/cse2")), put_targets({a_, b_}), erase("Cae1")});
  EXPECT_THAT(targets_of(*store), ElementsAre(b_));
}

TEST_F(TargetStoreTest, TakesAllOfAGroupOrNothing) {
  const auto store = open_store(path_);
  commit(*store, {put(an_ae("Cae1")), put_targets({a_})});
  NotificationTarget wrong = b_;
  wrong.url = "mqtt://nobody";
  const auto done = store->apply(std::vector{erase("Cae1"), put_targets({b_, wrong})});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().detail, HasSubstr("url is no direct URL"));
  EXPECT_THAT(targets_of(*store), ElementsAre(a_));
}

TEST_F(TargetStoreTest, RefusesTokensOfRegistrees) {
  NotificationTarget wrong = a_;
  wrong.token[0] = 'r';
  EXPECT_FALSE(open_store(path_)->apply(std::vector{put(an_ae("Cae1")), put_targets({wrong})}));
}

struct Bad {
  const char* name;
  const char* statement;
  const char* reason;
};
class BadTargetInStore : public TargetStoreTest, public ::testing::WithParamInterface<Bad> {};
TEST_P(BadTargetInStore, IsAnErrorThatNamesIt) {
  commit(*open_store(path_), {put(an_ae("Cae1")), put_targets({a_})});
  change(GetParam().statement);
  const auto loaded = open_store(path_)->load_targets();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().detail, StartsWith(path_ + ": is damaged: target 1, \""));
  EXPECT_THAT(loaded.error().detail, HasSubstr(GetParam().reason));
}
constexpr Bad kBad[] = {
    {"Token", "UPDATE target SET token = 't'", "is no token"},
    {"Identifier", "UPDATE target SET entity_id = 'x'", "entity_id is no AE-ID-Stem"},
    {"Url", "UPDATE target SET url = 'https://a b'", "url is no direct URL"},
    {"Subscriber", "UPDATE target SET subscriber = 'x'", "subscriber is no Credential-ID"},
    {"OfNobody", "UPDATE target SET entity_id = 'Cother'", "its registration is not there"},
    {"OfWhoHasEnded", "UPDATE registration SET kind = 'ended'", "its registration is not there"},
};
INSTANTIATE_TEST_SUITE_P(TargetStore, BadTargetInStore, ::testing::ValuesIn(kBad),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(TargetStoreTest, BringsAStoreWithoutDescendantsUpToDate) {
  Registration cse = a_cse("/cse2");
  commit(*open_store(path_), {put(an_ae("Cae1")), put(cse), put_targets({a_})});
  change("ALTER TABLE registration DROP COLUMN descendant_cses; PRAGMA user_version = 2");
  EXPECT_THAT(targets_of(*open_store(path_)), ElementsAre(a_));
  cse.descendant_cses = {"/mn3"};
  commit(*open_store(path_), {put(cse)});
  EXPECT_THAT(content_of(*open_store(path_)), ElementsAre(cse, an_ae("Cae1")));
}

// A store of version 1 had neither routes nor targets.
TEST_F(TargetStoreTest, BringsAnEarlierStoreUpToDate) {
  commit(*open_store(path_), {put(an_ae("Cae1"))});
  change(
      "DROP TABLE target; ALTER TABLE registration DROP COLUMN route; ALTER TABLE registration DROP COLUMN "
      "descendant_cses; PRAGMA user_version = 1");
  const auto only_read = open_registry_store(path_, StoreAccess::Read);
  ASSERT_FALSE(only_read);
  EXPECT_THAT(only_read.error().detail, HasSubstr("`saproxy run` brings it up to date"));
  EXPECT_THAT(content_of(*open_store(path_)), ElementsAre(an_ae("Cae1")));
  commit(*open_store(path_), {put_targets({a_})});
  EXPECT_THAT(targets_of(*open_store(path_)), ElementsAre(a_));
}

}  // namespace
}  // namespace saproxy::proxy
