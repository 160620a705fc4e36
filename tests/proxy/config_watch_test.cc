// Changes of files that a load has looked at: which are seen, which are not, and that none is missed.
#include "proxy/config_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/scratch_folder.h"

namespace saproxy::proxy {
namespace {

using ::testing::IsEmpty;
using std::chrono_literals::operator""ms;

// The load of a configuration, reduced to what it looks at.
class ConfigWatchTest : public ::testing::Test {
 protected:
  ConfigWatchTest() {
    uv_loop_init(&loop_);
    uv_timer_init(&loop_, &deadline_);
  }
  ~ConfigWatchTest() override {
    watch_.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&deadline_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }

  [[nodiscard]] ConfigSources load() const {
    ConfigSources sources;
    const auto read = sources.reader();
    const auto list = sources.lister();
    for (const std::string& name : files_) (void)read(scratch_ / name, 1000);
    for (const std::string& pattern : patterns_) {
      const auto matches = list(scratch_ / pattern);
      for (const std::string& match : *matches) (void)read(match, 1000);
    }
    return sources;
  }
  void start() {
    watch_ = std::make_unique<ConfigWatch>(
        &loop_, ConfigWatch::Callbacks{[this] {
                                         ++changes_;
                                         watch_->follow(load(), delay_);
                                       },
                                       [this](const std::string& text) { warnings_.push_back(text); }});
    watch_->follow(load(), delay_);
  }
  // Turns the loop until `condition`; false when 20 seconds are over.
  bool wait_for(const std::function<bool()>& condition) {
    bool late = false;
    deadline_.data = &late;
    uv_timer_start(
        &deadline_, [](uv_timer_t* timer) { *static_cast<bool*>(timer->data) = true; }, 20'000, 0);
    while (!condition() && !late) uv_run(&loop_, UV_RUN_ONCE);
    uv_timer_stop(&deadline_);
    return !late;
  }
  bool sees_changes(int count = 1) {
    const bool seen = wait_for([this, count] { return changes_ >= count && !watch_->is_pending(); });
    return seen && changes_ == count;
  }
  // Whatever has happened so far was looked at.
  bool settles() {
    return wait_for([this] { return watch_->is_pending(); }) && wait_for([this] { return !watch_->is_pending(); });
  }

  testing::ScratchFolder scratch_;
  std::vector<std::string> files_{"etc/main.toml"};
  std::vector<std::string> patterns_;
  std::optional<std::chrono::milliseconds> delay_ = 20ms;
  uv_loop_t loop_{};
  uv_timer_t deadline_{};
  std::unique_ptr<ConfigWatch> watch_;
  int changes_ = 0;
  std::vector<std::string> warnings_;
};

TEST_F(ConfigWatchTest, SeesAPlainEdit) {
  scratch_.write("etc/main.toml", "1");
  start();
  scratch_.write("etc/main.toml", "12");
  EXPECT_TRUE(sees_changes());
}

TEST_F(ConfigWatchTest, SeesARenameOver) {
  scratch_.write("etc/main.toml", "1");
  start();
  scratch_.write("etc/.main.toml.swp", "2");
  scratch_.rename("etc/.main.toml.swp", "etc/main.toml");
  EXPECT_TRUE(sees_changes());
}

TEST_F(ConfigWatchTest, TakesABurstAsOneChange) {
  scratch_.write("etc/main.toml", "1");
  files_.push_back("etc/other");
  scratch_.write("etc/other", "1");
  delay_ = 200ms;
  start();
  for (int i = 0; i < 100; ++i) scratch_.write(i % 2 == 0 ? "etc/main.toml" : "etc/other", std::string(10, 'a'));
  EXPECT_TRUE(sees_changes());
}

TEST_F(ConfigWatchTest, SeesTheSwapOfALinkOfEveryMount) {
  scratch_.write("etc/..1/main.toml", "1");
  scratch_.write("etc/..2/main.toml", "2");
  scratch_.link("..1", "etc/..data");
  scratch_.link("..data/main.toml", "etc/main.toml");
  start();
  scratch_.link("..2", "etc/..data_tmp");
  scratch_.rename("etc/..data_tmp", "etc/..data");
  scratch_.remove("etc/..1");
  ASSERT_TRUE(sees_changes());
  scratch_.write("etc/..3/main.toml", "3");
  scratch_.link("..3", "etc/..data_tmp");
  scratch_.rename("etc/..data_tmp", "etc/..data");
  EXPECT_TRUE(sees_changes(2)) << "the folders that are watched follow the link";
}

TEST_F(ConfigWatchTest, SeesAnotherModeBecauseSecretsHangOnIt) {
  scratch_.write("etc/main.toml", "1");
  start();
  ::chmod((scratch_ / "etc/main.toml").c_str(), 0600);
  EXPECT_TRUE(sees_changes());
}

TEST_F(ConfigWatchTest, SeesANewFileThatAPatternMatches) {
  scratch_.write("etc/main.toml", "1");
  scratch_.write("etc/policy.d/1.toml", "1");
  patterns_ = {"etc/policy.d/*.toml"};
  start();
  scratch_.write("etc/policy.d/2.toml", "1");
  ASSERT_TRUE(sees_changes());
  scratch_.remove("etc/policy.d/1.toml");
  EXPECT_TRUE(sees_changes(2));
}

TEST_F(ConfigWatchTest, SeesANewFolderThatAPatternMatches) {
  scratch_.write("etc/main.toml", "1");
  scratch_.write("etc/sites/a/policy.toml", "1");
  patterns_ = {"etc/sites/*/policy.toml"};
  start();
  std::filesystem::create_directory(scratch_ / "etc/sites/b");
  ASSERT_TRUE(settles());
  EXPECT_EQ(changes_, 0) << "an empty folder holds nothing to read";
  scratch_.write("etc/sites/b/policy.toml", "1");
  EXPECT_TRUE(sees_changes());
}

TEST_F(ConfigWatchTest, DoesNotReadAgainWhatIsTheSame) {
  scratch_.write("etc/main.toml", "1");
  patterns_ = {"etc/*.toml"};
  start();
  scratch_.write("etc/README", "the folder is watched, this file is not");
  ASSERT_TRUE(settles());
  EXPECT_EQ(changes_, 0);
}

// Every folder on the way is watched, and others may be busy in some of them, as in /tmp: that starts no look.
TEST_F(ConfigWatchTest, TakesNoNoticeOfOtherNames) {
  scratch_.write("etc/main.toml", "1");
  start();
  bool told = false;
  uv_fs_event_t beside{};  // of the same folder, so that the kernel tells both
  uv_fs_event_init(&loop_, &beside);
  beside.data = &told;
  const auto on_event = [](uv_fs_event_t* event, const char*, int, int) { *static_cast<bool*>(event->data) = true; };
  ASSERT_EQ(uv_fs_event_start(&beside, on_event, (scratch_ / "etc").c_str(), 0), 0);
  scratch_.write("beside", "x");
  scratch_.write("etc/other.toml", "x");
  bool looks = false;
  EXPECT_TRUE(wait_for([&] {
    looks = looks || watch_->is_pending();
    return told;
  }));
  uv_run(&loop_, UV_RUN_NOWAIT);
  EXPECT_FALSE(looks || watch_->is_pending());
  told = false;
  uv_close(reinterpret_cast<uv_handle_t*>(&beside),
           [](uv_handle_t* handle) { *static_cast<bool*>(handle->data) = true; });
  EXPECT_TRUE(wait_for([&] { return told; }));
}

TEST_F(ConfigWatchTest, SeesAFileThatTheLoadMissed) {
  start();
  scratch_.write("etc/main.toml", "1");
  EXPECT_TRUE(sees_changes());
}

TEST_F(ConfigWatchTest, SeesFoldersVanishAndComeBack) {
  scratch_.write("etc/main.toml", "1");
  start();
  scratch_.remove("etc");
  ASSERT_TRUE(sees_changes());
  std::filesystem::create_directory(scratch_ / "etc");
  ASSERT_TRUE(settles());
  ASSERT_EQ(changes_, 1);
  scratch_.write("etc/main.toml", "1");
  ASSERT_TRUE(sees_changes(2));
  scratch_.write("etc/main.toml", "12");
  EXPECT_TRUE(sees_changes(3)) << "the new folder is watched, though its inode may be that of the old one";
}

TEST_F(ConfigWatchTest, SeesAFolderThatTakesThePlaceOfAnother) {
  scratch_.write("etc/main.toml", "1");
  scratch_.write("new/main.toml", "2");
  start();
  scratch_.rename("etc", "old");
  scratch_.rename("new", "etc");
  ASSERT_TRUE(sees_changes());
  scratch_.write("etc/main.toml", "12");
  EXPECT_TRUE(sees_changes(2));
}

TEST_F(ConfigWatchTest, SeesWhatChangedBetweenTheLoadAndTheWatch) {
  scratch_.write("etc/main.toml", "1");
  start();
  ConfigSources sources = load();
  scratch_.write("etc/main.toml", "12");
  watch_->follow(std::move(sources), delay_);
  EXPECT_TRUE(watch_->is_pending());
  EXPECT_TRUE(sees_changes());
}

TEST_F(ConfigWatchTest, ForgetsFoldersThatNoLoadLooksInto) {
  scratch_.write("etc/main.toml", "1");
  scratch_.write("keys/a.psk", "1");
  files_.push_back("keys/a.psk");
  start();
  const std::size_t before = watch_->folder_count();
  files_.pop_back();
  watch_->follow(load(), delay_);
  EXPECT_EQ(watch_->folder_count(), before - 1);
}

TEST_F(ConfigWatchTest, WatchesNothingWithoutADelay) {
  scratch_.write("etc/main.toml", "1");
  start();
  watch_->follow(load(), std::nullopt);
  EXPECT_EQ(watch_->folder_count(), 0u);
  scratch_.write("etc/main.toml", "12");
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_EQ(changes_, 0) << "nothing keeps the loop alive";
}

TEST_F(ConfigWatchTest, FollowsAThousandFilesInAThousandFolders) {
  scratch_.write("etc/main.toml", "1");
  for (int i = 0; i < 1000; ++i) {
    files_.push_back("keys/" + std::to_string(i) + "/key.psk");
    scratch_.write(files_.back(), "00");
  }
  start();
  EXPECT_GT(watch_->folder_count(), 1000u);
  EXPECT_THAT(warnings_, IsEmpty());
  scratch_.write("keys/777/key.psk", "0011");
  EXPECT_TRUE(sees_changes());
}

TEST_F(ConfigWatchTest, WarnsOnceOfAFolderThatItMayNotWatch) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every folder; tests/peer/files_are_watched.py sets a limit";
  scratch_.write("etc/main.toml", "1");
  ::chmod((scratch_ / "etc").c_str(), 0100);
  start();
  watch_->follow(load(), delay_);
  ::chmod((scratch_ / "etc").c_str(), 0700);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], ::testing::HasSubstr("let saproxy read the folder, or send SIGHUP after a change"));
}

}  // namespace
}  // namespace saproxy::proxy
