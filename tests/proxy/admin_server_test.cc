// The admin listener over real sockets: what it answers, and what it does to clients that are wrong, slow or too many.
#include "proxy/admin/server.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "../support/admin_client.h"

namespace saproxy::proxy {
namespace {

// A server on its own loop and thread; clients block on theirs.
class AdminServerTest : public ::testing::Test {
 protected:
  void start(AdminLimits limits = {}) {
    endpoint_.host = "127.0.0.1";
    auto sockets = listen_tcp(endpoint_, 1, 16);
    ASSERT_TRUE(sockets) << sockets.error().detail;
    serve(std::move(sockets->front()), false, limits);
  }
  void serve(Socket socket, bool is_unix, AdminLimits limits) {
    ASSERT_EQ(uv_loop_init(&loop_), 0);
    ASSERT_EQ(
        uv_async_init(&loop_, &stop_, [](uv_async_t* async) { static_cast<AdminServerTest*>(async->data)->end(); }), 0);
    stop_.data = this;
    const auto told = [](uv_async_t* async) { static_cast<AdminServerTest*>(async->data)->tell(); };
    ASSERT_EQ(uv_async_init(&loop_, &told_, told), 0);
    told_.data = this;
    AdminCallbacks callbacks;
    callbacks.ask_egress = [this](SlotRef asker, const std::string& entity_id) -> std::string {
      if (entity_id == "Cnobody") return "Cnobody is not registered";
      asker_ = asker;
      asked_.push_back(entity_id);
      if (egress_answers_) uv_async_send(&told_);
      return "";
    };
    callbacks.metrics = [this] { return metrics_; };
    callbacks.ready = [this] { return readiness_; };
    callbacks.explain = [](const ExplainQuestion& question) -> std::optional<std::string> {
      if (question.listener == "other") return std::nullopt;
      return "explained " + question.request.credential_id + "\nand so on\n";
    };
    if (keeps_registry_) {
      callbacks.forget = [this](const std::string& entity_id) {
        forgotten_.push_back(entity_id);
        return forget_answer_;
      };
    }
    if (keeps_registry_) {
      callbacks.reconcile = [this] {
        ++reconciliations_;
        return AdminText{202, "reconciliation has begun"};
      };
      callbacks.reconciliation = [] { return AdminText{503, "not reconciled: nobody answers\ndropped C1"}; };
    }
    callbacks.shutdown = [this] {
      ++shutdowns_;
      if (destroy_on_shutdown_) server_.reset();
    };
    server_ = std::make_unique<AdminServer>(&loop_, std::move(callbacks), limits);
    ASSERT_TRUE(server_->listen(std::move(socket), is_unix));
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }
  void end() {
    server_.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&stop_), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&told_), nullptr);
  }
  void tell() {
    if (server_) server_->answer(asker_, "SA2  none\n");
  }
  void TearDown() override {
    if (!thread_.joinable()) return;
    uv_async_send(&stop_);
    thread_.join();
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
  }
  std::string ask(std::string_view request) { return support::exchange(endpoint_, request); }
  std::string get(std::string_view path) {
    return ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  policy::Endpoint endpoint_;
  uv_loop_t loop_{};
  uv_async_t stop_{}, told_{};
  std::unique_ptr<AdminServer> server_;
  std::thread thread_;
  std::string metrics_ = "# TYPE a counter\na 1\n";
  Readiness readiness_{true, ""};
  std::atomic<int> shutdowns_{0};
  bool destroy_on_shutdown_ = false;
  bool keeps_registry_ = true;
  Forgotten forget_answer_ = Forgotten::Done;
  int reconciliations_ = 0;             // likewise
  std::vector<std::string> forgotten_;  // read once the answer is there
  SlotRef asker_;
  std::vector<std::string> asked_;  // likewise
  bool egress_answers_ = true;
};

TEST_F(AdminServerTest, IsAlive) {
  start();
  const std::string answer = get("/live");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nlive\n")) << answer;
}

