// Names asked of a DNS server that lies, breaks, or does not answer.
#include <gtest/gtest.h>

#include <algorithm>

#include "proxy/client/name_resolver.h"
#include "tests/proxy/dns_server.h"

namespace saproxy::proxy::testing {
namespace {

class HostileDns : public NameResolverTest {
 protected:
  // For answers that are waited for in vain.
  void be_short() { settings_.dns.timeout = std::chrono::milliseconds(50); }
  // Which of these depends on the version of c-ares, and on which of its system calls meets an error. Not NotFound:
  // that would be the word of the server.
  static ::testing::AssertionResult is_failure(const std::string& told) {
    for (const NameError error : {NameError::Timeout, NameError::Refused, NameError::Malformed})
      if (told == to_text(error)) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << told;
  }
  // Each query gets what `spoil` makes of the right answer.
  void spoil(std::function<std::string(const DnsQuery&, std::string)> spoil) {
    server_->script = [spoil = std::move(spoil)](const DnsQuery& query) {
      DnsReply reply(query);
      if (query.type == kTypeA) reply.address("192.0.2.1");
      if (query.type == kTypeAaaa) reply.address("2001:db8::1");
      return DnsServer::Messages{spoil(query, reply.bytes())};
    };
  }
};

TEST_F(HostileDns, ASilentServerIsATimeoutThatIsNotRemembered) {
  be_short();
  EXPECT_EQ(ask("a.example"), to_text(NameError::Timeout));
  EXPECT_EQ(ask("a.example"), to_text(NameError::Timeout));
  EXPECT_EQ(queries(), 4u);
}

TEST_F(HostileDns, ALaterTryCanBeAnswered) {
  be_short();
  settings_.dns.tries = 6;
  serve({"192.0.2.1"});
  const auto answer = server_->script;
  server_->script = [&](const DnsQuery& query) { return queries() <= 2 ? DnsServer::Messages{} : answer(query); };
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
  EXPECT_GE(queries(), 4u);
}

TEST_F(HostileDns, AServerThatCannotAnswerRefuses) {
  for (const std::uint8_t code :
       std::initializer_list<std::uint8_t>{1, 2, 4, 5}) {  // FORMERR, SERVFAIL, NOTIMP, REFUSED
    server_->script = [code](const DnsQuery& query) { return DnsServer::Messages{DnsReply(query).code(code).bytes()}; };
    EXPECT_EQ(ask("code" + std::to_string(code) + ".example"), to_text(NameError::Refused)) << int{code};
  }
}

TEST_F(HostileDns, NobodyAtThePortIsAnError) {
  be_short();
  server_.reset();
  EXPECT_TRUE(is_failure(ask("a.example")));
}

TEST_F(HostileDns, AServerThatIsNoneIsRefused) {
  settings_.dns.servers = "nonsense";
  EXPECT_EQ(ask("a.example"), to_text(NameError::Refused));
}

TEST_F(HostileDns, NoiseIsNoAnswer) {
  be_short();
  const std::string_view noise[] = {std::string_view("\0", 1), "short",
                                    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};
  for (std::size_t i = 0; i < std::size(noise); ++i) {
    spoil([&](const DnsQuery&, const std::string&) { return std::string(noise[i]); });
    EXPECT_TRUE(is_failure(ask("n" + std::to_string(i) + ".example"))) << i;
  }
}

TEST_F(HostileDns, ADatagramWithoutBytesHarmsNobody) {
  be_short();
  spoil([](const DnsQuery&, const std::string&) { return std::string(); });
  EXPECT_TRUE(is_failure(ask("a.example")));
}

TEST_F(HostileDns, AnAnswerWithAnotherIdIsNone) {
  server_->script = [](const DnsQuery& query) {
    if (query.type != kTypeA) return DnsServer::Messages{DnsReply(query).bytes()};
    return DnsServer::Messages{DnsReply(query).address("192.0.2.66").other_id().bytes(),
                               DnsReply(query).address("192.0.2.1").bytes()};
  };
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
}

TEST_F(HostileDns, AnAnswerToAnotherQuestionIsNone) {
  be_short();
  spoil([](const DnsQuery&, std::string bytes) {
    bytes[13] = 'z';  // the first letter of the name
    return bytes;
  });
  EXPECT_EQ(ask("a.example"), to_text(NameError::Timeout));
}

TEST_F(HostileDns, AnAnswerCutAnywhereGivesNoAddress) {
  settings_.dns.timeout = std::chrono::milliseconds(10);
  std::size_t missing = 1;
  bool empty = false;
  spoil([&](const DnsQuery&, std::string bytes) {
    bytes.resize(bytes.size() - std::min(missing, bytes.size()));
    empty = bytes.empty();
    return bytes;
  });
  for (; !empty; ++missing) EXPECT_TRUE(is_failure(ask("a" + std::to_string(missing) + ".example"))) << missing;
}

// An answer to the question, whose only record is broken.
TEST_F(HostileDns, ARecordThatIsCutIsMalformed) {
  spoil([](const DnsQuery&, const std::string& bytes) { return bytes.substr(0, bytes.size() - 1); });
  EXPECT_EQ(ask("a.example"), to_text(NameError::Malformed));
}

TEST_F(HostileDns, ANamePointingAtItselfIsMalformed) {
  spoil([](const DnsQuery& query, std::string bytes) {
    bytes.replace(query.question_end, 2, {static_cast<char>(0xc0), static_cast<char>(query.question_end)});
    return bytes;
  });
  EXPECT_EQ(ask("a.example"), to_text(NameError::Malformed));
}

TEST_F(HostileDns, ATruncatedAnswerIsAskedForOverTcp) {
  server_->script = [](const DnsQuery& query) {
    DnsReply reply(query);
    if (!query.tcp) return DnsServer::Messages{reply.truncated().bytes()};
    if (query.type == kTypeA) reply.address("192.0.2.1");
    return DnsServer::Messages{reply.bytes()};
  };
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
}

TEST_F(HostileDns, ThousandsOfAddressesAreCutToEightOfEachFamily) {
  server_->script = [](const DnsQuery& query) {
    DnsReply reply(query);
    if (!query.tcp) return DnsServer::Messages{reply.truncated().bytes()};
    for (int i = 0; i < 2000; ++i) reply.address(query.type == kTypeA ? "127.0.0.1" : "::1");
    return DnsServer::Messages{reply.bytes()};
  };
  const std::string told = ask("a.example");
  EXPECT_EQ(std::count(told.begin(), told.end(), '.'), 8 * 3);
  EXPECT_EQ(std::count(told.begin(), told.end(), ':'), 8 * 2);
}

TEST_F(HostileDns, AddressesOfOneFamilyAreCutToSixteen) {
  serve(std::vector<const char*>(20, "127.0.0.1"));
  const std::string told = ask("a.example");
  EXPECT_EQ(std::count(told.begin(), told.end(), '.'), 16 * 3);
}

TEST_F(HostileDns, ThousandsOfAliasesHarmNobody) {
  server_->script = [](const DnsQuery& query) {
    DnsReply reply(query);
    if (!query.tcp) return DnsServer::Messages{reply.truncated().bytes()};
    for (int i = 0; i < 2500; ++i) reply.alias(i % 2 == 0 ? "b.x" : "c.x");
    if (query.type == kTypeA) reply.address("192.0.2.1");
    return DnsServer::Messages{reply.bytes()};
  };
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
}

TEST_F(HostileDns, AConnectionWithoutAnAnswerIsATimeout) {
  be_short();
  server_->script = [](const DnsQuery& query) {
    if (!query.tcp) return DnsServer::Messages{DnsReply(query).truncated().bytes()};
    return DnsServer::Messages{};
  };
  EXPECT_EQ(ask("a.example"), to_text(NameError::Timeout));
}

// The next connection gets the descriptor of the last one.
TEST_F(HostileDns, AConnectionThatEndsIsTriedAgain) {
  settings_.dns.tries = 4;
  std::size_t ended = 0;
  server_->script = [&](const DnsQuery& query) {
    DnsReply reply(query);
    if (!query.tcp) return DnsServer::Messages{reply.truncated().bytes()};
    if (++ended <= 2) return DnsServer::Messages{""};
    if (query.type == kTypeA) reply.address("192.0.2.1");
    return DnsServer::Messages{reply.bytes()};
  };
  EXPECT_EQ(ask("a.example"), "192.0.2.1");
  EXPECT_GT(ended, 2u);
}

}  // namespace
}  // namespace saproxy::proxy::testing
