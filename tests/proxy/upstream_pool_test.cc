// The pool of plaintext connections, against a scripted server on the same loop.
#include "proxy/upstream/pool.h"

#include <gtest/gtest.h>
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "policy/judging.h"
#include "proxy/loop/socket.h"
#include "tests/policy/snapshot_builders.h"

namespace saproxy::proxy {
namespace {

using policy::testing::some_config;

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nContent-Length: 2\r\n\r\nok";

// Accepts on a port of the kernel's choice and hands each read to a script, which may answer or close.
class ScriptedServer {
 public:
  struct Connection {
    UvHandle<uv_tcp_t> tcp;
    ScriptedServer* server;
    std::string received;
    void say(std::string_view bytes) {
      const uv_buf_t buffer = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
      uv_try_write(reinterpret_cast<uv_stream_t*>(tcp.get()), &buffer, 1);
    }
  };
  using Script = std::function<void(Connection&)>;

  ScriptedServer(uv_loop_t* loop, Script script) : loop_(loop), script_(std::move(script)) {
    endpoint.host = "127.0.0.1";
    auto sockets = listen_tcp(endpoint, 1, 16);
    EXPECT_TRUE(sockets);
    EXPECT_EQ(listener_.open(this, [&](uv_tcp_t* tcp) { return uv_tcp_init(loop_, tcp); }), 0);
    EXPECT_EQ(uv_tcp_open(listener_.get(), sockets->front().release()), 0);
    uv_listen(reinterpret_cast<uv_stream_t*>(listener_.get()), 16,
              [](uv_stream_t* server, int) { owner_of<ScriptedServer>(server)->accept(server); });
  }
  void close() {
    listener_.reset();
    connections.clear();
  }

  policy::Endpoint endpoint;
  std::vector<std::unique_ptr<Connection>> connections;

 private:
  void accept(uv_stream_t* server) {
    auto made = std::make_unique<Connection>();
    made->server = this;
    ASSERT_EQ(made->tcp.open(made.get(), [&](uv_tcp_t* tcp) { return uv_tcp_init(loop_, tcp); }), 0);
    ASSERT_EQ(uv_accept(server, reinterpret_cast<uv_stream_t*>(made->tcp.get())), 0);
    uv_read_start(
        reinterpret_cast<uv_stream_t*>(made->tcp.get()),
        [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
          static char space[4096];
          *buffer = uv_buf_init(space, sizeof space);
        },
        [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
          auto* self = owner_of<Connection>(stream);
          if (self == nullptr) return;
          if (size < 0) return self->tcp.reset();
          self->received.append(buffer->base, static_cast<std::size_t>(size));
          self->server->script_(*self);
        });
    connections.push_back(std::move(made));
  }

  uv_loop_t* loop_;
  Script script_;
  UvHandle<uv_tcp_t> listener_;
};

struct Recorder final : ResponseSink {
  void on_response_head(const http::ResponseHead& head) override { status = head.status; }
  void on_response_body(std::span<const std::uint8_t> bytes) override { body.append(bytes.begin(), bytes.end()); }
  void on_response_end() override {
    ended = true;
    if (at_end) at_end();
  }
  void on_response_failed(UpstreamFailure why) override {
    failure = why;
    if (at_end) at_end();
  }
  void on_response_turn() override {}
  void on_request_drained() override {}

  std::uint16_t status = 0;
  std::string body;
  bool ended = false;
  std::optional<UpstreamFailure> failure;
  std::function<void()> at_end;
};

class UpstreamPoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(uv_loop_init(&loop_), 0);
    pool_ = std::make_unique<UpstreamPool>(&loop_, buffers_, counters_);
  }
  void TearDown() override {
    finish();
    pool_.reset();
    EXPECT_EQ(uv_loop_close(&loop_), 0);
  }
  void serve(ScriptedServer::Script script) {
    server_ = std::make_unique<ScriptedServer>(&loop_, std::move(script));
    configure(server_->endpoint);
  }
  void configure(const policy::Endpoint& endpoint, std::uint32_t connections = 4, std::uint32_t waiting = 4) {
    policy::Config config = some_config();
    config.cse.address = endpoint;
    config.cse.max_connections = connections;
    config.cse.max_waiting = waiting;
    config.cse.connect_timeout = policy::Milliseconds(300);
    pool_->configure(policy::Snapshot::make(std::move(config), 1));
  }
  [[nodiscard]] std::optional<UpstreamFailure> ask(Exchange& exchange, bool repeatable = true) {
    const auto failure = pool_->start(permission(), exchange, repeatable);
    if (failure) return failure;
    constexpr std::string_view request = "GET /cse-in HTTP/1.1\r\nHost: x\r\n\r\n";
    exchange.send({reinterpret_cast<const std::uint8_t*>(request.data()), request.size()});
    exchange.finish_request();
    return std::nullopt;
  }
  // Only the gate makes one.
  static policy::Forward permission() {
    static const auto snapshot = policy::Snapshot::make(some_config(), 1);
    auto made = policy::associate(*snapshot, policy::testing::a_listener(),
                                  policy::testing::a_psk("ae1@sp.example.com"), "1", 0);
    static const auto association = std::get<identity::Association>(made);
    policy::Primitive primitive;
    primitive.to = "cse-in";
    primitive.from = "C1";
    return std::get<policy::Forward>(snapshot->gate().judge(&association, primitive, 0));
  }
  // Runs the loop until the recorder has an outcome.
  void run_until(const Recorder& recorder) {
    while (!recorder.ended && !recorder.failure) {
      uv_run(&loop_, UV_RUN_ONCE);
      pool_->next_turn();
    }
  }
  void finish() {
    pool_->close();
    pool_->next_turn();
    if (server_) server_->close();
    uv_run(&loop_, UV_RUN_DEFAULT);
  }

