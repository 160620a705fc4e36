// Does the CSE answer? Against real sockets: one that listens, one that does not, one that says nonsense.
#include "proxy/admin/cse_health.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>

#include "proxy/admin/cse_probe.h"
#include "proxy/admin/exposed_port.h"
#include "proxy/binding/http/parser.h"
#include "proxy/loop/socket.h"

namespace saproxy::proxy {
namespace {

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// A CSE of one answer: takes connections one after the other, reads once, writes `answer`, closes.
class OneAnswerCse {
 public:
  explicit OneAnswerCse(std::string answer, int connections = 1) {
    endpoint.host = "127.0.0.1";
    listening_ = std::move(listen_tcp(endpoint, 1, 4)->front());
    fcntl_blocking(listening_.fd());
    thread_ = std::thread([this, connections, text = std::move(answer)] {
      for (int i = 0; i < connections; ++i) {
        const Socket client(::accept(listening_.fd(), nullptr, nullptr));
        std::array<char, 4096> part{};
        const ssize_t size = ::recv(client.fd(), part.data(), part.size(), 0);
        if (size > 0) received.append(part.data(), static_cast<std::size_t>(size));
        if (!text.empty()) static_cast<void>(::send(client.fd(), text.data(), text.size(), MSG_NOSIGNAL));
      }
    });
  }
  ~OneAnswerCse() { thread_.join(); }
  OneAnswerCse(const OneAnswerCse&) = delete;
  OneAnswerCse& operator=(const OneAnswerCse&) = delete;

  policy::Endpoint endpoint;
  std::string received;

 private:
  static void fcntl_blocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK); }
  Socket listening_;
  std::thread thread_;
};

class CseHealthTest : public ::testing::Test {
 protected:
  CseHealthTest() {
    uv_loop_init(&loop_);
    settings_.health_interval = std::chrono::milliseconds(100);
    settings_.connect_timeout = settings_.response_timeout = std::chrono::milliseconds(500);
  }
  ~CseHealthTest() override {
    health_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
  }
  // Runs until `reports` conditions have been told.
  void watch(std::size_t reports) {
    health_ = std::make_unique<CseHealth>(
        &loop_, [this] { return last_answer_; },
        [this, reports](bool up, const std::string& why) {
          told_.emplace_back(up, why);
          if (told_.size() == reports) health_.reset();  // from inside its own call
          if (on_report_) on_report_();
        });
    health_->configure(settings_);
    uv_run(&loop_, UV_RUN_DEFAULT);
  }

  uv_loop_t loop_{};
  policy::CseSettings settings_;
  std::int64_t last_answer_ = 0;
  std::unique_ptr<CseHealth> health_;
  std::vector<std::pair<bool, std::string>> told_;
  std::function<void()> on_report_;
};

TEST_F(CseHealthTest, IsUpWhenThePortAccepts) {
  settings_.address.host = "127.0.0.1";
  const auto listening = listen_tcp(settings_.address, 1, 4);
  watch(1);
  EXPECT_TRUE(told_.front().first);
}

TEST_F(CseHealthTest, IsDownWithTheReasonWhenNobodyListens) {
  settings_.address.host = "127.0.0.1";
  { const auto closed_again = listen_tcp(settings_.address, 1, 4); }
  watch(1);
  EXPECT_FALSE(told_.front().first);
  EXPECT_EQ(told_.front().second, "connection refused");
}

TEST_F(CseHealthTest, TellsTheChangeWhenTheCseComes) {
  settings_.address.host = "127.0.0.1";
  { const auto closed_again = listen_tcp(settings_.address, 1, 4); }
  std::optional<std::vector<Socket>> listening;
  on_report_ = [&] {
    if (!listening) listening = std::move(*listen_tcp(settings_.address, 1, 4));
  };
  watch(2);
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_FALSE(told_[0].first);
  EXPECT_TRUE(told_[1].first);
}

TEST_F(CseHealthTest, AsksNobodyWhenAWorkerHadAnAnswer) {
  settings_.address.host = "127.0.0.1";
  { const auto closed_again = listen_tcp(settings_.address, 1, 4); }  // asking would say: down
  last_answer_ = unix_now();
  watch(1);
  EXPECT_TRUE(told_.front().first);
}

