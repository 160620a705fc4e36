// A destination against a server on loopback, in the clear: what waits, what comes in time, and what becomes of it when
// either side goes. Who proves what is in tests/peer. Spec: TS-0004 7.3.3.9.1
#include "proxy/egress/destination.h"

#include <gtest/gtest.h>

#include <memory>

#include "proxy/session/wolfssl_library.h"
#include "tests/policy/snapshot_builders.h"
#include "tests/proxy/dns_server.h"
#include "tests/proxy/loop_server.h"

namespace saproxy::proxy {
namespace {

using policy::PointOfAccess;
using testing::DnsQuery;
using testing::DnsReply;
using testing::DnsServer;
using testing::LoopServer;

struct Told {
  std::optional<CallResult> result;
  std::string detail, body;
  int requests_made = 0;
};

policy::Config a_config() {
  policy::Config config;
  config.egress.emplace();
  config.egress->plain = true;
  config.egress->allow = {*policy::AddressRange::parse("127.0.0.1")};
  config.egress->ports = {{1, 65535}};
  config.egress->limits.dead_for = policy::Milliseconds(60'000);
  return config;
}

class DestinationTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(initialise_wolfssl()); }
  DestinationTest() : log_(policy::LogSettings{}, {.write = [](std::string_view) {}, .unix_milliseconds = {}}) {
    uv_loop_init(&loop_);
    dns_ = std::make_unique<DnsServer>(&loop_);
    server_ = std::make_unique<LoopServer>(&loop_);
    room_ = std::make_unique<LinkRoom>(&loop_);
    NameResolver::Settings names;
    names.dns.servers = dns_->address();
    names.cache.min_ttl = std::chrono::milliseconds(0);
    names_ = std::make_unique<NameResolver>(&loop_, names);
    services_ = std::make_unique<EgressServices>(EgressServices{{}, *room_, *names_, counters_, log_});
    configure(a_config());
    static_cast<void>(guard_.open(this, [this](uv_timer_t* timer) { return uv_timer_init(&loop_, timer); }));
  }
  ~DestinationTest() override {
    all_.clear();
    names_.reset();
    server_.reset();
    dns_.reset();
    guard_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle is left";
    EXPECT_EQ(counters_.waiting.value(), 0u);
    EXPECT_EQ(counters_.sessions.value(), 0u);
    EXPECT_EQ(services_->places, 0u);
  }

  void configure(policy::Config config) {
    services_->snapshot = policy::Snapshot::make(std::move(config), 1);
    services_->to_registrees = *dialling_to_registrees(*services_->snapshot);
    services_->rules = std::make_shared<const policy::EgressRules>(*services_->snapshot->config().egress,
                                                                   std::vector<policy::OwnAddress>{});
  }
  [[nodiscard]] std::string here() const { return "http://127.0.0.1:" + std::to_string(server_->port); }
  [[nodiscard]] std::string there(const std::string& host) const {
    return "http://" + host + ":" + std::to_string(server_->port);
  }
  Destination& destination(const std::vector<std::string>& points) {
    FarEndAddress address{"Cae", "Cae", *identity::CredentialId::parse("12-ae@sp.example.com"), {}, true};
    for (const std::string& point : points) address.points.push_back(*PointOfAccess::parse(point));
    all_.push_back(std::make_unique<Destination>(*services_, address, services_->to_registrees));
    return *all_.back();
  }
  Destination& destination() { return destination({here()}); }

