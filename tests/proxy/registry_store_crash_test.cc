// What apply() confirmed is there after kill -9 at any moment; what it refused because the disk is full is not, and the
// store goes on when there is room. Design invariant 9.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fstream>
#include <map>
#include <random>

#include "../support/registrations.h"
#include "../support/temporary_folder.h"

namespace {

std::atomic<int> g_synchronised{0};     // calls of fdatasync by this process
std::atomic<bool> g_disk_fails{false};  // they answer EIO

}  // namespace

// Stands before that of the C library, for SQLite too.
extern "C" int fdatasync(int fd) {
  ++g_synchronised;
  if (!g_disk_fails) return static_cast<int>(::syscall(SYS_fdatasync, fd));
  errno = EIO;
  return -1;
}

namespace saproxy::proxy {
namespace {

using policy::Registration;
using policy::RegistryChange;
using support::an_ae;
using support::content_of;
using support::erase;
using support::open_store;
using support::put;
using ::testing::HasSubstr;

using Group = std::vector<RegistryChange>;

// The group `number` of an endless history: a registration, another one again with other content, the end of a third.
Group group_of(std::uint64_t number) {
  Registration renewed = an_ae("Crenewed");
  renewed.registered = static_cast<std::int64_t>(number);
  renewed.points_of_access.assign(number % 7, "https://host" + std::to_string(number) + ".example.com/");
  return {put(an_ae("C" + std::to_string(number % 40))), put(renewed), erase("C" + std::to_string((number + 20) % 40))};
}

// What a store holds after the groups up to `last`.
std::vector<Registration> expected_after(std::uint64_t last) {
  std::map<std::string, Registration> model;
  for (std::uint64_t number = last > 100 ? last - 100 : 1; number <= last; ++number) {  // no group reaches further back
    for (const RegistryChange& change : group_of(number)) {
      if (change.kind == RegistryChange::Kind::Erase)
        model.erase(change.registration.entity_id);
      else
        model[change.registration.entity_id] = change.registration;
    }
  }
  std::vector<Registration> all;
  for (auto& [id, registration] : model) all.push_back(std::move(registration));
  return all;
}

// Applies group after group from `next` on and tells each number once it is confirmed.
[[noreturn]] void write_without_end(const std::string& path, std::uint64_t next, int confirmed) {
  const auto store = open_store(path);
  if (store == nullptr) ::_exit(1);
  for (;; ++next) {
    if (!store->apply(group_of(next))) ::_exit(2);
    if (::write(confirmed, &next, sizeof next) != sizeof next) ::_exit(3);
  }
}

// Starts a writer and kills it some moment after it confirmed `count` groups. The last group it confirmed.
std::uint64_t write_and_kill(const std::string& path, std::uint64_t last, int count, long nanoseconds) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) write_without_end(path, last + 1, ends[1]);
  ::close(ends[1]);
  std::uint64_t number = last;
  while (count-- > 0 && ::read(ends[0], &number, sizeof number) == sizeof number) last = number;
  const timespec pause{0, nanoseconds};  // any moment of a group, not always the same one
  ::nanosleep(&pause, nullptr);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
  while (::read(ends[0], &number, sizeof number) == sizeof number) last = number;
  ::close(ends[0]);
  return last;
}

TEST(RegistryStoreCrash, LosesNothingConfirmedWhenKilledAtAnyMoment) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("registry.db");
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uint64_t last = 0;
  const int rounds = std::getenv("SAPROXY_FULL") != nullptr ? 1000 : 50;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t confirmed =
        write_and_kill(path, last, static_cast<int>(random() % 12), static_cast<long>(random() % 3'000'000));
    if (::testing::Test::HasFailure()) return;
    // A killed first start may not have made the store yet. Reading leaves the log for the next writer to take up.
    const auto access = round == 0 || random() % 2 == 0 ? StoreAccess::Own : StoreAccess::Read;
    const std::vector<Registration> found = content_of(*open_store(path, access));
    last = confirmed;
    if (found != expected_after(last)) ++last;  // written, and killed before it could say so
    ASSERT_EQ(found, expected_after(last)) << "round " << round << ", confirmed " << confirmed;
  }
  EXPECT_GT(last, static_cast<std::uint64_t>(rounds)) << "the writer hardly came to write";
}

