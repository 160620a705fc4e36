// The embedded store: what goes in comes out, all of a group or nothing, one owner, readers beside it.
// Design invariant 9. Spec: TS-0001 9.6.4, 9.6.5 (what is kept of an <AE> and a <remoteCSE>)
#include "proxy/registry/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

#include "../support/registrations.h"
#include "../support/temporary_folder.h"
#include "proxy/registry/sqlite.h"

namespace saproxy::proxy {
namespace {

using policy::Registration;
using support::a_cse;
using support::an_ae;
using support::commit;
using support::content_of;
using support::erase;
using support::open_store;
using support::put;
using support::why_not;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class RegistryStoreTest : public ::testing::Test {
 protected:
  support::TemporaryFolder folder_;
  std::string path_ = folder_.file("registry.db");
};

TEST_F(RegistryStoreTest, IsEmptyAtFirst) { EXPECT_THAT(content_of(*open_store(path_)), IsEmpty()); }

TEST_F(RegistryStoreTest, GivesBackEveryFieldAfterItWasClosed) {
  Registration odd = an_ae("Codd");
  odd.app_id = "R'; DROP TABLE registration; -- \xc3\xa9\xff";
  odd.points_of_access = {"", "http://a/?x=1,2;3|4\t"};
  odd.points_of_access[1].pop_back();
  odd.saef = identity::Saef::Maf;
  odd.expires = 0;
  odd.registered = -1;
  odd.request_reachable = false;
  const Registration ae = an_ae("Cae1");
  Registration cse = a_cse("/cse2");
  cse.descendant_cses = {"/mn3", "/mn4"};
  commit(*open_store(path_), {put(odd), put(ae), put(cse)});
  EXPECT_THAT(content_of(*open_store(path_)), ElementsAre(cse, ae, odd)) << "in the order of their identifiers";
}

TEST_F(RegistryStoreTest, KeepsWhatHasEnded) {
  Registration ended = an_ae("Cae1");
  ended.ended = true;
  commit(*open_store(path_), {put(an_ae("Cae1")), put(ended)});
  EXPECT_THAT(content_of(*open_store(path_)), ElementsAre(ended));
  commit(*open_store(path_), {put(an_ae("Cae1"))});
  EXPECT_THAT(content_of(*open_store(path_)), ElementsAre(an_ae("Cae1")));
}

TEST_F(RegistryStoreTest, ReplacesAndErases) {
  const auto store = open_store(path_);
  commit(*store, {put(an_ae("Ca")), put(an_ae("Cb")), erase("Cnone")});
  Registration changed = an_ae("Cb");
  changed.points_of_access.clear();
  commit(*store, {erase("Ca"), put(changed)});
  EXPECT_THAT(content_of(*store), ElementsAre(changed));
}

TEST_F(RegistryStoreTest, DoesNothingForNoChange) { EXPECT_TRUE(commit(*open_store(path_), {})); }

TEST_F(RegistryStoreTest, TakesAllOfAGroupOrNothing) {
  const auto store = open_store(path_);
  commit(*store, {put(an_ae("Cold"))});
  Registration wrong = an_ae("Cnew");
  wrong.entity_id = "nobody";
  const auto done = store->apply(std::vector{erase("Cold"), put(an_ae("Cx")), put(wrong)});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().detail, HasSubstr("registration \"nobody\": is no AE-ID-Stem"));
  EXPECT_THAT(content_of(*store), ElementsAre(an_ae("Cold")));
  EXPECT_TRUE(commit(*store, {put(an_ae("Cx"))})) << "usable for the next attempt";
}

struct Refused {
  const char* name;
  void (*spoil)(Registration&);
  const char* reason;
};
class RefusedRegistration : public RegistryStoreTest, public ::testing::WithParamInterface<Refused> {};
TEST_P(RefusedRegistration, IsNotWritten) {
  const auto store = open_store(path_);
  Registration registration = an_ae("Cae1");
  GetParam().spoil(registration);
  const auto done = store->apply(std::vector{put(registration)});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().detail, HasSubstr(GetParam().reason));
  EXPECT_THAT(content_of(*store), IsEmpty());
}
const Refused kRefused[] = {
    {"WithoutIdentifier", [](Registration& r) { r.entity_id = ""; }, "is no AE-ID-Stem"},
    {"AeWithCseId", [](Registration& r) { r.entity_id = "/cse2"; }, "is no AE-ID-Stem"},
    {"CseWithStem", [](Registration& r) { r.kind = identity::EntityKind::Cse; }, "is no CSE-ID"},
    {"WithoutCredential", [](Registration& r) { r.credential_id = ""; }, "is no Credential-ID"},
    {"UnknownCredential", [](Registration& r) { r.credential_id = "99-x"; }, "credential_id \"99-x\""},
    {"ControlInAppId", [](Registration& r) { r.app_id = std::string("a\0b", 3); }, "app_id has a control character"},
    {"ControlInResourceId", [](Registration& r) { r.resource_id = "a\x7f"; }, "resource_id has a control character"},
    {"LineInPointOfAccess", [](Registration& r) { r.points_of_access = {"http://a\nhttp://b"}; },
     "a point of access has a control character"},
    {"NoDescendant",
     [](Registration& r) {
       r.descendant_cses = {"/mn3", "Cae"};
     },
     "a descendant is no CSE-ID"},
    {"LongerThanAContent", [](Registration& r) { r.app_id.assign(5u << 20, 'x'); }, "too big"},
};
INSTANTIATE_TEST_SUITE_P(RegistryStore, RefusedRegistration, ::testing::ValuesIn(kRefused),
                         [](const auto& row) { return std::string(row.param.name); });