  struct Asked {
    std::shared_ptr<Told> told;
    std::optional<Destination::Ticket> ticket;
  };
  Asked ask(Destination& whom, LoopTime within = 10'000, std::function<void()> then = {}, const char* method = "GET") {
    auto told = std::make_shared<Told>();
    uv_update_time(&loop_);
    EgressCall call;
    call.deadline = uv_now(&loop_) + within;
    call.budget = budget_;
    call.request_for = [told, method](const PointOfAccess& point) {
      ++told->requests_made;
      return std::string(method) + " / HTTP/1.1\r\nHost: " + point.authority() + "\r\n\r\n";
    };
    call.done = [told, then](const CallOutcome& outcome) {
      EXPECT_FALSE(told->result) << "told twice";
      told->result = outcome.result;
      told->detail = outcome.detail;
      told->body = outcome.body;
      if (then) then();
    };
    const auto ticket = whom.submit(std::move(call));
    EXPECT_FALSE(told->result) << "told from inside submit()";
    return {told, ticket};
  }
  // Looks now and then, as the egress does.
  void run_until(const std::function<bool()>& condition) {
    bool late = false;
    uv_timer_start(
        guard_.get(), [](uv_timer_t*) {}, 10, 10);
    const auto end = uv_hrtime() + 20'000'000'000ULL;
    while (!condition() && !late) {
      uv_run(&loop_, UV_RUN_ONCE);
      for (const auto& one : all_) one->look(uv_now(&loop_));
      late = uv_hrtime() > end;
    }
    uv_timer_stop(guard_.get());
    EXPECT_FALSE(late) << "it never came";
  }
  void run_until_told(const Asked& asked) {
    run_until([&] { return asked.told->result.has_value(); });
  }
  void turn() { uv_run(&loop_, UV_RUN_NOWAIT); }