  uv_loop_t loop_{};
  UpstreamCounters counters_;
  BufferPool buffers_;
  std::unique_ptr<UpstreamPool> pool_;
  std::unique_ptr<ScriptedServer> server_;
};

TEST_F(UpstreamPoolTest, KeepsAConnectionForTheNextRequest) {
  serve([](ScriptedServer::Connection& connection) { connection.say(kAnswer); });
  for (int i = 0; i < 3; ++i) {
    Recorder recorder;
    Exchange exchange(recorder);
    ASSERT_FALSE(ask(exchange));
    run_until(recorder);
    EXPECT_EQ(recorder.body, "ok");
    EXPECT_FALSE(exchange.active());
  }
  EXPECT_EQ(counters_.connections_opened.value(), 1u);
  EXPECT_EQ(counters_.connections_reused.value(), 2u);
}

// The CSE holds the content back until the head is acknowledged, and the kernel would take 40 ms for that.
TEST_F(UpstreamPoolTest, DoesNotWaitForContentThatIsWrittenApart) {
  serve([](ScriptedServer::Connection& connection) {
    uv_tcp_nodelay(connection.tcp.get(), 0);
    connection.say(kAnswer.substr(0, kAnswer.size() - 2));
    connection.say(kAnswer.substr(kAnswer.size() - 2));
  });
  constexpr int kAnswers = 80;
  std::vector<std::chrono::steady_clock::duration> taken;
  for (int i = 0; i < kAnswers; ++i) {
    const auto began = std::chrono::steady_clock::now();
    Recorder recorder;
    Exchange exchange(recorder);
    ASSERT_FALSE(ask(exchange));
    run_until(recorder);
    ASSERT_EQ(recorder.body, "ok");
    taken.push_back(std::chrono::steady_clock::now() - began);
  }
  // A quarter of them, so that a machine that is busy does not count.
  std::ranges::nth_element(taken, taken.begin() + kAnswers / 4);
  EXPECT_LT(taken[kAnswers / 4], std::chrono::milliseconds(20));
}

TEST_F(UpstreamPoolTest, DropsAConnectionWithSurplusBytes) {
  serve([](ScriptedServer::Connection& connection) { connection.say(std::string(kAnswer) + "\r\n"); });
  for (int i = 0; i < 2; ++i) {
    Recorder recorder;
    Exchange exchange(recorder);
    ASSERT_FALSE(ask(exchange));
    run_until(recorder);
    EXPECT_EQ(recorder.body, "ok");
  }
  EXPECT_EQ(counters_.connections_opened.value(), 2u) << "surplus bytes could be read as the next answer";
}

