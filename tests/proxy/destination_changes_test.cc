// A destination whose configuration or registration becomes another one. Spec: TS-0003 8.2.1 (SA2); design invariant 7
#include "tests/proxy/destination_fixture.h"

namespace saproxy::proxy::testing {
namespace {

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

}  // namespace
}  // namespace saproxy::proxy::testing
