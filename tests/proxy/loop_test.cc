// Owners of slots, handles, sockets and mail.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "proxy/loop/buffer_pool.h"
#include "proxy/loop/mailbox.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/socket.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {
namespace {

struct Tracked {
  explicit Tracked(int& count) : alive(count) { ++alive; }
  ~Tracked() { --alive; }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;
  int& alive;
};

TEST(SlotTable, FindsNothingByTheReferenceOfARetiredObject) {
  int alive = 0;
  SlotTable<Tracked> table;
  const SlotRef first = table.add(std::make_unique<Tracked>(alive));
  ASSERT_NE(table.find(first), nullptr);
  table.retire(first);
  EXPECT_EQ(table.find(first), nullptr);
  const SlotRef second = table.add(std::make_unique<Tracked>(alive));
  EXPECT_EQ(second.slot, first.slot) << "the slot is used again";
  EXPECT_EQ(table.find(first), nullptr) << "the old reference does not find the new object";
}

TEST(SlotTable, KeepsARetiredObjectUntilTheSweep) {
  int alive = 0;
  SlotTable<Tracked> table;
  table.retire(table.add(std::make_unique<Tracked>(alive)));
  EXPECT_EQ(alive, 1);
  EXPECT_TRUE(table.has_retired());
  table.sweep();
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(table.has_retired());
}

TEST(SlotTable, SurvivesObjectsThatRetireOthersAsTheyDie) {
  struct Chain {
    SlotTable<Chain>* table;
    SlotRef next;
    ~Chain() { table->retire(next); }
  };
  SlotTable<Chain> table;
  const SlotRef last = table.add(std::make_unique<Chain>(Chain{&table, {}}));
  const SlotRef middle = table.add(std::make_unique<Chain>(Chain{&table, last}));
  table.retire(middle);
  table.sweep();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_FALSE(table.has_retired());
}

TEST(SlotTable, LetsAWalkRetireWhatItVisits) {
  int alive = 0;
  SlotTable<Tracked> table;
  std::vector<SlotRef> refs;
  for (int i = 0; i < 5; ++i) refs.push_back(table.add(std::make_unique<Tracked>(alive)));
  int visited = 0;
  table.for_each([&](Tracked&) {
    for (const SlotRef ref : refs) table.retire(ref);
    ++visited;
  });
  EXPECT_EQ(visited, 1);
  table.sweep();
  EXPECT_EQ(alive, 0);
}

TEST(SlotTable, TheEmptyReferenceFindsNothing) {
  int alive = 0;
  SlotTable<Tracked> table;
  const SlotRef first = table.add(std::make_unique<Tracked>(alive));
  EXPECT_EQ(first.slot, 0u);
  EXPECT_EQ(table.find(SlotRef{}), nullptr);
}

TEST(BufferPool, NeverLendsABufferTwice) {
  BufferPool pool;
  const BufferPool::Borrowed outer = pool.borrow();
  outer->push_back(1);
  {
    const BufferPool::Borrowed inner = pool.borrow();
    EXPECT_NE(inner.get(), outer.get());
    EXPECT_TRUE(inner->empty());
    inner->push_back(2);
  }
  const BufferPool::Borrowed again = pool.borrow();
  EXPECT_TRUE(again->empty()) << "what an earlier borrower left is gone";
  EXPECT_EQ(outer->size(), 1u);
}

class Loop : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(uv_loop_init(&loop_), 0); }
  void TearDown() override {
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle was left open";
  }
  uv_loop_t loop_{};
};
using UvHandleTest = Loop;
using MailboxTest = Loop;

TEST_F(UvHandleTest, MayBeDroppedInsideItsOwnCallback) {
  struct Owner {
    UvHandle<uv_timer_t> timer;
    int fired = 0;
  } owner;
  ASSERT_EQ(owner.timer.open(&owner, [&](uv_timer_t* timer) { return uv_timer_init(&loop_, timer); }), 0);
  uv_timer_start(
      owner.timer.get(),
      [](uv_timer_t* timer) {
        auto* self = owner_of<Owner>(timer);
        ++self->fired;
        self->timer.reset();
        EXPECT_EQ(owner_of<Owner>(timer), nullptr) << "nobody is found through a dropped handle";
      },
      0, 1);
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_EQ(owner.fired, 1);
}

TEST_F(UvHandleTest, StaysEmptyWhenTheHandleCannotBeMade) {
  UvHandle<uv_timer_t> timer;
  EXPECT_EQ(timer.open(nullptr, [](uv_timer_t*) { return static_cast<int>(UV_ENOMEM); }), UV_ENOMEM);
  EXPECT_FALSE(timer);
}

TEST_F(MailboxTest, DeliversInOrderOnTheThreadOfItsLoop) {
  Mailbox<int> mailbox;
  std::vector<int> got;
  const auto here = std::this_thread::get_id();
  ASSERT_EQ(mailbox.open(&loop_,
                         [&](int&& value) {
                           EXPECT_EQ(std::this_thread::get_id(), here);
                           got.push_back(value);
                           if (value == 999) mailbox.close();
                         }),
            0);
  std::thread sender([&] {
    for (int i = 0; i < 1000; ++i) mailbox.post(i);
  });
  uv_run(&loop_, UV_RUN_DEFAULT);
  sender.join();
  ASSERT_EQ(got.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
  EXPECT_FALSE(mailbox.post(1)) << "a closed mailbox takes nothing";
}

TEST(Socket, LetsTheKernelPickOnePortForAllWorkers) {
  policy::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  auto sockets = listen_tcp(endpoint, 3, 16);
  ASSERT_TRUE(sockets) << sockets.error().detail;
  EXPECT_EQ(sockets->size(), 3u);
  EXPECT_NE(endpoint.port, 0);
}

TEST(Socket, RefusesAPortThatSomebodyElseHas) {
  policy::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  const auto first = listen_tcp(endpoint, 1, 16);
  ASSERT_TRUE(first);
  const auto second = listen_tcp(endpoint, 1, 16);
  ASSERT_FALSE(second) << "SO_REUSEPORT must not let two processes share registrees";
  EXPECT_NE(second.error().detail.find(endpoint.text()), std::string::npos);
}

TEST(Socket, RefusesAHostName) {
  policy::Endpoint endpoint;
  endpoint.host = "cse.example.com";
  EXPECT_FALSE(listen_tcp(endpoint, 1, 16));
}

class UnixSocket : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/saproxy-test-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/admin.sock";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_, path_;
};

TEST_F(UnixSocket, IsForItsOwnerOnly) {
  const auto socket = listen_unix(path_, 16);
  ASSERT_TRUE(socket) << socket.error().detail;
  struct stat found {};
  ASSERT_EQ(stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(UnixSocket, ReplacesWhatADeadProcessLeft) {
  { ASSERT_TRUE(listen_unix(path_, 16)); }
  ASSERT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(listen_unix(path_, 16));
}

TEST_F(UnixSocket, LeavesALiveOneAlone) {
  const auto socket = listen_unix(path_, 16);
  ASSERT_TRUE(socket);
  EXPECT_FALSE(listen_unix(path_, 16));
}

TEST_F(UnixSocket, ReplacesNoOtherFile) {
  std::ofstream(path_) << "precious";
  EXPECT_FALSE(listen_unix(path_, 16));
  EXPECT_TRUE(std::filesystem::is_regular_file(path_));
}

}  // namespace
}  // namespace saproxy::proxy
