#include "policy/config_endpoint.h"

#include <gtest/gtest.h>

namespace saproxy::policy {
namespace {

class ListenAddress : public ::testing::TestWithParam<const char*> {};
TEST_P(ListenAddress, IsReadAndWrittenTheSame) {
  const auto endpoint = parse_listen_address(GetParam());
  ASSERT_TRUE(endpoint) << endpoint.error().detail;
  EXPECT_EQ(endpoint->text(), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Texts, ListenAddress,
                         ::testing::Values("0.0.0.0:8443", "127.0.0.1:0", "[::]:8443", "[::1]:443",
                                           "[2001:db8::1]:65535", "[1:2:3:4:5:6:7:8]:1", "localhost:8443"));

class BadListenAddress : public ::testing::TestWithParam<const char*> {};
TEST_P(BadListenAddress, IsRefused) { EXPECT_FALSE(parse_listen_address(GetParam())); }
INSTANTIATE_TEST_SUITE_P(Texts, BadListenAddress,
                         ::testing::Values("", ":", ":8443", "8443", "0.0.0.0", "0.0.0.0:", "0.0.0.0:65536",
                                           "0.0.0.0:-1", "0.0.0.0:+1", "1.2.3:1", "1.2.3.4.5:1", "1.2.3.256:1",
                                           "010.0.0.1:1", "::1:443", "[::1]", "[::1]:", "[127.0.0.1]:1", "[1::2::3]:1",
                                           "[1:2:3:4:5:6:7]:1", "[1:2:3:4:5:6:7:8:9]:1", "[:1]:1", "[1:]:1",
                                           "[12345::]:1", "[::g]:1", "[fe80::1%eth0]:1", "host.example.com:1",
                                           "unix:/run/x", "http://127.0.0.1:1"));

TEST(CseAddress, IsHttpOrUnix) {
  EXPECT_EQ(parse_cse_address("http://127.0.0.1:8080")->text(), "127.0.0.1:8080");
  EXPECT_EQ(parse_cse_address("http://[::1]:8080/")->text(), "[::1]:8080");
  EXPECT_EQ(parse_cse_address("unix:/run/cse.sock")->text(), "unix:/run/cse.sock");
  for (const char* text : {"127.0.0.1:8080", "https://127.0.0.1:8080", "http://127.0.0.1", "http://127.0.0.1:0",
                           "http://127.0.0.1:8080/cse", "unix:cse.sock", "unix:"}) {
    EXPECT_FALSE(parse_cse_address(text)) << text;
  }
}

TEST(UnixPath, FitsIntoASocketAddress) {
  EXPECT_TRUE(parse_local_address("unix:/" + std::string(106, 'a')));
  EXPECT_FALSE(parse_local_address("unix:/" + std::string(107, 'a')));
}

TEST(Loopback, IsNotOnlyOneAddress) {
  for (const char* text : {"127.0.0.1:1", "127.8.9.1:1", "[::1]:1", "localhost:1", "unix:/run/x"})
    EXPECT_TRUE(is_loopback(*parse_local_address(text))) << text;
  for (const char* text : {"0.0.0.0:1", "192.0.2.1:1", "[::]:1", "[2001:db8::7f00:1]:1", "[7f00::1]:1"})
    EXPECT_FALSE(is_loopback(*parse_local_address(text))) << text;
}

struct Pair {
  const char* a;
  const char* b;
  bool collide;
};
class Collision : public ::testing::TestWithParam<Pair> {};
TEST_P(Collision, IsTheSameBothWays) {
  const auto a = parse_listen_address(GetParam().a);
  const auto b = parse_listen_address(GetParam().b);
  EXPECT_EQ(collide(*a, *b), GetParam().collide);
  EXPECT_EQ(collide(*b, *a), GetParam().collide);
}
INSTANTIATE_TEST_SUITE_P(
    Pairs, Collision,
    ::testing::Values(Pair{"127.0.0.1:1", "127.0.0.1:1", true}, Pair{"127.0.0.1:1", "127.0.0.1:2", false},
                      Pair{"127.0.0.1:1", "127.0.0.2:1", false}, Pair{"0.0.0.0:1", "127.0.0.1:1", true},
                      Pair{"[::]:1", "127.0.0.1:1", true}, Pair{"[::]:1", "0.0.0.0:1", true},
                      Pair{"[::1]:1", "[0:0:0:0:0:0:0:1]:1", true}, Pair{"localhost:1", "127.0.0.1:1", true},
                      Pair{"127.0.0.1:0", "127.0.0.1:0", false}));

}  // namespace
}  // namespace saproxy::policy
