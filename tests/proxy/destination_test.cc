// A destination against a server on loopback, in the clear: what waits, what comes in time, which points of access are
// tried, and where a name leads. Who proves what is in tests/peer. Spec: TS-0004 7.3.3.9.1
#include "tests/proxy/destination_fixture.h"

namespace saproxy::proxy::testing {
namespace {

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

// -- names

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

}  // namespace
}  // namespace saproxy::proxy::testing