// Design invariant 8: whatever the mask of the process, nobody else reads or writes them.
TEST_F(RegistryStoreTest, KeepsAllItsFilesPrivate) {
  const mode_t before = ::umask(0);
  const auto store = open_store(path_);
  commit(*store, {put(an_ae("Ca"))});
  ::umask(before);
  std::vector<std::string> seen;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u) << entry.path();
    seen.push_back(entry.path().filename());
  }
  EXPECT_THAT(seen,
              ::testing::UnorderedElementsAre("registry.db", "registry.db-wal", "registry.db-shm", "registry.db.lock"));
}

TEST_F(RegistryStoreTest, MakesAFilePrivateThatItsOwnerLeftReadable) {
  commit(*open_store(path_), {put(an_ae("Ca"))});
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  EXPECT_EQ(content_of(*open_store(path_)).size(), 1u);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(RegistryStoreTest, HasOneOwner) {
  {
    const auto owner = open_store(path_);
    const auto second = open_registry_store(path_, StoreAccess::Own);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, identity::ErrorCode::Conflict);
    EXPECT_EQ(second.error().detail, path_ + ": another process of saproxy has it");
    EXPECT_TRUE(commit(*owner, {put(an_ae("Ca"))}));
  }
  EXPECT_EQ(content_of(*open_store(path_)).size(), 1u) << "the owner has gone";
}

TEST_F(RegistryStoreTest, IsFoundThroughALinkedFolder) {
  std::filesystem::create_directory_symlink(folder_.path(), folder_.path() / "linked");
  commit(*open_store(folder_.file("linked/registry.db")), {put(an_ae("Ca"))});
  EXPECT_EQ(content_of(*open_store(path_)).size(), 1u);
}

TEST_F(RegistryStoreTest, CanBeReadBesideItsOwner) {
  const auto owner = open_store(path_);
  commit(*owner, {put(an_ae("Ca"))});
  const auto reader = open_store(path_, StoreAccess::Read);
  EXPECT_THAT(content_of(*reader), ElementsAre(an_ae("Ca")));
  commit(*owner, {put(an_ae("Cb"))});
  EXPECT_THAT(content_of(*reader), ElementsAre(an_ae("Ca"), an_ae("Cb")));
}

TEST_F(RegistryStoreTest, CanBeReadWithoutAnOwnerAndStaysAsItWas) {
  commit(*open_store(path_), {put(an_ae("Ca"))});
  for (int i = 0; i < 2; ++i) EXPECT_THAT(content_of(*open_store(path_, StoreAccess::Read)), ElementsAre(an_ae("Ca")));
  EXPECT_EQ(content_of(*open_store(path_)).size(), 1u);
}

TEST_F(RegistryStoreTest, IsNotWrittenByWhoOpenedItForReading) {
  commit(*open_store(path_), {put(an_ae("Ca"))});
  const auto done = open_store(path_, StoreAccess::Read)->apply(std::vector{erase("Ca")});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, identity::ErrorCode::NotPermitted);
}

TEST_F(RegistryStoreTest, IsNotMadeByWhoOpensItForReading) {
  const auto store = open_registry_store(path_, StoreAccess::Read);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, identity::ErrorCode::NotFound);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

