// A destination when either side goes: who asked, the registree, or all of it, in every state.
// Spec: TS-0004 7.3.3.9.1 (5103)
#include "tests/proxy/destination_fixture.h"

namespace saproxy::proxy::testing {
namespace {

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
}  // namespace saproxy::proxy::testing