TEST(RegistryStoreCrash, StartsAnewWhenItsFirstStartWasKilled) {
  for (long nanoseconds = 0; nanoseconds < 30'000'000; nanoseconds += 1'500'000) {
    const support::TemporaryFolder folder;
    const std::string path = folder.file("registry.db");
    const std::uint64_t confirmed = write_and_kill(path, 0, 0, nanoseconds);
    const std::vector<Registration> found = content_of(*open_store(path));
    EXPECT_TRUE(found == expected_after(confirmed) || found == expected_after(confirmed + 1)) << nanoseconds;
  }
}

// What power loss would take is what was not synchronised.
TEST(RegistryStoreDisk, IsSynchronisedBeforeAnythingIsConfirmed) {
  const support::TemporaryFolder folder;
  const auto store = open_store(folder.file("registry.db"));
  for (std::uint64_t number = 1; number < 10; ++number) {
    const int before = g_synchronised;
    EXPECT_TRUE(support::commit(*store, group_of(number)));
    EXPECT_GT(g_synchronised, before);
  }
}

TEST(RegistryStoreDisk, ConfirmsNothingThatTheDiskDidNotTake) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("registry.db");
  {
    const auto store = open_store(path);
    support::commit(*store, group_of(1));
    g_disk_fails = true;
    const auto done = store->apply(group_of(2));
    g_disk_fails = false;
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().detail, HasSubstr("I/O error"));
    EXPECT_EQ(content_of(*store), expected_after(1));
    EXPECT_TRUE(support::commit(*store, group_of(2)));
  }
  EXPECT_EQ(content_of(*open_store(path)), expected_after(2));
}

// Files of this process may not grow beyond `bytes`, as if the disk were full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  void (*signal_)(int);
  rlimit before_{};
};

Group large(int number) {
  Registration registration = an_ae("Clarge" + std::to_string(number));
  registration.app_id.assign(20'000, 'x');
  return {put(registration), put(an_ae("Csmall" + std::to_string(number)))};
}

// Applies large groups until one fails: how many were taken, and what the error was.
std::pair<int, std::string> fill(RegistryStore& store) {
  for (int number = 0; number < 1000; ++number)
    if (const auto done = store.apply(large(number)); !done) return {number, done.error().detail};
  return {1000, ""};
}

TEST(RegistryStoreDisk, KeepsWhatItHasWhenAFileCannotGrow) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("registry.db");
  const auto store = open_store(path);
  {
    std::pair<int, std::string> filled;
    std::vector<Registration> found;
    {
      const FileSizeLimit limit(256 << 10);
      filled = fill(*store);
      found = content_of(*store);
      EXPECT_FALSE(store->apply(large(filled.first))) << "still full";
    }
    ASSERT_GT(filled.first, 0);
    ASSERT_LT(filled.first, 1000);
    EXPECT_THAT(filled.second, HasSubstr(path + ": "));
    EXPECT_EQ(found.size(), 2u * static_cast<unsigned>(filled.first)) << "all of the failed group or nothing";
  }
  const std::size_t before = content_of(*store).size();
  EXPECT_TRUE(support::commit(*store, large(999)));
  EXPECT_EQ(content_of(*store).size(), before + 2);
}

// A file system of its own, gone with it.
class SmallDisk {
 public:
  explicit SmallDisk(std::string folder) : folder_(std::move(folder)) {
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool is_mounted() const { return mounted_; }

 private:
  std::string folder_;
  bool mounted_ = false;
};

TEST(RegistryStoreDisk, KeepsWhatItHasOnAFullDiskAndGoesOnWhenThereIsRoom) {
  const support::TemporaryFolder folder;
  const SmallDisk disk(folder.path().string());
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting is not permitted here";
  const std::string path = folder.file("registry.db"), filler = folder.file("filler");
  std::ofstream(filler) << std::string(300 << 10, 'f');
  std::size_t kept = 0;
  {
    const auto store = open_store(path);
    const auto [taken, why] = fill(*store);
    EXPECT_EQ(why, path + ": the disk is full");
    ASSERT_GT(taken, 0);
    kept = content_of(*store).size();
    EXPECT_EQ(kept, 2u * static_cast<unsigned>(taken));
    EXPECT_EQ(content_of(*open_store(path, StoreAccess::Read)).size(), kept);
    std::filesystem::remove(filler);
    EXPECT_TRUE(support::commit(*store, large(999)));
  }
  EXPECT_EQ(content_of(*open_store(path)).size(), kept + 2);
}

}  // namespace
}  // namespace saproxy::proxy
