// What else may stand where the store should be: each is an error that says what it is, and is left as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <random>
#include <sstream>

#include "../support/registrations.h"
#include "../support/temporary_folder.h"
#include "proxy/registry/sqlite.h"

namespace saproxy::proxy {
namespace {

namespace fs = std::filesystem;
using support::an_ae;
using support::content_of;
using support::open_store;
using support::put;
using support::why_not;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t kPage = 4096;

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void make_store(const std::string& path) {
  std::vector<policy::RegistryChange> changes;
  for (int i = 0; i < 500; ++i) changes.push_back(put(an_ae("C" + std::to_string(i))));
  support::commit(*open_store(path), changes);
}

void run_in(const std::string& path, const char* statements) {
  auto database = SqliteDatabase::open(path, SqliteDatabase::Mode::ReadWrite, 1 << 20);
  ASSERT_TRUE(database) << database.error().detail;
  const auto done = database->run(statements);
  ASSERT_TRUE(done) << done.error().detail;
}

void randomise(std::string& bytes, std::size_t begin, std::size_t end) {
  std::mt19937 random(7);
  for (std::size_t i = begin; i < std::min(end, bytes.size()); ++i) bytes[i] = static_cast<char>(random());
}

struct Damage {
  const char* name;
  std::function<void(const std::string& path)> make;
  const char* reason;
};
class DamagedStore : public ::testing::TestWithParam<Damage> {
 protected:
  support::TemporaryFolder folder_;
  std::string path_ = folder_.file("registry.db");
};
TEST_P(DamagedStore, IsRefusedWithItsReasonAndLeftAsItWas) {
  GetParam().make(path_);
  const std::string before = bytes_of(path_);
  for (const StoreAccess access : {StoreAccess::Own, StoreAccess::Read}) {
    const std::string why = why_not(path_, access);
    EXPECT_THAT(why, StartsWith(path_ + ": "));
    EXPECT_THAT(why, HasSubstr(GetParam().reason));
  }
  EXPECT_EQ(bytes_of(path_), before);
}

Damage cut(const char* name, std::size_t size, const char* reason) {
  return {name,
          [size](const std::string& path) {
            make_store(path);
            ASSERT_GT(fs::file_size(path), size);
            fs::resize_file(path, size);
          },
          reason};
}
Damage scratch(const char* name, std::size_t begin, std::size_t end, const char* reason) {
  return {name,
          [begin, end](const std::string& path) {
            make_store(path);
            std::string bytes = bytes_of(path);
            ASSERT_GT(bytes.size(), begin);
            randomise(bytes, begin, end);
            write(path, bytes);
          },
          reason};
}
Damage rewrite(const char* name, const char* statements, const char* reason) {
  return {name,
          [statements](const std::string& path) {
            make_store(path);
            run_in(path, statements);
          },
          reason};
}
const Damage kDamages[] = {
    cut("CutInTheMiddle", 10 * kPage, "is damaged"),
    cut("CutAfterTheFirstPage", kPage, "is damaged"),
    cut("CutInAPage", 10 * kPage + 100, "is damaged"),
    cut("CutInTheHeader", 50, "is damaged"),
    scratch("RandomBeginning", 0, 100, "is no SQLite file"),
    scratch("RandomFirstPage", 100, kPage, "is damaged"),
    scratch("RandomSecondPage", kPage, 2 * kPage, "is damaged"),
    scratch("RandomPageInTheMiddle", 10 * kPage, 11 * kPage, "is damaged"),
    scratch("RandomBeginningOfAPage", 10 * kPage, 10 * kPage + 16, "is damaged"),
    rewrite("LaterVersion", "PRAGMA user_version = 4", "has version 4"),
    rewrite("NoVersion", "PRAGMA user_version = 0", "has version 0"),
    {"OtherProgram",
     [](const std::string& path) {
       write(path, "");
       run_in(path, "CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('http://a')");
     },
     "belongs to another program"},
    {"OtherApplication",
     [](const std::string& path) {
       write(path, "");
       run_in(path, "PRAGMA application_id = 7; CREATE TABLE registration (entity_id TEXT)");
     },
     "belongs to another program"},
    {"Text", [](const std::string& path) { write(path, std::string(5000, 'x')); }, "is no SQLite file"},
    {"ShortText", [](const std::string& path) { write(path, "hello\n"); }, "is no SQLite file"},
    {"Directory", [](const std::string& path) { fs::create_directory(path); }, "is not a regular file"},
};
INSTANTIATE_TEST_SUITE_P(RegistryStore, DamagedStore, ::testing::ValuesIn(kDamages),
                         [](const auto& row) { return std::string(row.param.name); });

class StorePath : public ::testing::Test {
 protected:
  support::TemporaryFolder folder_;
  std::string path_ = folder_.file("registry.db");
};

TEST_F(StorePath, MayHoldAnEmptyFileThatBecomesAStore) {
  write(path_, "");
  EXPECT_THAT(why_not(path_, StoreAccess::Read), HasSubstr("is empty yet"));
  EXPECT_TRUE(content_of(*open_store(path_)).empty());
}

TEST_F(StorePath, IsNoFifo) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  for (const StoreAccess access : {StoreAccess::Own, StoreAccess::Read})
    EXPECT_THAT(why_not(path_, access), HasSubstr("is not a regular file"));
}

TEST_F(StorePath, IsNoSymbolicLink) {
  make_store(folder_.file("real.db"));
  fs::create_symlink("real.db", path_);
  for (const StoreAccess access : {StoreAccess::Own, StoreAccess::Read})
    EXPECT_THAT(why_not(path_, access), HasSubstr("is a symbolic link"));
  fs::remove(folder_.file("real.db"));
  EXPECT_THAT(why_not(path_, StoreAccess::Own), HasSubstr("is a symbolic link")) << "one that leads nowhere";
  EXPECT_FALSE(fs::exists(folder_.file("real.db")));
}

TEST_F(StorePath, NeedsItsFolder) {
  const std::string path = folder_.file("none/registry.db");
  const auto store = open_registry_store(path, StoreAccess::Own);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().detail,
            path + ": its folder does not exist; make it, writable for the user that saproxy runs as");
  EXPECT_FALSE(fs::exists(folder_.file("none")));
}