TEST_F(CseHealthTest, FindsAUnixSocket) {
  settings_.address.unix_path = ::testing::TempDir() + "saproxy-cse-" + std::to_string(getpid()) + ".sock";
  const auto listening = listen_unix(settings_.address.unix_path, 4);
  watch(1);
  EXPECT_TRUE(told_.front().first);
  unlink(settings_.address.unix_path.c_str());
}

TEST_F(CseHealthTest, MissesAUnixSocketThatIsNotThere) {
  settings_.address.unix_path = ::testing::TempDir() + "saproxy-nothing.sock";
  watch(1);
  EXPECT_FALSE(told_.front().first);
  EXPECT_EQ(told_.front().second, "no such file or directory");
}

TEST_F(CseHealthTest, TakesAnyHttpAnswerToItsRequest) {
  const OneAnswerCse cse("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  settings_.address = cse.endpoint;
  settings_.health_request = true;
  watch(1);
  EXPECT_TRUE(told_.front().first) << told_.front().second;
}

TEST_F(CseHealthTest, IsDownWhenTheAnswerIsNoHttp) {
  const OneAnswerCse cse("SSH-2.0-OpenSSH_9.2\r\n");
  settings_.address = cse.endpoint;
  settings_.health_request = true;
  watch(1);
  EXPECT_FALSE(told_.front().first);
  EXPECT_TRUE(told_.front().second.starts_with("what it answers is no HTTP")) << told_.front().second;
}

TEST_F(CseHealthTest, IsDownWhenTheCseClosesWithoutAnAnswer) {
  const OneAnswerCse cse("");
  settings_.address = cse.endpoint;
  settings_.health_request = true;
  watch(1);
  EXPECT_EQ(told_.front(), std::make_pair(false, std::string("it closed the connection without an answer")));
}

TEST_F(CseHealthTest, IsDownWhenTheCseNeverAnswers) {
  settings_.address.host = "127.0.0.1";
  const auto listening = listen_tcp(settings_.address, 1, 4);  // the kernel connects, nobody answers
  settings_.health_request = true;
  settings_.response_timeout = std::chrono::milliseconds(50);
  watch(1);
  EXPECT_EQ(told_.front(), std::make_pair(false, std::string("it does not answer in time")));
}

TEST(HealthRequest, IsAValidRequestThatAsksNothingSecret) {
  policy::CseSettings settings;
  settings.address = {"127.0.0.1", 8080, ""};
  const std::string text = health_request(settings);
  http::RequestParser parser({});
  const http::Event event = parser.feed({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  ASSERT_EQ(event.kind, http::Event::Kind::Head) << http::to_text(event.error);
  for (const http::Field& field : parser.head().fields)
    EXPECT_FALSE(field.value.empty()) << field.name;  // tinyIoT misreads empty values
  EXPECT_EQ(parser.head().find("Host")->value, "127.0.0.1:8080");
}

TEST(ExposedAddresses, AreNoneForAUnixSocketOrAnotherMachine) {
  EXPECT_TRUE(exposed_addresses({"", 0, "/run/cse.sock"}).empty());
  EXPECT_TRUE(exposed_addresses({"192.0.2.1", 80, ""}).empty());
}

TEST(ExposedAddresses, AreNoneWhenTheCseListensOnLoopbackOnly) {
  policy::Endpoint cse{"127.0.0.1", 0, ""};
  const auto listening = listen_tcp(cse, 1, 4);
  EXPECT_TRUE(exposed_addresses(cse).empty());
}

TEST(ExposedAddresses, NameEveryAddressThatAnswers) {
  policy::Endpoint everywhere{"0.0.0.0", 0, ""};
  const auto listening = listen_tcp(everywhere, 1, 64);
  const std::vector<std::string> found = exposed_addresses({"localhost", everywhere.port, ""});
  if (found.empty()) GTEST_SKIP() << "this machine has no address but loopback";
  for (const std::string& address : found)
    EXPECT_TRUE(address.ends_with(":" + std::to_string(everywhere.port))) << address;
}

}  // namespace
}  // namespace saproxy::proxy
