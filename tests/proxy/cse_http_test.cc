// The questions of a fetch as HTTP, against real sockets: a source that answers, hangs, ends, lies.
// Spec: TS-0009 6.2.2.1, 6.2.2.2
#include "proxy/client/cse_http.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "proxy/loop/socket.h"

namespace saproxy::proxy {
namespace {

using identity::ErrorCode;

TEST(RuleRequest, IsWhatTheBindingSays) {
  const CseRequestLines lines{"127.0.0.1:8080", "/cse1", "3"};
  EXPECT_EQ(cse_request("GET", {"in", {{"fu", "1"}, {"ty", "20"}, {"csi", "/cse1"}}}, lines, "r1"),
            "GET /in?fu=1&ty=20&csi=/cse1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-M2M-Origin: /cse1\r\nX-M2M-RI: r1\r\n"
            "X-M2M-RVI: 3\r\nAccept: application/json\r\n\r\n");
  for (const auto& [to, path] : {std::pair{"-", "/-"}, std::pair{"a/b", "/a/b"}, std::pair{"/in-cse/a", "/~/in-cse/a"},
                                 std::pair{"//sp.com/in-cse/a", "/_/sp.com/in-cse/a"}})
    EXPECT_TRUE(cse_request("GET", {to, {}}, lines, "r1").starts_with("GET " + std::string(path) + " HTTP")) << to;
}

// A source that takes connections one after the other and writes, for each request it reads, the next of its answers;
// an empty one means: nothing, and the connection ends.
class Server {
 public:
  struct Answer {
    std::string text;
    bool close = false;
    std::string rest = {};  // written apart, as many servers do with the content
  };
  explicit Server(std::vector<Answer> answers) : answers_(std::move(answers)) {
    endpoint.host = "127.0.0.1";
    listening_ = std::move(listen_tcp(endpoint, 1, 4)->front());
    fcntl(listening_.fd(), F_SETFL, fcntl(listening_.fd(), F_GETFL) & ~O_NONBLOCK);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    over_ = true;
    ::shutdown(listening_.fd(), SHUT_RDWR);
    if (const int open = open_; open >= 0) ::shutdown(open, SHUT_RDWR);
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  policy::Endpoint endpoint;
  std::atomic<int> connections{0};

 private:
  void serve() {
    std::size_t next = 0;
    while (true) {
      const Socket client(::accept(listening_.fd(), nullptr, nullptr));
      if (client.fd() < 0 || over_) return;
      ++connections;
      open_ = client.fd();
      char part[4096];
      while (::recv(client.fd(), part, sizeof part, 0) > 0) {
        if (next == answers_.size()) continue;  // hangs
        const Answer& answer = answers_[next++];
        static_cast<void>(::send(client.fd(), answer.text.data(), answer.text.size(), MSG_NOSIGNAL));
        if (!answer.rest.empty()) write_apart(client.fd(), answer.rest);
        if (answer.close || answer.text.empty()) break;
      }
      open_ = -1;
    }
  }
  static void write_apart(int fd, const std::string& text) {
    const int off = 0;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &off, sizeof off);
    static_cast<void>(::send(fd, text.data(), text.size(), MSG_NOSIGNAL));
  }