TEST_F(AdminServerTest, SaysReady) {
  start();
  EXPECT_TRUE(get("/ready").ends_with("\r\n\r\nready\n"));
}

TEST_F(AdminServerTest, SaysWhyItIsNotReady) {
  readiness_ = {false, "the CSE does not answer"};
  start();
  const std::string answer = get("/ready");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nthe CSE does not answer\n")) << answer;
}

TEST_F(AdminServerTest, IsAliveThoughNotReady) {
  readiness_ = {false, "draining"};
  start();
  EXPECT_TRUE(get("/live").starts_with("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, GivesTheWholeMetricsPageHoweverLarge) {
  metrics_ = std::string(8u << 20, 'x');
  start();
  const std::string answer = get("/metrics?ignored=1");
  EXPECT_NE(answer.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), std::string::npos);
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, metrics_.size());
}

TEST_F(AdminServerTest, AnswersHeadWithoutABody) {
  start();
  const std::string answer = ask("HEAD /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

struct Row {
  const char* name;
  const char* request;
  const char* status;
};
class AdminRefusal : public AdminServerTest, public ::testing::WithParamInterface<Row> {};

TEST_P(AdminRefusal, HasItsStatusAndDoesNothing) {
  start();
  const std::string answer = ask(GetParam().request);
  EXPECT_TRUE(answer.starts_with(std::string("HTTP/1.1 ") + GetParam().status + " ")) << answer;
  EXPECT_EQ(shutdowns_, 0);
}

constexpr Row kRows[] = {
    {"UnknownPath", "GET /secret HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "404"},
    {"PathThatBeginsAlike", "GET /live/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "404"},
    {"ShutdownByGet", "GET /shutdown HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "405"},
    {"ShutdownByHead", "HEAD /shutdown HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "405"},
    {"MetricsByPost", "POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "405"},
    {"ShutdownByWebPage",
     "POST /shutdown HTTP/1.1\r\nHost: h\r\nOrigin: http://x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "403"},
    {"BothLengths", "POST /shutdown HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
     "400"},
    {"NoHttp", "\x16\x03\x01 hello\r\n\r\n", "400"},
    {"NoHost", "GET /live HTTP/1.1\r\n\r\n", "400"},
};
INSTANTIATE_TEST_SUITE_P(AdminServer, AdminRefusal, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(AdminServerTest, ShutsDownOnPostAndAnswersFirst) {
  start();
  const std::string answer = ask("POST /shutdown HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 202 ")) << answer;
  EXPECT_TRUE(answer.ends_with("draining\n")) << answer;
  EXPECT_EQ(shutdowns_, 1);
}

TEST_F(AdminServerTest, MayBeDestroyedByTheShutdownThatItReports) {
  destroy_on_shutdown_ = true;
  start();
  const std::string answer =
      ask("POST /shutdown HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nGET /live HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 202 "))
      << answer;  // surplus bytes may turn our close into a reset
  EXPECT_EQ(shutdowns_, 1);
}

std::string post(std::string_view target) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
}

TEST_F(AdminServerTest, ForgetsARegistration) {
  start();
  const std::string answer = ask(post("/registry/forget?id=Cae%2d1"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nforgot Cae-1\n")) << answer;
  EXPECT_TRUE(ask(post("/registry/forget?id=%2Fcse2")).ends_with("forgot /cse2\n"));
  EXPECT_EQ(forgotten_, (std::vector<std::string>{"Cae-1", "/cse2"}));
}

TEST_F(AdminServerTest, SaysWhenThereIsNothingToForget) {
  forget_answer_ = Forgotten::NotFound;
  start();
  const std::string answer = ask(post("/registry/forget?id=Cae1"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 ")) << answer;
  EXPECT_TRUE(answer.ends_with("Cae1 is not registered\n")) << answer;
}

TEST_F(AdminServerTest, SaysWhenForgettingFailed) {
  forget_answer_ = Forgotten::Failed;
  start();
  const std::string answer = ask(post("/registry/forget?id=Cae1"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 Internal Server Error\r\n")) << answer;
}

TEST_F(AdminServerTest, BeginsAReconciliationAndTellsOfTheLast) {
  start();
  EXPECT_TRUE(ask(post("/registry/reconcile")).starts_with("HTTP/1.1 202 Accepted\r\n"));
  EXPECT_EQ(reconciliations_, 1);
  const std::string answer = get("/registry/reconciliation");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(answer.ends_with("nobody answers\ndropped C1\n")) << answer;
  EXPECT_TRUE(get("/registry/reconcile").starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask(post("/registry/reconciliation")).starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask("POST /registry/reconcile HTTP/1.1\r\nHost: h\r\nOrigin: http://h\r\nContent-Length: "
                  "0\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(reconciliations_, 1);
}

TEST_F(AdminServerTest, ForgetsNothingWithoutARegistry) {
  keeps_registry_ = false;
  start();
  EXPECT_TRUE(ask(post("/registry/forget?id=Cae1")).starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(get("/registry/forget?id=Cae1").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(ask(post("/registry/reconcile")).starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(get("/registry/reconciliation").starts_with("HTTP/1.1 404 "));
}

TEST_F(AdminServerTest, AnswersOnceTheEgressHasAnswered) {
  start();
  const std::string answer = get("/registry/associations?id=%2Fcse2");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nSA2  none\n")) << answer;
  EXPECT_TRUE(get("/registry/associations").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(asked_, (std::vector<std::string>{"/cse2", ""}));
}

TEST_F(AdminServerTest, ServesOthersWhileTheEgressIsSilentAndSaysSoInTheEnd) {
  egress_answers_ = false;
  AdminLimits limits;
  limits.timeout = std::chrono::milliseconds(500);
  start(limits);
  const Socket waiting = support::connect_to(endpoint_);
  ASSERT_TRUE(support::send_all(waiting,
                                "GET /registry/associations?id=Cae1 HTTP/1.1\r\nHost: h\r\n\r\n"
                                "GET /live HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_TRUE(get("/live").ends_with("live\n"));
  const std::string answer = support::read_to_end(waiting);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(answer.ends_with("the egress does not answer\n")) << "and nothing behind: " << answer;
}

TEST_F(AdminServerTest, BearsAnAnswerForAClientThatHasGone) {
  egress_answers_ = false;
  AdminLimits limits;
  limits.timeout = std::chrono::milliseconds(20);
  start(limits);
  EXPECT_TRUE(get("/registry/associations").starts_with("HTTP/1.1 503 "));
  uv_async_send(&told_);
  EXPECT_TRUE(get("/live").ends_with("live\n"));
}

TEST_F(AdminServerTest, AsksTheEgressNothingElse) {
  start();
  EXPECT_TRUE(get("/registry/associations?id=Cnobody").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(get("/registry/associations?id=C*").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(get("/registry/associations?").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask(post("/registry/associations?id=Cae1")).starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask("GET /registry/associations HTTP/1.1\r\nHost: h\r\nOrigin: http://x\r\nConnection: "
                  "close\r\n\r\n")
                  .starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(asked_.empty());
}

TEST_F(AdminServerTest, Explains) {
  start();
  const std::string answer = get("/explain?credential=12-a%40b&op=retrieve&to=x");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nexplained 12-a@b\nand so on\n")) << answer;
}

TEST_F(AdminServerTest, ExplainsNothingElse) {
  start();
  const std::string query = "credential=12-a%40b&op=retrieve&to=x";
  EXPECT_TRUE(get("/explain?" + query + "&listener=other").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(get("/explain?" + query + "&more=1").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(get("/explain").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask(post("/explain?" + query)).starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask("GET /explain?" + query + " HTTP/1.1\r\nHost: h\r\nSec-Fetch-Site: none\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 403 "));
}

struct ForgetRow {
  const char* name;
  std::string request;
  const char* status;
};
class ForgetRefusal : public AdminServerTest, public ::testing::WithParamInterface<ForgetRow> {};
TEST_P(ForgetRefusal, HasItsStatusAndForgetsNothing) {
  start();
  const std::string answer = ask(GetParam().request);
  EXPECT_TRUE(answer.starts_with(std::string("HTTP/1.1 ") + GetParam().status + " ")) << answer;
  EXPECT_TRUE(forgotten_.empty());
}
const ForgetRow kForgetRows[] = {
    {"ByGet", "GET /registry/forget?id=Cae1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "405"},
    {"ByWebPage",
     "POST /registry/forget?id=Cae1 HTTP/1.1\r\nHost: h\r\nSec-Fetch-Site: cross-site\r\nContent-Length: "
     "0\r\nConnection: close\r\n\r\n",
     "403"},
    {"NoQuery", post("/registry/forget"), "400"},
    {"NoId", post("/registry/forget?id="), "400"},
    {"OtherName", post("/registry/forget?ids=Cae1"), "400"},
    {"TwoIds", post("/registry/forget?id=Cae1&id=Cae2"), "400"},
    {"BadEscape", post("/registry/forget?id=Cae%4"), "400"},
    {"NoIdentifier", post("/registry/forget?id=admin%3Aadmin"), "400"},
    {"ControlCharacter", post("/registry/forget?id=Cae%0A"), "400"},
    {"Star", post("/registry/forget?id=C*"), "400"},
    {"TooLong", post("/registry/forget?id=C" + std::string(256, 'a')), "400"},
    {"LongerPath", post("/registry/forget/all?id=Cae1"), "404"},
};
INSTANTIATE_TEST_SUITE_P(AdminServer, ForgetRefusal, ::testing::ValuesIn(kForgetRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(AdminServerTest, ServesRequestAfterRequestOnOneConnection) {
  start();
  const std::string answers =
      ask("GET /live HTTP/1.1\r\nHost: h\r\n\r\nGET /ready HTTP/1.1\r\nHost: h\r\n\r\nGET /live HTTP/1.1\r\nHost: "
          "h\r\nConnection: close\r\n\r\n");
  std::size_t count = 0;
  for (std::size_t at = answers.find("HTTP/1.1 200"); at != answers.npos; at = answers.find("HTTP/1.1 200", at + 1))
    ++count;
  EXPECT_EQ(count, 3u) << answers;
}

TEST_F(AdminServerTest, ServesAUnixSocket) {
  const std::string path = ::testing::TempDir() + "saproxy-admin-" + std::to_string(getpid()) + ".sock";
  auto socket = listen_unix(path, 4);
  ASSERT_TRUE(socket) << socket.error().detail;
  endpoint_.unix_path = path;
  serve(std::move(*socket), true, {});
  EXPECT_TRUE(get("/live").ends_with("live\n"));
  unlink(path.c_str());
}

TEST_F(AdminServerTest, EndsAClientThatNeverFinishesItsRequest) {
  AdminLimits limits;
  limits.timeout = std::chrono::milliseconds(50);
  start(limits);
  EXPECT_EQ(ask("GET /live HTTP/1.1\r\nHost:"), "");  // returns when the server closes
}

TEST_F(AdminServerTest, RefusesOneConnectionTooManyAndServesAgainAfterwards) {
  AdminLimits limits;
  limits.max_connections = 2;
  start(limits);
  {
    const Socket first = support::connect_to(endpoint_), second = support::connect_to(endpoint_);
    // Answers prove that both were accepted.
    EXPECT_FALSE(support::ask_once(first, "GET /live HTTP/1.1\r\nHost: h\r\n\r\n").empty());
    EXPECT_FALSE(support::ask_once(second, "GET /live HTTP/1.1\r\nHost: h\r\n\r\n").empty());
    EXPECT_EQ(support::read_to_end(support::connect_to(endpoint_)), "");
  }
  // The server learns of the ends in its own time: ask until it does.
  std::string answer;
  for (int i = 0; i < 1000 && answer.empty(); ++i) answer = get("/live");
  EXPECT_TRUE(answer.ends_with("live\n"));
}

}  // namespace
}  // namespace saproxy::proxy
