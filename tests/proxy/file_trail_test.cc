// The way to a file, symlink by symlink.
#include "proxy/file_trail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/scratch_folder.h"

namespace saproxy::proxy {
namespace {

using ::testing::ElementsAre;

class Trail : public ::testing::Test {
 protected:
  // The steps inside the scratch folder, as "folder: name".
  [[nodiscard]] std::vector<std::string> steps(const std::string& name) const {
    std::vector<std::string> found;
    for (const FileStep& step : follow_path(scratch_ / name).steps) {
      if (step.folder.starts_with(scratch_.path()))
        found.push_back(step.folder.substr(scratch_.path().size()) + ": " + step.name);
    }
    return found;
  }
  [[nodiscard]] std::vector<FileStamp> stamps(const std::string& name) const {
    return follow_path(scratch_ / name).stamps;
  }
  // As Kubernetes mounts a Secret: names that stay, a link that is swapped, a folder for each version.
  void mount_secret() const {
    scratch_.write("pki/..1/ae.psk", "00");
    scratch_.write("pki/..2/ae.psk", "11");
    scratch_.link("..1", "pki/..data");
    scratch_.link("..data/ae.psk", "pki/ae.psk");
  }
  testing::ScratchFolder scratch_;
};

TEST_F(Trail, OfAPlainFileIsItsFolders) {
  scratch_.write("a/b", "x");
  EXPECT_THAT(steps("a/b"), ElementsAre(": a", "/a: b"));
  EXPECT_EQ(stamps("a/b").size(), 1u);
  EXPECT_EQ(follow_path(scratch_ / "a/b").end, scratch_ / "a/b");
}

TEST_F(Trail, GoesThroughEverySymlink) {
  mount_secret();
  EXPECT_THAT(steps("pki/ae.psk"),
              ElementsAre(": pki", "/pki: ae.psk", "/pki: ..data", "/pki: ..1", "/pki/..1: ae.psk"));
  EXPECT_EQ(stamps("pki/ae.psk").size(), 3u);
  EXPECT_EQ(follow_path(scratch_ / "pki/ae.psk").end, scratch_ / "pki/..1/ae.psk");
}

TEST_F(Trail, ChangesWithTheSwapOfALink) {
  mount_secret();
  const auto before = stamps("pki/ae.psk");
  EXPECT_EQ(stamps("pki/ae.psk"), before);
  scratch_.link("..2", "pki/..data_tmp");
  scratch_.rename("pki/..data_tmp", "pki/..data");
  EXPECT_NE(stamps("pki/ae.psk"), before);
}

TEST_F(Trail, ChangesWithContentAndWithMode) {
  scratch_.write("a", "1");
  const auto before = stamps("a");
  scratch_.write("a", "12");
  const auto grown = stamps("a");
  EXPECT_NE(grown, before);
  ::chmod((scratch_ / "a").c_str(), 0600);
  EXPECT_NE(stamps("a"), grown) << "whether others may read it is part of the judgement";
}

TEST_F(Trail, KeepsGoingWhereAbsoluteLinksAndDotsLead) {
  scratch_.write("a/b/c", "x");
  scratch_.link(scratch_ / "a/b", "there");
  EXPECT_EQ(follow_path(scratch_ / "there/../b/./c").end, scratch_ / "a/b/c");
}

TEST_F(Trail, OfWhatIsMissingEndsAtTheLastFolderThatIsThere) {
  scratch_.write("a/b", "x");
  EXPECT_THAT(steps("a/none/file"), ElementsAre(": a", "/a: none"));
  EXPECT_EQ(stamps("a/none/file"), std::vector<FileStamp>{FileStamp{}});
  EXPECT_EQ(follow_path(scratch_ / "a/none/file").end, "");
}

TEST_F(Trail, OfALoopOfLinksEnds) {
  scratch_.link("b", "a");
  scratch_.link("a", "b");
  EXPECT_EQ(stamps("a").back(), FileStamp{});
  EXPECT_LE(stamps("a").size(), 41u);
}

TEST_F(Trail, OfAFolderDoesNotChangeWithWhatIsInIt) {
  scratch_.write("a/b", "x");
  const auto before = stamps("a");
  EXPECT_TRUE(follow_path(scratch_ / "a").end_is_folder);
  scratch_.write("a/c", "x");
  EXPECT_EQ(stamps("a"), before);
}

}  // namespace
}  // namespace saproxy::proxy
