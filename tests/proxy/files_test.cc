#include "proxy/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace saproxy::proxy {
namespace {

namespace fs = std::filesystem;
using identity::ErrorCode;

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "saproxy-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& content, ::mode_t mode = 0600) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path) << content;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  fs::path folder_;
  policy::ReadFile read_ = disk_reader();
};

TEST_F(Files, AreReadWhole) {
  const std::string content("a\0b\n", 4);
  const auto view = read_(write("file", content), 4);
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->content, content);
  EXPECT_EQ(view->size, 4);
  EXPECT_FALSE(view->readable_by_others);
}

TEST_F(Files, MayBeEmpty) { EXPECT_EQ(read_(write("file", ""), 10)->content, ""); }

TEST_F(Files, LargerThanAskedAreRefused) {
  EXPECT_EQ(read_(write("file", "12345"), 4).error().code, ErrorCode::OutOfRange);
}

TEST_F(Files, MissingAreReported) {
  const auto view = read_((folder_ / "none").string(), 10);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, ErrorCode::NotFound);
  EXPECT_EQ(view.error().detail, "No such file or directory");
}

TEST_F(Files, FoldersAreToldFromFiles) {
  EXPECT_EQ(read_(folder_.string(), 0).error().code, ErrorCode::IsFolder);
  EXPECT_EQ(read_("/dev/null", 0).error().code, ErrorCode::Unsupported);
}

TEST_F(Files, ReadableByAllAreMarked) { EXPECT_TRUE(read_(write("file", "x", 0604), 10)->readable_by_others); }
TEST_F(Files, WritableByAllAreMarked) { EXPECT_TRUE(read_(write("file", "x", 0602), 10)->readable_by_others); }

TEST_F(Files, ReadableByAGroupAreMarkedUnlessRootOwnsThem) {
  const std::string path = write("file", "x", 0640);
  EXPECT_EQ(read_(path, 10)->readable_by_others, ::geteuid() != 0);
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_TRUE(read_(path, 10)->readable_by_others);
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_TRUE(read_(path, 10)->readable_by_others) << "its owner is neither root nor ourselves";
}

TEST_F(Files, MustBeRegular) {
  const std::string fifo = (folder_ / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_FALSE(read_(fifo, 10));
  EXPECT_FALSE(read_(folder_.string(), 10));
  EXPECT_FALSE(read_("/dev/null", 10));
}

TEST_F(Files, MayBeSymbolicLinks) {
  const std::string link = (folder_ / "link").string();
  fs::create_symlink(write("file", "x"), link);
  EXPECT_EQ(read_(link, 10)->content, "x");
}

TEST_F(Files, AreListedByPatternInOrder) {
  const std::string b = write("b.toml", ""), a = write("a.toml", "");
  write("c.txt", "");
  EXPECT_THAT(*disk_lister()((folder_ / "*.toml").string()), ::testing::ElementsAre(a, b));
  EXPECT_THAT(*disk_lister()((folder_ / "none*").string()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace saproxy::proxy