  std::vector<Answer> answers_;
  Socket listening_;
  std::atomic<int> open_{-1};  // the connection that is served
  std::atomic<bool> over_{false};
  std::thread thread_;
};

std::string answer(std::string_view body, std::string_view more = "X-M2M-RSC: 2000\r\n") {
  return "HTTP/1.1 200 OK\r\n" + std::string(more) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

class CseHttp : public ::testing::Test {
 protected:
  CseHttp() { uv_loop_init(&loop_); }
  ~CseHttp() override {
    transport_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
  }
  void connect(const policy::Endpoint& endpoint) {
    policy::RuleSourceSettings source;
    source.address = endpoint;
    source.timeout = policy::Milliseconds(500);
    transport_ = std::make_unique<HttpCseTransport>(&loop_, source, policy::CseSettings{});
  }
  // Asks and waits for what comes; empty `content` and a code for an answer, 0 and the error otherwise.
  struct Told {
    std::uint16_t code = 0;
    std::string content;
    bool partial = false;
    ErrorCode error = ErrorCode::IsFolder;
    std::string detail;
  };
  Told ask() {
    Told told;
    bool done = false;
    transport_->ask({"in", {}}, [&](const identity::Result<policy::CseAnswer>& answer) {
      done = true;
      if (answer)
        told = {answer->code, std::string(answer->content), answer->partial, ErrorCode::IsFolder, ""};
      else
        told = {0, "", false, answer.error().code, answer.error().detail};
    });
    EXPECT_FALSE(done) << "told from inside ask()";
    while (!done) uv_run(&loop_, UV_RUN_ONCE);
    return told;
  }

  uv_loop_t loop_{};
  std::unique_ptr<CseTransport> transport_;
};

TEST_F(CseHttp, KeepsTheConnection) {
  Server server({{answer("one")}, {answer("two", "X-M2M-RSC: 2000\r\nX-M2M-CTS: 1\r\nX-M2M-CTO: 5\r\n")}});
  connect(server.endpoint);
  EXPECT_EQ(ask().content, "one");
  const Told second = ask();
  EXPECT_EQ(second.content, "two");
  EXPECT_TRUE(second.partial);
  EXPECT_EQ(server.connections, 1);
}

TEST_F(CseHttp, AsksAgainWhenAKeptConnectionHasEnded) {
  Server server({{answer("one"), true}, {answer("two")}});
  connect(server.endpoint);
  EXPECT_EQ(ask().content, "one");
  EXPECT_EQ(ask().content, "two");
  EXPECT_EQ(server.connections, 2);
}

// A server holds the content back until the head is acknowledged, and the kernel would take 40 ms for that.
TEST_F(CseHttp, DoesNotWaitForContentThatIsWrittenApart) {
  constexpr std::size_t kPages = 80;
  Server server(std::vector<Server::Answer>(
      kPages, {"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 4\r\n\r\n", false, "page"}));
  connect(server.endpoint);
  std::vector<std::chrono::steady_clock::duration> taken;
  for (std::size_t page = 0; page < kPages; ++page) {
    const auto began = std::chrono::steady_clock::now();
    ASSERT_EQ(ask().content, "page");
    taken.push_back(std::chrono::steady_clock::now() - began);
  }
  // Half of them: the first ones are quick in any case, and a machine that is busy does not count.
  std::ranges::nth_element(taken, taken.begin() + kPages / 2);
  EXPECT_LT(taken[kPages / 2], std::chrono::milliseconds(20));
}

TEST_F(CseHttp, ReadsUntilTheEndWithoutALength) {
  Server server({{"HTTP/1.0 200 OK\r\nX-M2M-RSC: 2000\r\n\r\nall of it", true}});
  connect(server.endpoint);
  EXPECT_EQ(ask().content, "all of it");
}

TEST_F(CseHttp, SaysThatNobodyListens) {
  policy::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  { const auto closed_again = listen_tcp(endpoint, 1, 4); }
  connect(endpoint);
  EXPECT_EQ(ask().error, ErrorCode::Failed);
  connect({"", 0, "/nonexistent/socket"});
  EXPECT_EQ(ask().error, ErrorCode::Failed);
}

TEST_F(CseHttp, SaysThatNoAnswerComesInTime) {
  Server server({});
  connect(server.endpoint);
  const Told told = ask();
  EXPECT_EQ(told.error, ErrorCode::Failed);
  EXPECT_EQ(told.detail, "no answer in time");
}

TEST_F(CseHttp, SaysThatTheConnectionEnded) {
  Server server({{"", true}, {"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 9\r\n\r\nhalf", true}});
  connect(server.endpoint);
  EXPECT_EQ(ask().error, ErrorCode::Failed);
  EXPECT_EQ(ask().error, ErrorCode::Failed);
}

TEST_F(CseHttp, RefusesWhatIsNoAnswer) {
  const std::vector<Server::Answer> lies = {
      {"garbage\r\n\r\n", true},
      {answer("", ""), true},
      {answer("", "X-M2M-RSC: abc\r\n"), true},
      {answer("", "X-M2M-RSC: 99999999\r\n"), true},
      {answer("", "X-M2M-RSC: 200\r\n"), true},
      {answer("", "X-M2M-RSC: 2000\r\nX-M2M-RI: another\r\n"), true},
      {answer("", "X-M2M-RSC: 2000\r\nX-M2M-CTO: -1\r\n"), true},
      {"HTTP/1.1 301 Moved\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 99999999999\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'a'), true},
  };
  Server server(lies);
  connect(server.endpoint);
  for (const Server::Answer& lie : lies) EXPECT_EQ(ask().error, ErrorCode::BadSyntax) << lie.text.substr(0, 80);
}

TEST_F(CseHttp, MayBeDestroyedByWhoeverHearsTheAnswer) {
  for (const bool good : {true, false}) {
    Server server({{good ? answer("x") : "garbage\r\n\r\n", true}});
    connect(server.endpoint);
    bool done = false;
    transport_->ask({"in", {}}, [&](const auto&) {
      transport_.reset();
      done = true;
    });
    while (!done) uv_run(&loop_, UV_RUN_ONCE);
  }
}

TEST_F(CseHttp, TellsNobodyOnceItIsGone) {
  Server server({{answer("x")}});
  connect(server.endpoint);
  transport_->ask({"in", {}}, [](const auto&) { ADD_FAILURE(); });
  transport_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
}

}  // namespace
}  // namespace saproxy::proxy