TEST_F(UpstreamPoolTest, DropsAConnectionWhoseRequestWasNotComplete) {
  serve([](ScriptedServer::Connection& connection) { connection.say(kAnswer); });
  Recorder recorder;
  Exchange exchange(recorder);
  ASSERT_FALSE(pool_->start(permission(), exchange, false));
  constexpr std::string_view part = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\npart";
  exchange.send({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
  run_until(recorder);
  EXPECT_EQ(recorder.status, 200);
  EXPECT_EQ(counters_.open.value(), 0u) << "the rest of that body must not become a request";
}

TEST_F(UpstreamPoolTest, RepeatsARetrieveThatMetAClosingConnection) {
  int requests = 0;
  serve([&](ScriptedServer::Connection& connection) {
    if (++requests == 2) return connection.tcp.reset();  // closes the kept connection instead of answering
    connection.say(kAnswer);
  });
  for (int i = 0; i < 2; ++i) {
    Recorder recorder;
    Exchange exchange(recorder);
    ASSERT_FALSE(ask(exchange));
    run_until(recorder);
    EXPECT_EQ(recorder.body, "ok");
    EXPECT_FALSE(recorder.failure);
  }
  EXPECT_EQ(counters_.requests_repeated.value(), 1u);
}

TEST_F(UpstreamPoolTest, NeverRepeatsWhatChangesSomething) {
  int requests = 0;
  serve([&](ScriptedServer::Connection& connection) {
    if (++requests == 2) return connection.tcp.reset();
    connection.say(kAnswer);
  });
  Recorder first, second;
  Exchange one(first), two(second);
  ASSERT_FALSE(ask(one, false));
  run_until(first);
  ASSERT_FALSE(ask(two, false));
  run_until(second);
  EXPECT_EQ(second.failure, UpstreamFailure::ClosedEarly);
  EXPECT_EQ(requests, 2);
}

TEST_F(UpstreamPoolTest, SaysThatNobodyListens) {
  policy::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  { ASSERT_TRUE(listen_tcp(endpoint, 1, 1)); }  // a port that was free a moment ago
  configure(endpoint);
  Recorder recorder;
  Exchange exchange(recorder);
  ASSERT_FALSE(ask(exchange));
  run_until(recorder);
  EXPECT_EQ(recorder.failure, UpstreamFailure::ConnectFailed);
}

TEST_F(UpstreamPoolTest, LetsRequestsWaitForAConnectionAndRefusesMore) {
  std::vector<ScriptedServer::Connection*> asked;
  serve([&](ScriptedServer::Connection& connection) { asked.push_back(&connection); });
  configure(server_->endpoint, 1, 1);
  Recorder first, second, third;
  Exchange one(first), two(second), three(third);
  ASSERT_FALSE(ask(one));
  ASSERT_FALSE(ask(two));
  EXPECT_EQ(counters_.waiting.value(), 1u);
  EXPECT_EQ(ask(three), UpstreamFailure::Overloaded);
  while (asked.empty()) uv_run(&loop_, UV_RUN_ONCE);
  asked.front()->say(kAnswer);
  run_until(first);
  while (asked.size() < 2) uv_run(&loop_, UV_RUN_ONCE);
  asked.back()->say(kAnswer);
  run_until(second);
  EXPECT_EQ(second.body, "ok");
  EXPECT_EQ(counters_.connections_opened.value(), 1u);
}

TEST_F(UpstreamPoolTest, ForgetsAnExchangeThatDiesWhileItWaits) {
  serve([](ScriptedServer::Connection&) {});
  configure(server_->endpoint, 1, 4);
  Recorder first;
  Exchange one(first);
  ASSERT_FALSE(ask(one));
  {
    Recorder second;
    Exchange two(second);
    ASSERT_FALSE(ask(two));
    EXPECT_EQ(counters_.waiting.value(), 1u);
  }
  EXPECT_EQ(counters_.waiting.value(), 0u);
}

TEST_F(UpstreamPoolTest, ClosesTheConnectionOfAnAbandonedExchange) {
  bool received = false;
  serve([&](ScriptedServer::Connection&) { received = true; });
  {
    Recorder recorder;
    Exchange exchange(recorder);
    ASSERT_FALSE(ask(exchange));
    while (!received) uv_run(&loop_, UV_RUN_ONCE);
  }
  EXPECT_EQ(counters_.open.value(), 0u) << "its answer must not reach the next request";
}

TEST_F(UpstreamPoolTest, RefusesAnAnswerThatCanBeReadTwoWays) {
  serve([](ScriptedServer::Connection& connection) {
    connection.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  });
  Recorder recorder;
  Exchange exchange(recorder);
  ASSERT_FALSE(ask(exchange));
  run_until(recorder);
  EXPECT_EQ(recorder.failure, UpstreamFailure::BadAnswer);
  EXPECT_EQ(counters_.open.value(), 0u);
}

TEST_F(UpstreamPoolTest, AbandonedFromItsOwnAnswerItLetsGo) {
  serve([](ScriptedServer::Connection& connection) { connection.say(kAnswer); });
  struct Leaver final : ResponseSink {
    Exchange* exchange = nullptr;
    int after = 0;
    void on_response_head(const http::ResponseHead&) override { exchange->abandon(); }
    void on_response_body(std::span<const std::uint8_t>) override { ++after; }
    void on_response_end() override { ++after; }
    void on_response_failed(UpstreamFailure) override { ++after; }
    void on_response_turn() override {}
    void on_request_drained() override {}
  } leaver;
  Exchange exchange(leaver);
  leaver.exchange = &exchange;
  ASSERT_FALSE(ask(exchange));
  while (exchange.active()) {
    uv_run(&loop_, UV_RUN_ONCE);
    pool_->next_turn();
  }
  EXPECT_EQ(leaver.after, 0);
}

}  // namespace
}  // namespace saproxy::proxy
