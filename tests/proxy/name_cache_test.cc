// How long an answer about a host name holds. The time is that of the test.
#include "proxy/client/name_cache.h"

#include <gtest/gtest.h>

namespace saproxy::proxy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

NameAnswer an_address(const char* text = "192.0.2.1") { return std::vector{*IpAddress::parse(text)}; }
NameAnswer an_error(NameError error) { return tl::unexpected(error); }

struct Row {
  const char* name;
  NameAnswer answer;
  seconds ttl;
  LoopTime kept;  // milliseconds; 0: not at all
};

class NameCacheLifetime : public ::testing::TestWithParam<Row> {};

TEST_P(NameCacheLifetime, IsKeptForSoLong) {
  NameCache cache({.min_ttl = milliseconds(1000), .max_ttl = seconds(3600), .negative_ttl = milliseconds(5000)});
  const auto& [name, answer, ttl, kept] = GetParam();
  cache.put("a.example", answer, ttl, 700);
  if (kept > 0) {
    const NameAnswer* found = cache.find("a.example", 700 + kept - 1);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(*found, answer);
  }
  EXPECT_EQ(cache.find("a.example", 700 + kept), nullptr);
  EXPECT_EQ(cache.size(), 0u);
}

const Row kRows[] = {{"AddressesForTheirTtl", an_address(), seconds(30), 30000},
                     {"AddressesAtLeastTheShortestTime", an_address(), seconds(0), 1000},
                     {"AddressesAtMostTheLongestTime", an_address(), seconds(2147483647), 3600000},
                     {"NotFound", an_error(NameError::NotFound), seconds(0), 5000},
                     {"Refused", an_error(NameError::Refused), seconds(0), 5000},
                     {"Malformed", an_error(NameError::Malformed), seconds(0), 5000},
                     {"TimeoutNotAtAll", an_error(NameError::Timeout), seconds(30), 0},
                     {"OverloadedNotAtAll", an_error(NameError::Overloaded), seconds(30), 0}};
INSTANTIATE_TEST_SUITE_P(Rows, NameCacheLifetime, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(NameCache, ANewAnswerReplacesTheOldOne) {
  NameCache cache({});
  cache.put("a.example", an_address(), seconds(30), 0);
  cache.put("a.example", an_address("192.0.2.2"), seconds(60), 0);
  EXPECT_EQ(*cache.find("a.example", 59999), an_address("192.0.2.2"));
  EXPECT_EQ(cache.size(), 1u);
}

TEST(NameCache, AnAnswerThatIsNotKeptEndsTheOldOne) {
  NameCache cache({});
  cache.put("a.example", an_address(), seconds(30), 0);
  cache.put("a.example", an_error(NameError::Timeout), seconds(0), 0);
  EXPECT_EQ(cache.find("a.example", 0), nullptr);
}

TEST(NameCache, TheNameNotUsedForLongestMakesRoom) {
  NameCache cache({.max_entries = 2});
  cache.put("a.example", an_address(), seconds(30), 0);
  cache.put("b.example", an_address(), seconds(30), 0);
  EXPECT_NE(cache.find("a.example", 1), nullptr);
  cache.put("c.example", an_address(), seconds(30), 2);
  EXPECT_NE(cache.find("a.example", 3), nullptr);
  EXPECT_EQ(cache.find("b.example", 3), nullptr);
  EXPECT_NE(cache.find("c.example", 3), nullptr);
  EXPECT_EQ(cache.size(), 2u);
}

TEST(NameCache, WithoutRoomNothingIsKept) {
  NameCache cache({.max_entries = 0});
  cache.put("a.example", an_address(), seconds(30), 0);
  EXPECT_EQ(cache.find("a.example", 0), nullptr);
}

TEST(IpAddress, TakesLiteralsAndNothingElse) {
  for (const char* text : {"192.0.2.1", "::1", "2001:db8::1"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
    const sockaddr_storage there = socket_address(*address, 8443);
    EXPECT_EQ(ip_address_of(reinterpret_cast<const sockaddr&>(there)), address);
  }
  using namespace std::string_view_literals;
  for (const auto text :
       {""sv, "127.1"sv, "0x7f.0.0.1"sv, "0177.0.0.1"sv, "[::1]"sv, "fe80::1%lo"sv, "::1\0x"sv, "localhost"sv})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

}  // namespace
}  // namespace saproxy::proxy