// A reader of another process, stopped in the middle of reading, while the owner writes.
TEST_F(RegistryStoreTest, IsNotHeldUpByAReaderThatStandsStill) {
  const auto owner = open_store(path_);
  commit(*owner, {put(an_ae("Ca")), put(an_ae("Cb"))});
  int ready[2], gone[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(gone), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(gone[1]);
    auto database = SqliteDatabase::open(path_, SqliteDatabase::Mode::ReadOnly, 1 << 20);
    auto rows = database->prepare("SELECT entity_id FROM registration");
    char byte = rows->step() ? 'r' : 'f';
    static_cast<void>(!::write(ready[1], &byte, 1));
    static_cast<void>(!::read(gone[0], &byte, 1));  // until the test closes its end
    ::_exit(0);
  }
  ::close(ready[1]);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'r');
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) commit(*owner, {put(an_ae("C" + std::to_string(i)))});
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2)) << "no lock was waited for";
  for (const int fd : {ready[0], gone[0], gone[1]}) ::close(fd);
  ::waitpid(child, nullptr, 0);
}

struct BadRow {
  const char* name;
  const char* statement;
  const char* reason;
};
class BadRowInStore : public RegistryStoreTest, public ::testing::WithParamInterface<BadRow> {};
TEST_P(BadRowInStore, IsAnErrorThatNamesIt) {
  commit(*open_store(path_), {put(an_ae("Ca")), put(an_ae("Cb"))});
  {
    auto database = SqliteDatabase::open(path_, SqliteDatabase::Mode::ReadWrite, 1 << 20);
    ASSERT_TRUE(database->run(GetParam().statement));
  }
  const auto loaded = open_store(path_)->load();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().detail, StartsWith(path_ + ": is damaged: row 2, \""));
  EXPECT_THAT(loaded.error().detail, HasSubstr(GetParam().reason));
}
constexpr BadRow kBadRows[] = {
    {"UnknownKind", "UPDATE registration SET kind = 'node' WHERE entity_id = 'Cb'", "\"Cb\": kind \"node\" is unknown"},
    {"KindOfOtherCase", "UPDATE registration SET kind = 'AE' WHERE entity_id = 'Cb'", "kind \"AE\" is unknown"},
    {"UnknownSaef", "UPDATE registration SET saef = char(27) WHERE entity_id = 'Cb'", "saef \"\\x1B\" is unknown"},
    {"BadIdentifier", "UPDATE registration SET entity_id = 'Xb' WHERE entity_id = 'Cb'", "\"Xb\": is no AE-ID-Stem"},
    {"OtherKind", "UPDATE registration SET kind = 'cse' WHERE entity_id = 'Cb'", "\"Cb\": is no CSE-ID"},
    {"BadCredential", "UPDATE registration SET credential_id = 'x' WHERE entity_id = 'Cb'",
     "\"x\" is no Credential-ID"},
    {"PointWithoutEnd", "UPDATE registration SET points_of_access = 'http://a' WHERE entity_id = 'Cb'",
     "points_of_access has no end"},
    {"PointWithControl", "UPDATE registration SET points_of_access = char(1, 10) WHERE entity_id = 'Cb'",
     "a point of access has a control character"},
    {"DescendantWithoutEnd", "UPDATE registration SET descendant_cses = '/mn3' WHERE entity_id = 'Cb'",
     "descendant_cses has no end"},
    {"DescendantThatIsNone", "UPDATE registration SET descendant_cses = char(67, 10) WHERE entity_id = 'Cb'",
     "a descendant is no CSE-ID"},
    {"OddFlag", "UPDATE registration SET request_reachable = 2 WHERE entity_id = 'Cb'", "request_reachable 2"},
};
INSTANTIATE_TEST_SUITE_P(RegistryStore, BadRowInStore, ::testing::ValuesIn(kBadRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(RegistryStoreTest, LoadsManyAtOnce) {
  const bool full = std::getenv("SAPROXY_FULL") != nullptr;
  const int count = full ? 100'000 : 2'000;
  std::vector<policy::RegistryChange> changes;
  for (int i = 0; i < count; ++i) changes.push_back(put(an_ae("C" + std::to_string(i))));
  commit(*open_store(path_), changes);
  const std::clock_t before = std::clock();
  EXPECT_EQ(content_of(*open_store(path_)).size(), static_cast<std::size_t>(count));
  const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  RecordProperty("cpu_milliseconds", static_cast<int>(seconds * 1000));
  if (full) {
    EXPECT_LT(seconds, 1.0);
  }
}

}  // namespace
}  // namespace saproxy::proxy