TEST_F(StorePath, NamesAFile) {
  EXPECT_THAT(why_not(folder_.path().string() + "/", StoreAccess::Own), HasSubstr("names no file"));
  EXPECT_THAT(why_not(folder_.file(".."), StoreAccess::Own), HasSubstr("names no file"));
}

TEST_F(StorePath, IsWrittenByNobodyElse) {
  make_store(path_);
  ASSERT_EQ(::chmod(path_.c_str(), 0606), 0);
  for (const StoreAccess access : {StoreAccess::Own, StoreAccess::Read})
    EXPECT_THAT(why_not(path_, access), HasSubstr("everybody may write it"));
}

// What opening says in a process that is not root.
std::string why_not_as_nobody(const std::string& path, StoreAccess access) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(1);
    const std::string why = why_not(path, access);
    static_cast<void>(!::write(ends[1], why.data(), why.size()));
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string why(1000, '\0');
  const ssize_t size = ::read(ends[0], why.data(), why.size());
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  why.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return why;
}

TEST_F(StorePath, IsReadByWhoMay) {
  make_store(path_);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path_.c_str(), 0), 0);
  EXPECT_THAT(why_not_as_nobody(path_, StoreAccess::Read), HasSubstr("cannot be read: Permission denied"));
  const char* own = ::geteuid() == 0 ? "belongs to another user" : "cannot be read and written: Permission denied";
  EXPECT_THAT(why_not_as_nobody(path_, StoreAccess::Own), HasSubstr(own));
}

TEST_F(StorePath, NeedsAFolderThatMayBeWritten) {
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  EXPECT_THAT(why_not_as_nobody(path_, StoreAccess::Own), HasSubstr("cannot be made: Permission denied"));
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0700), 0);
}

// `saproxy registry forget` as root must not lock the service out.
TEST_F(StorePath, StaysThatOfItsOwnerWhenRootOpensIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  make_store(path_);
  fs::remove(path_ + ".lock");
  for (const std::string& name : {path_, folder_.path().string()}) ASSERT_EQ(::chown(name.c_str(), 65534, 65534), 0);
  {
    const auto store = open_store(path_);
    support::commit(*store, {put(an_ae("Cnew"))});
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
      struct stat status {};
      ASSERT_EQ(::stat((path_ + suffix).c_str(), &status), 0) << suffix;
      EXPECT_EQ(status.st_uid, 65534u) << suffix;
    }
  }
  EXPECT_EQ(why_not_as_nobody(path_, StoreAccess::Own), "");
  EXPECT_EQ(content_of(*open_store(path_, StoreAccess::Read)).size(), 501u);
  EXPECT_EQ(why_not_as_nobody(path_, StoreAccess::Own), "") << "what a reader left behind is no obstacle";
}

}  // namespace
}  // namespace saproxy::proxy
