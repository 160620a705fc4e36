// Names asked of a DNS server that behaves.
#include "proxy/client/name_resolver.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/proxy/dns_server.h"

namespace saproxy::proxy::testing {
namespace {

constexpr std::string_view kNotFound = "no such host name";

TEST_F(NameResolverTest, GivesTheAddressesOfBothFamilies) {
  serve({"127.0.0.1", "::1"});
  const std::string told = ask("a.example");
  EXPECT_NE(told.find("127.0.0.1"), told.npos) << told;
  EXPECT_NE(told.find("::1"), told.npos) << told;
  EXPECT_EQ(queries(), 2u);
}

TEST_F(NameResolverTest, FollowsAliases) {
  server_->script = [](const DnsQuery& query) {
    DnsReply reply(query);
    reply.alias("b.example").alias("c.example");
    if (query.type == kTypeA) reply.address("192.0.2.1");
    return DnsServer::Messages{reply.bytes()};
  };
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
}

TEST_F(NameResolverTest, RemembersAnAnswerWhileItsTtlHolds) {
  serve({"192.0.2.1"});
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
  EXPECT_EQ(ask("A.Example"), "192.0.2.1");
  EXPECT_EQ(queries(), 2u);
}

TEST_F(NameResolverTest, AsksAgainWhenTheTtlIsOver) {
  settings_.cache.min_ttl = {};
  serve({"192.0.2.1"}, 0);
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
  serve({"192.0.2.2"}, 0);
  EXPECT_EQ(ask("a.example"), "192.0.2.2");
}

TEST_F(NameResolverTest, ATtlWithItsHighestBitSetIsZero) {
  settings_.cache.min_ttl = {};
  serve({"192.0.2.1"}, 0x80000001);
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
  EXPECT_EQ(queries(), 4u);
}

TEST_F(NameResolverTest, AnAliasEndsTheTtlOfItsAddress) {
  settings_.cache.min_ttl = {};
  server_->script = [](const DnsQuery& query) {
    DnsReply reply(query);
    if (query.type == kTypeA) reply.alias("b.example", 0).address("192.0.2.1", 300);
    return DnsServer::Messages{reply.bytes()};
  };
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
  EXPECT_EQ(queries(), 4u);
}

TEST_F(NameResolverTest, ANameThatDoesNotExistIsNotFoundAndRemembered) {
  server_->script = [](const DnsQuery& query) { return DnsServer::Messages{DnsReply(query).code(3).bytes()}; };
  EXPECT_EQ(ask("a.example"), kNotFound);
  const std::size_t asked = queries();
  EXPECT_EQ(ask("a.example"), kNotFound);
  EXPECT_EQ(queries(), asked);
}

TEST_F(NameResolverTest, ANameWithoutAddressesIsNotFound) {
  serve({});
  EXPECT_EQ(ask("a.example"), kNotFound);
}

TEST_F(NameResolverTest, LiteralsAreNotAsked) {
  EXPECT_EQ(ask("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(ask("2001:DB8::1"), "2001:db8::1");
  EXPECT_EQ(queries(), 0u);
}

TEST_F(NameResolverTest, WhatIsNoHostNameIsNotAsked) {
  serve({"192.0.2.1"});
  using namespace std::string_view_literals;
  for (const auto host : {""sv, "."sv, "a..example"sv, ".example"sv, "a.example.."sv, "a b"sv, "a.example\0"sv, "a/b"sv,
                          "127.1"sv, "0x7f.1"sv, "[::1]"sv, "fe80::1%lo"sv, "m\xc3\xbcll.example"sv})
    EXPECT_EQ(ask(host), kNotFound) << host;
  EXPECT_EQ(ask(std::string(254, 'a')), kNotFound);
  EXPECT_EQ(queries(), 0u);
}

TEST_F(NameResolverTest, TakesADotAtTheEnd) {
  serve({"192.0.2.1"});
  EXPECT_EQ(ask("a.example."), "192.0.2.1");
}

TEST_F(NameResolverTest, LocalhostIsNotAskedOfTheServer) {
  const std::string told = ask("localhost");
  EXPECT_TRUE(told.find("127.0.0.1") != told.npos || told.find("::1") != told.npos) << told;
  EXPECT_EQ(queries(), 0u);
}

TEST_F(NameResolverTest, HonoursTheHostsFile) {
  serve({"192.0.2.77"});
  std::ifstream hosts("/etc/hosts");
  std::string line;
  bool tried = false;
  while (std::getline(hosts, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string address;
    std::string name;
    if (!(words >> address >> name) || !IpAddress::parse(address)) continue;
    tried = true;
    const std::string told = ask(name);
    EXPECT_NE(told.find(IpAddress::parse(address)->text()), told.npos) << name << ": " << told;
  }
  EXPECT_EQ(queries(), 0u);
  if (!tried) GTEST_SKIP() << "/etc/hosts names nobody";
}

TEST_F(NameResolverTest, EqualQuestionsAreAskedOnce) {
  serve({"192.0.2.1"});
  std::vector<std::string> told(10);
  std::vector<Question> questions;
  for (std::string& one : told) questions.push_back(ask_into(one, &one == &told[3] ? "A.EXAMPLE" : "a.example"));
  run();
  EXPECT_EQ(told, std::vector<std::string>(10, "192.0.2.1"));
  EXPECT_EQ(queries(), 2u);
}

TEST_F(NameResolverTest, HundredsOfQuestionsAreAskedInTurns) {
  settings_.max_lookups = 7;
  std::size_t held = 0;
  std::size_t most = 0;
  std::vector<std::string> told(200);
  serve({"192.0.2.1"});
  const auto answer = server_->script;
  server_->script = [&](const DnsQuery& query) {
    std::size_t done = 0;
    for (const std::string& one : told) done += one.empty() ? 0 : 1;
    most = std::max(most, ++held - 2 * done);
    return answer(query);
  };
  std::vector<Question> questions;
  for (std::size_t i = 0; i < told.size(); ++i)
    questions.push_back(ask_into(told[i], "n" + std::to_string(i) + ".example"));
  run();
  EXPECT_EQ(told, std::vector<std::string>(200, "192.0.2.1"));
  EXPECT_EQ(queries(), 400u);
  EXPECT_LE(most, 14u);  // two queries for each
}

TEST_F(NameResolverTest, TooManyNamesAtOnceAreRefused) {
  settings_.max_lookups = 2;
  settings_.max_waiting = 1;
  serve({"192.0.2.1"});
  std::vector<std::string> told(5);
  std::vector<Question> questions;
  for (std::size_t i = 0; i < 4; ++i) questions.push_back(ask_into(told[i], std::string(i + 1, 'a') + ".example"));
  questions.push_back(ask_into(told[4], "a.example"));  // is asked anyway
  run();
  EXPECT_EQ(told[2], "192.0.2.1");
  EXPECT_EQ(told[3], to_text(NameError::Overloaded));
  EXPECT_EQ(told[4], "192.0.2.1");
}

TEST_F(NameResolverTest, ADroppedQuestionIsNotTold) {
  serve({"192.0.2.1"});
  std::string dropped;
  std::string kept;
  Question first = ask_into(dropped, "a.example");
  const Question second = ask_into(kept, "a.example");
  first.reset();
  run();
  EXPECT_EQ(dropped, "");
  EXPECT_EQ(kept, "192.0.2.1");
}

TEST_F(NameResolverTest, WhenAllAreDroppedNothingHoldsTheLoop) {
  settings_.dns.timeout = std::chrono::hours(1);
  std::string dropped;
  Question question;
  server_->script = [&question](const DnsQuery&) {
    question.reset();
    return DnsServer::Messages{};
  };
  question = ask_into(dropped, "a.example");
  run();
  EXPECT_EQ(dropped, "");
  serve({"192.0.2.1"});
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
}

TEST_F(NameResolverTest, HalfAnAnswerToADroppedQuestionIsNotRemembered) {
  std::string dropped;
  Question question;
  server_->script = [&](const DnsQuery& query) {
    if (query.type == kTypeA) return DnsServer::Messages{DnsReply(query).address("192.0.2.1").bytes()};
    return DnsServer::Messages{};
  };
  settings_.dns.timeout = std::chrono::hours(1);
  question = ask_into(dropped, "a.example");
  while (queries() < 2) uv_run(&loop_, UV_RUN_ONCE);
  for (int i = 0; i < 3; ++i) uv_run(&loop_, UV_RUN_NOWAIT);  // c-ares reads the first half
  question.reset();
  run();
  serve({"192.0.2.2"});
  EXPECT_EQ(ask("a.example"), "192.0.2.2");
}

TEST_F(NameResolverTest, AQuestionDroppedInTheLineIsNeverAsked) {
  settings_.max_lookups = 1;
  serve({"192.0.2.1"});
  std::string first;
  std::string second;
  std::string third;
  const Question one = ask_into(first, "a.example");
  Question two = ask_into(second, "b.example");
  const Question three = ask_into(third, "c.example");
  two.reset();
  run();
  EXPECT_EQ(first + second + third, "192.0.2.1192.0.2.1");
  EXPECT_EQ(queries(), 4u);
}

TEST_F(NameResolverTest, WhoIsToldMayDropAnother) {
  serve({"192.0.2.1"});
  std::string told;
  Question other;
  const Question first = resolver().resolve("a.example", [&](const NameAnswer&) { other.reset(); });
  other = ask_into(told, "a.example");
  run();
  EXPECT_FALSE(other);
  EXPECT_EQ(told, "");
}

TEST_F(NameResolverTest, WhoIsToldMayDropItsOwnQuestionAndAskAgain) {
  serve({"192.0.2.1"});
  Question question;
  std::string told;
  question = resolver().resolve("a.example", [&](const NameAnswer&) { question = ask_into(told, "b.example"); });
  run();
  EXPECT_EQ(told, "192.0.2.1");
}

TEST_F(NameResolverTest, WhoIsToldMayDestroyTheResolver) {
  serve({"192.0.2.1"});
  std::string told;
  const Question first = resolver().resolve("a.example", [&](const NameAnswer&) { resolver_.reset(); });
  const Question same = ask_into(told, "a.example");
  const Question literal = ask_into(told, "192.0.2.9");
  const Question other = ask_into(told, "b.example");
  run();
  EXPECT_FALSE(resolver_);
  EXPECT_EQ(told, "192.0.2.9");
}

TEST_F(NameResolverTest, AQuestionMayOutliveItsResolver) {
  std::string told;
  const Question asked = ask_into(told, "a.example");
  while (queries() < 2) uv_run(&loop_, UV_RUN_ONCE);
  const Question waiting = ask_into(told, "b.example");
  const Question ready = ask_into(told, "192.0.2.1");
  resolver_.reset();
  run();
  EXPECT_EQ(told, "");
}

}  // namespace
}  // namespace saproxy::proxy::testing