  LoopTime budget_ = 9'000;  // of each call
  uv_loop_t loop_{};
  EgressCounters counters_;
  Log log_;
  std::unique_ptr<DnsServer> dns_;
  std::unique_ptr<LoopServer> server_;
  std::unique_ptr<LinkRoom> room_;
  std::unique_ptr<NameResolver> names_;
  std::unique_ptr<EgressServices> services_;
  std::vector<std::unique_ptr<Destination>> all_;
  UvHandle<uv_timer_t> guard_;
};

TEST_F(DestinationTest, AnswersInOrderOverOneConnection) {
  Destination& one = destination();
  int next = 0;
  server_->script = [&next](const std::string&) {
    return LoopServer::Answer{LoopServer::answer(std::to_string(++next))};
  };
  std::vector<Asked> asked;
  for (int i = 0; i < 5; ++i) asked.push_back(ask(one));
  run_until_told(asked.back());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(asked[static_cast<std::size_t>(i)].told->body, std::to_string(i + 1));
  EXPECT_EQ(server_->connections, 1u);
  EXPECT_TRUE(one.in_session());
}

TEST_F(DestinationTest, NoMoreWaitThanMay) {
  policy::Config config = a_config();
  config.egress->limits.max_waiting = 2;
  configure(config);
  Destination& one = destination();
  std::vector<Asked> asked;
  for (int i = 0; i < 3; ++i) asked.push_back(ask(one));
  EXPECT_TRUE(asked[1].ticket);
  EXPECT_FALSE(asked[2].ticket);
  EXPECT_EQ(counters_.waiting.value(), 2u);
  run_until_told(asked[1]);
  EXPECT_FALSE(asked[2].told->result);
}

TEST_F(DestinationTest, ASilentServerCostsTheDeadlineOfEach) {
  server_->script = [](const std::string&) { return std::nullopt; };
  Destination& one = destination();
  const Asked first = ask(one, 500), second = ask(one, 500), third = ask(one, 10'000);
  run_until_told(second);
  EXPECT_EQ(first.told->result, CallResult::Timeout);
  // Its time is over a little later, perhaps just after it has begun.
  EXPECT_TRUE(second.told->result == CallResult::TooLate || second.told->result == CallResult::Timeout);
  server_->script = [](const std::string&) { return LoopServer::Answer{LoopServer::answer("at last")}; };
  run_until_told(third);
  EXPECT_EQ(third.told->body, "at last");
}

// Whoever hangs costs the CSE the time of one call, and not that of each.
TEST_F(DestinationTest, WhoHangsIsLeftAloneForAWhile) {
  budget_ = 300;
  server_->script = [](const std::string&) { return std::nullopt; };
  Destination& one = destination();
  const Asked first = ask(one, 300);
  run_until_told(first);
  EXPECT_EQ(first.told->result, CallResult::Timeout);
  const Asked second = ask(one, 300);
  run_until_told(second);
  EXPECT_EQ(second.told->result, CallResult::NotReached);
  EXPECT_EQ(second.told->requests_made, 0);
}

TEST_F(DestinationTest, PointsAreTriedInOrder) {
  Destination& one = destination({"http://127.0.0.1:1", there("127.0.0.2"), here()});
  const Asked asked = ask(one);
  run_until_told(asked);
  EXPECT_EQ(asked.told->result, CallResult::Answered);
  EXPECT_EQ(asked.told->requests_made, 2) << "none for the address that is denied";
  EXPECT_EQ(counters_.points_failed.value(), 2u);
}

TEST_F(DestinationTest, WhatFailedIsLeftAlone) {
  Destination& one = destination({"http://127.0.0.1:1"});
  const Asked first = ask(one);
  run_until_told(first);
  EXPECT_EQ(first.told->result, CallResult::NotReached);
  const Asked second = ask(one);
  run_until_told(second);
  EXPECT_EQ(second.told->result, CallResult::NotReached);
  EXPECT_EQ(second.told->requests_made, 0);
  EXPECT_EQ(counters_.points_skipped.value(), 1u);
}

TEST_F(DestinationTest, AfterTheRequestIsSentNobodyElseGetsIt) {
  server_->script = [](const std::string&) { return LoopServer::Answer{"", true}; };
  Destination& one = destination({here(), here()});
  const Asked asked = ask(one);
  run_until_told(asked);
  EXPECT_EQ(asked.told->result, CallResult::NoAnswer);
  EXPECT_EQ(server_->requests.size(), 1u);
}

TEST_F(DestinationTest, AnEndedConnectionIsMadeAnew) {
  Destination& one = destination();
  run_until_told(ask(one));
  server_->end_connections();
  const Asked second = ask(one);
  run_until_told(second);
  EXPECT_EQ(second.told->result, CallResult::Answered);
  EXPECT_EQ(server_->connections, 2u);
}

TEST_F(DestinationTest, WhatTheServerMayHaveDoneIsNotSentAgain) {
  for (const auto& [method, sent] : {std::pair{"GET", 3u}, std::pair{"POST", 2u}}) {
    server_->requests.clear();
    server_->script = [](const std::string&) { return LoopServer::Answer{LoopServer::answer("ok")}; };
    Destination& one = destination();
    run_until_told(ask(one));
    server_->script = [](const std::string&) { return LoopServer::Answer{"", true}; };
    const Asked second = ask(one, 10'000, {}, method);
    run_until_told(second);
    EXPECT_EQ(second.told->result, CallResult::NoAnswer);
    EXPECT_EQ(server_->requests.size(), sent) << method;
  }
}

// -- another configuration

TEST_F(DestinationTest, ASessionEndsWhereItsAddressIsDeniedNow) {
  Destination& one = destination();
  run_until_told(ask(one));
  policy::Config config = a_config();
  config.egress->allow.clear();
  configure(config);
  one.judge_again(services_->to_registrees);
  EXPECT_FALSE(one.in_session());
  const Asked second = ask(one);
  run_until_told(second);
  EXPECT_EQ(second.told->result, CallResult::NotReached);
  EXPECT_EQ(server_->requests.size(), 1u);
}

TEST_F(DestinationTest, ASessionInTheClearEndsWhereThatIsNotServedNow) {
  Destination& one = destination();
  server_->script = [](const std::string&) { return std::nullopt; };
  const Asked asked = ask(one);
  run_until([&] { return server_->requests.size() == 1; });
  policy::Config config = a_config();
  config.egress->plain = false;
  configure(config);
  one.judge_again(services_->to_registrees);
  EXPECT_FALSE(one.in_session());
  EXPECT_EQ(asked.told->result, CallResult::NotReached) << "the far end may have acted on it";
}

TEST_F(DestinationTest, ASessionStaysWhereItWouldBeMadeToday) {
  Destination& one = destination();
  run_until_told(ask(one));
  configure(a_config());
  one.judge_again(services_->to_registrees);
  EXPECT_TRUE(one.in_session());
  run_until_told(ask(one));
  EXPECT_EQ(server_->connections, 1u);
}

// A handshake that the server leaves unfinished.
class Handshaking : public DestinationTest {
 protected:
  Handshaking() {
    configure(with_key());
    server_->script = [](const std::string&) { return std::nullopt; };
    one_ = &destination({"https://127.0.0.1:" + std::to_string(server_->port)});
    asked_ = ask(*one_);
    run_until([&] { return server_->connections == 1; });
    EXPECT_FALSE(one_->in_session());
  }
  static policy::Config with_key() {
    policy::Config config = a_config();
    policy::testing::add_psk(config, "ae@sp.example.com", "0123456789abcdef");
    return config;
  }
  Destination* one_ = nullptr;
  Asked asked_;
};

// It holds the anchors and lists that it began with, and nobody would look at it again.
TEST_F(Handshaking, BeginsAnewByAnotherConfiguration) {
  configure(with_key());
  one_->judge_again(services_->to_registrees);
  run_until([&] { return server_->connections == 2; });
  EXPECT_FALSE(asked_.told->result);
  policy::Config config = with_key();
  config.egress->allow.clear();
  configure(config);
  one_->judge_again(services_->to_registrees);
  run_until_told(asked_);
  EXPECT_EQ(asked_.told->result, CallResult::NotReached);
  EXPECT_EQ(asked_.told->requests_made, 2);
  EXPECT_EQ(server_->connections, 2u);
}

// A call that has waited behind others has little time left, and that says nothing of the point of access.
TEST_F(Handshaking, IsNotBlamedForACallThatCameLate) {
  one_->withdraw(*asked_.ticket);
  one_->end_session("idle");
  Destination& late = destination({"https://127.0.0.1:" + std::to_string(server_->port)});
  const Asked hurried = ask(late, 200);
  run_until_told(hurried);
  EXPECT_EQ(hurried.told->result, CallResult::TooLate);
  EXPECT_EQ(counters_.points_failed.value(), 0u);
  const Asked next = ask(late, 10'000);
  run_until([&] { return server_->connections == 3; });
  EXPECT_FALSE(next.told->result);
}

TEST_F(Handshaking, EndsByAnotherConfigurationWhereNobodyWantsIt) {
  one_->withdraw(*asked_.ticket);
  configure(with_key());
  one_->judge_again(services_->to_registrees);
  EXPECT_TRUE(one_->idle());
  run_until([&] { return server_->ended == 1; });
}

// -- another registration

TEST_F(DestinationTest, ThoseWhoWaitFollowItToItsNewPlace) {
  Destination& one = destination({there("ae.example.com")});  // of which nobody says where it is
  const Asked first = ask(one), second = ask(one);
  run_until([&] { return !dns_->queries.empty(); });
  FarEndAddress moved = one.address();
  moved.points = {*PointOfAccess::parse("http://127.0.0.1:1"), *PointOfAccess::parse(here())};
  one.move_to(moved);
  run_until_told(second);
  EXPECT_EQ(first.told->result, CallResult::Answered);
  EXPECT_EQ(second.told->result, CallResult::Answered);
  EXPECT_EQ(server_->requests.size(), 2u);
}

TEST_F(DestinationTest, WhatItMayHaveDoneBeforeItMovedIsNotSentAgain) {
  server_->script = [](const std::string&) { return std::nullopt; };
  Destination& one = destination();
  const Asked first = ask(one), second = ask(one);
  run_until([&] { return server_->requests.size() == 1; });
  server_->script = [](const std::string&) { return LoopServer::Answer{LoopServer::answer("here")}; };
  one.move_to(one.address());
  EXPECT_EQ(first.told->result, CallResult::NoAnswer);
  run_until_told(second);
  EXPECT_EQ(second.told->body, "here");
  EXPECT_EQ(server_->connections, 2u);
}

TEST_F(DestinationTest, WithdrawnAndMoved) {
  server_->script = [](const std::string&) { return std::nullopt; };
  Destination& one = destination();
  const Asked first = ask(one);
  run_until([&] { return server_->requests.size() == 1; });
  one.withdraw(*first.ticket);
  one.move_to(one.address());
  EXPECT_TRUE(one.idle());
  EXPECT_FALSE(first.told->result);
}

// -- names

DnsServer::Messages address_of(const DnsQuery& query, const char* address) {
  DnsReply reply(query);
  if (query.type == testing::kTypeA) reply.address(address, 0);
  return {reply.bytes()};
}

TEST_F(DestinationTest, ANameMayLeadElsewhereTheSecondTime) {
  const char* leads_to = "127.0.0.1";
  dns_->script = [&](const DnsQuery& query) { return address_of(query, leads_to); };
  Destination& one = destination({there("ae.example.com")});
  run_until_told(ask(one));
  EXPECT_EQ(server_->requests.size(), 1u);
  server_->end_connections();
  run_until([&] { return !one.in_session(); });
  leads_to = "169.254.169.254";
  const Asked second = ask(one);
  run_until_told(second);
  EXPECT_EQ(second.told->result, CallResult::NotReached);
  EXPECT_EQ(second.told->requests_made, 0);
  EXPECT_EQ(counters_.denied[static_cast<std::size_t>(policy::EgressDenial::Metadata)].value(), 1u);
  EXPECT_EQ(server_->connections, 1u);
}

TEST_F(DestinationTest, ANameThatNobodyResolvesCostsTheDeadline) {
  Destination& one = destination({there("ae.example.com")});
  const Asked asked = ask(one, 50);
  run_until_told(asked);
  EXPECT_EQ(asked.told->result, CallResult::NotReached);
}

// -- who goes

TEST_F(DestinationTest, WhatIsWithdrawnFromTheQueueIsNeverSent) {
  Destination& one = destination();
  const Asked first = ask(one), second = ask(one), third = ask(one);
  one.withdraw(*second.ticket);
  EXPECT_EQ(counters_.waiting.value(), 2u);
  run_until_told(third);
  EXPECT_FALSE(second.told->result);
  EXPECT_EQ(server_->requests.size(), 2u);
}

// Whoever could make the request is gone by then.
TEST_F(DestinationTest, WhatIsWithdrawnWhileANameIsLookedUpIsNeverMade) {
  std::vector<DnsQuery> held;
  dns_->script = [&](const DnsQuery& query) {
    held.push_back(query);
    return DnsServer::Messages{};
  };
  Destination& one = destination({there("ae.example.com")});
  const Asked first = ask(one), second = ask(one);
  run_until([&] { return held.size() >= 2; });
  one.withdraw(*first.ticket);
  dns_->script = [&](const DnsQuery& query) { return address_of(query, "127.0.0.1"); };
  run_until_told(second);
  EXPECT_EQ(first.told->requests_made, 0);
  EXPECT_FALSE(first.told->result);
  EXPECT_EQ(second.told->result, CallResult::Answered);
}

TEST_F(DestinationTest, TheAnswerToWhatIsWithdrawnIsNobodys) {
  server_->script = [](const std::string&) { return std::nullopt; };
  Destination& one = destination();
  const Asked first = ask(one);
  run_until([&] { return server_->requests.size() == 1; });
  one.withdraw(*first.ticket);
  const Asked second = ask(one);
  server_->send(LoopServer::answer("first"));
  run_until([&] { return server_->requests.size() == 2; });
  server_->send(LoopServer::answer("second"));
  run_until_told(second);
  EXPECT_EQ(second.told->body, "second");
  EXPECT_FALSE(first.told->result);
  EXPECT_EQ(server_->connections, 1u);
}

TEST_F(DestinationTest, ClosingAnswersAll) {
  server_->script = [](const std::string&) { return std::nullopt; };
  Destination& one = destination();
  const Asked first = ask(one), second = ask(one), gone = ask(one);
  run_until([&] { return server_->requests.size() == 1; });
  one.withdraw(*gone.ticket);
  one.close(CallResult::NoRoute, "unregistered", "gone");
  EXPECT_EQ(first.told->result, CallResult::NoRoute);
  EXPECT_EQ(second.told->result, CallResult::NoRoute);
  EXPECT_FALSE(gone.told->result);
  EXPECT_FALSE(one.in_session());
  run_until([&] { return server_->ended == 1; });
}

TEST_F(DestinationTest, ClosingAfterTheCurrentOneWasWithdrawn) {
  server_->script = [](const std::string&) { return std::nullopt; };
  Destination& one = destination();
  const Asked first = ask(one);
  run_until([&] { return server_->requests.size() == 1; });
  one.withdraw(*first.ticket);
  one.close(CallResult::NoRoute, "unregistered", "gone");
  EXPECT_FALSE(first.told->result);
}

struct StateRow {
  const char* name;
  const char* host;
  std::function<bool(Destination&, LoopServer&, DnsServer&)> reached;
};

class EveryState : public DestinationTest, public ::testing::WithParamInterface<StateRow> {};

TEST_P(EveryState, DestructionTellsNobody) {
  server_->script = [](const std::string&) { return std::nullopt; };
  Destination& one = destination({there(GetParam().host)});
  const Asked first = ask(one), second = ask(one);
  run_until([&] { return GetParam().reached(one, *server_, *dns_); });
  all_.clear();
  for (int i = 0; i < 20; ++i) turn();
  EXPECT_FALSE(first.told->result);
  EXPECT_FALSE(second.told->result);
}

TEST_P(EveryState, ClosingTellsAll) {
  server_->script = [](const std::string&) { return std::nullopt; };
  Destination& one = destination({there(GetParam().host)});
  const Asked first = ask(one), second = ask(one);
  run_until([&] { return GetParam().reached(one, *server_, *dns_); });
  one.close(CallResult::NoRoute, "unregistered", "gone");
  EXPECT_EQ(first.told->result, CallResult::NoRoute);
  EXPECT_EQ(second.told->result, CallResult::NoRoute);
}

TEST_P(EveryState, WithdrawingAllLeavesItUsable) {
  server_->script = [](const std::string&) { return std::nullopt; };
  dns_->script = [](const DnsQuery&) { return DnsServer::Messages{}; };
  Destination& one = destination({there(GetParam().host)});
  const Asked first = ask(one, 200), second = ask(one, 200);
  run_until([&] { return GetParam().reached(one, *server_, *dns_); });
  one.withdraw(*first.ticket);
  one.withdraw(*second.ticket);
  run_until([&] { return one.idle(); });
  EXPECT_FALSE(first.told->result);
  EXPECT_FALSE(second.told->result);
}

INSTANTIATE_TEST_SUITE_P(
    Destination, EveryState,
    ::testing::Values(StateRow{"Queued", "127.0.0.1", [](auto&, auto&, auto&) { return true; }},
                      StateRow{"LookingUp", "ae.example.com",
                               [](auto&, auto&, auto& dns) { return !dns.queries.empty(); }},
                      StateRow{"Connecting", "127.0.0.1", [](auto& one, auto&, auto&) { return one.busy(); }},
                      StateRow{"WaitingForTheAnswer", "127.0.0.1",
                               [](auto&, auto& server, auto&) { return server.requests.size() == 1; }}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(DestinationTest, MayBeDestroyedByWhoeverHearsTheAnswer) {
  for (const bool good : {true, false}) {
    server_->script = [good](const std::string&) {
      return LoopServer::Answer{good ? LoopServer::answer("x") : "garbage\r\n\r\n", true};
    };
    Destination& one = destination();
    // As the egress does it: it dies after the turn.
    std::unique_ptr<Destination> dying;
    const Asked first = ask(one, 10'000, [&] {
      dying = std::move(all_.back());
      all_.pop_back();
      dying->close(CallResult::NoRoute, "unregistered", "gone");
    });
    const Asked second = ask(one);
    run_until_told(second);
    EXPECT_EQ(first.told->result, good ? CallResult::Answered : CallResult::BadAnswer);
    EXPECT_EQ(second.told->result, CallResult::NoRoute);
  }
}

}  // namespace
}  // namespace saproxy::proxy
