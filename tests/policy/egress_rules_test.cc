#include "policy/egress_rules.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace saproxy::policy {
namespace {

using D = EgressDenial;

EgressSettings settings(std::vector<const char*> allow = {}, std::vector<const char*> deny = {}) {
  EgressSettings settings;
  for (const char* range : allow) settings.allow.push_back(*AddressRange::parse(range));
  for (const char* range : deny) settings.deny.push_back(*AddressRange::parse(range));
  return settings;
}

std::vector<OwnAddress> own() {
  return {{*IpAddress::parse("127.0.0.1"), 8},
          {*IpAddress::parse("::1"), 128},
          {*IpAddress::parse("10.20.0.7"), 16},
          {*IpAddress::parse("2001:db8:1::7"), 64}};
}

std::string judged(const EgressRules& rules, const char* address, std::uint16_t port = 443) {
  const auto denial = rules.denies(*IpAddress::parse(address), port);
  return denial ? std::string(to_text(*denial)) : "permitted";
}

struct Row {
  const char* address;
  const char* verdict;
};
class Default : public ::testing::TestWithParam<Row> {};
TEST_P(Default, JudgesTheAddress) {
  EXPECT_EQ(judged(EgressRules(settings(), own()), GetParam().address), GetParam().verdict) << GetParam().address;
}
INSTANTIATE_TEST_SUITE_P(
    Addresses, Default,
    ::testing::Values(
        Row{"8.8.8.8", "permitted"}, Row{"192.168.1.1", "permitted"}, Row{"10.0.0.1", "permitted"},
        Row{"172.16.0.1", "permitted"}, Row{"100.64.0.1", "permitted"}, Row{"fd12:3456::1", "permitted"},
        Row{"2a00:1450::1", "permitted"}, Row{"0.0.0.0", "unspecified"}, Row{"0.1.2.3", "unspecified"},
        Row{"127.0.0.1", "loopback"}, Row{"127.255.255.255", "loopback"}, Row{"169.254.169.254", "metadata"},
        Row{"169.254.0.1", "link_local"}, Row{"169.254.170.2", "link_local"}, Row{"100.100.100.200", "metadata"},
        Row{"168.63.129.16", "metadata"}, Row{"192.0.0.192", "metadata"}, Row{"192.0.0.8", "reserved"},
        Row{"224.0.0.1", "multicast"}, Row{"239.255.255.255", "multicast"}, Row{"255.255.255.255", "broadcast"},
        Row{"240.0.0.1", "reserved"}, Row{"192.88.99.1", "reserved"}, Row{"::", "unspecified"}, Row{"::1", "loopback"},
        Row{"::2", "reserved"}, Row{"::127.0.0.1", "reserved"}, Row{"::ffff:127.0.0.1", "loopback"},
        Row{"::ffff:0.0.0.0", "unspecified"}, Row{"::ffff:169.254.169.254", "metadata"},
        Row{"::ffff:255.255.255.255", "broadcast"}, Row{"::ffff:224.0.0.1", "multicast"},
        Row{"::ffff:240.0.0.1", "reserved"}, Row{"::ffff:8.8.8.8", "permitted"}, Row{"::ffff:0:127.0.0.1", "loopback"},
        Row{"::ffff:0:8.8.8.8", "permitted"}, Row{"64:ff9b::127.0.0.1", "loopback"},
        Row{"64:ff9b::169.254.169.254", "metadata"}, Row{"64:ff9b::10.20.1.1", "own_network"},
        Row{"64:ff9b::8.8.8.8", "permitted"}, Row{"64:ff9b:1::8.8.8.8", "reserved"}, Row{"2002:7f00:1::", "loopback"},
        Row{"2002:a9fe:a9fe::1", "metadata"}, Row{"2002:808:808::1", "permitted"},
        Row{"2a00::5efe:127.0.0.1", "loopback"}, Row{"2a00::200:5efe:10.20.0.7", "own_address"},
        Row{"2001::1", "reserved"}, Row{"fe80::1", "link_local"}, Row{"febf::1", "link_local"},
        Row{"fec0::1", "reserved"}, Row{"ff02::1", "multicast"}, Row{"fd00:ec2::254", "metadata"},
        Row{"fd20:ce::254", "metadata"}, Row{"100::1", "reserved"}, Row{"10.20.0.7", "own_address"},
        Row{"10.20.255.1", "own_network"}, Row{"10.21.0.1", "permitted"}, Row{"2001:db8:1::7", "own_address"},
        Row{"2001:db8:1::8", "own_network"}, Row{"2001:db8:2::8", "permitted"},
        Row{"::ffff:10.20.0.7", "own_address"}));

struct Case {
  const char* name;
  std::vector<const char*> allow;
  std::vector<const char*> deny;
  const char* address;
  const char* verdict;
};
class Configured : public ::testing::TestWithParam<Case> {};
TEST_P(Configured, JudgesTheAddress) {
  const Case& row = GetParam();
  EXPECT_EQ(judged(EgressRules(settings(row.allow, row.deny), own()), row.address), row.verdict);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Configured,
    ::testing::Values(Case{"Deny", {}, {"8.0.0.0/8"}, "8.8.8.8", "configured"},
                      Case{"DenyMapped", {}, {"8.0.0.0/8"}, "::ffff:8.8.8.8", "configured"},
                      Case{"DenyNat64", {}, {"8.0.0.0/8"}, "64:ff9b::8.8.8.8", "configured"},
                      Case{"DenyOuterNat64", {}, {"64:ff9b::/96"}, "64:ff9b::8.8.8.8", "configured"},
                      Case{"DenyV6LeavesV4", {}, {"::/0"}, "8.8.8.8", "permitted"},
                      Case{"AllowWins", {"8.8.8.8"}, {"0.0.0.0/0"}, "8.8.8.8", "permitted"},
                      Case{"AllowListAlone", {"8.8.8.8"}, {"0.0.0.0/0"}, "8.8.4.4", "configured"},
                      Case{"AllowLoopback", {"127.0.0.0/8"}, {}, "127.0.0.1", "permitted"},
                      Case{"AllowLoopbackV6", {"::1"}, {}, "::1", "permitted"},
                      Case{"AllowLoopbackLeavesTheRest", {"127.0.0.0/8"}, {}, "::1", "loopback"},
                      Case{"AllowOwnNetwork", {"10.20.0.0/16"}, {}, "10.20.3.4", "permitted"},
                      Case{"AllowOwnNetworkLeavesOwnAddress", {"10.20.0.0/16"}, {}, "10.20.0.7", "own_address"},
                      Case{"AllowOwnAddressByName", {"10.20.0.7"}, {}, "10.20.0.7", "permitted"},
                      Case{"AllowOuterIsNotInner", {"64:ff9b::/96"}, {}, "64:ff9b::127.0.0.1", "loopback"},
                      Case{"AllowInnerIsNotOuter", {"127.0.0.1"}, {"64:ff9b::/96"}, "64:ff9b::7f00:1", "configured"},
                      Case{"AllowAllLeavesLoopback", {"0.0.0.0/0", "::/0"}, {}, "127.0.0.1", "loopback"},
                      Case{"AllowAllLeavesLoopbackV6", {"0.0.0.0/0", "::/0"}, {}, "::1", "loopback"},
                      Case{"AllowAllLeavesMetadata", {"0.0.0.0/0"}, {}, "169.254.169.254", "metadata"},
                      Case{"AllowAllLeavesEmbedded", {"::/0", "0.0.0.0/0"}, {}, "64:ff9b::127.0.0.1", "loopback"},
                      Case{"AllowAllOpensOwnNetwork", {"0.0.0.0/0"}, {}, "10.20.3.4", "permitted"},
                      Case{"AllowLinkLocal", {"169.254.0.0/16"}, {}, "169.254.0.1", "permitted"},
                      Case{"AllowLinkLocalLeavesMetadata", {"169.254.0.0/16"}, {}, "169.254.169.254", "metadata"},
                      Case{"AllowMetadataByName", {"169.254.169.254"}, {}, "169.254.169.254", "permitted"},
                      Case{"AllowInner", {"127.0.0.1"}, {}, "64:ff9b::127.0.0.1", "permitted"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(OwnNetworks, MayBeAllowedButNotThisMachine) {
  EgressSettings open = settings();
  open.deny_own_networks = false;
  const EgressRules rules(open, own());
  EXPECT_EQ(judged(rules, "10.20.3.4"), "permitted");
  EXPECT_EQ(judged(rules, "10.20.0.7"), "own_address");
  EXPECT_EQ(judged(rules, "127.0.0.1"), "loopback");
}

TEST(OwnEndpoints, AreDeniedWhateverIsAllowed) {
  const std::vector<OwnEndpoint> endpoints = {
      {std::nullopt, 8443}, {*IpAddress::parse("127.0.0.1"), 7001}, {*IpAddress::parse("::1"), 7002}};
  const EgressRules rules(settings({"0.0.0.0/0", "::/0", "127.0.0.0/8", "10.20.0.7", "::1"}), own(), endpoints);
  for (const char* address : {"127.0.0.1", "127.0.0.2", "0.0.0.0", "::", "::1", "10.20.0.7", "2001:db8:1::7",
                              "::ffff:10.20.0.7", "64:ff9b::127.0.0.1"})
    EXPECT_EQ(judged(rules, address, 8443), "own_address") << address;
  EXPECT_EQ(judged(rules, "127.0.0.1", 8444), "permitted");
  EXPECT_EQ(judged(rules, "8.8.8.8", 8443), "permitted");
  EXPECT_EQ(judged(rules, "127.0.0.1", 7001), "own_address");
  EXPECT_EQ(judged(rules, "0.0.0.0", 7001), "own_address");
  EXPECT_EQ(judged(rules, "127.0.0.2", 7001), "permitted");
  EXPECT_EQ(judged(rules, "::1", 7002), "own_address");
  EXPECT_EQ(judged(rules, "::1", 7001), "permitted");
}

TEST(Ports, AreThoseOfTheSettings) {
  EgressSettings some = settings();
  const EgressRules usual(some, {});
  for (const std::uint16_t port : std::vector<std::uint16_t>{443, 1024, 5684, 8443, 65535})
    EXPECT_EQ(judged(usual, "8.8.8.8", port), "permitted");
  for (const std::uint16_t port : std::vector<std::uint16_t>{0, 1, 22, 25, 80, 442, 444, 1023})
    EXPECT_EQ(judged(usual, "8.8.8.8", port), "port");
  some.ports = {{80, 80}, {8000, 8999}};
  const EgressRules few(some, {});
  for (const std::uint16_t port : std::vector<std::uint16_t>{80, 8000, 8999})
    EXPECT_EQ(judged(few, "8.8.8.8", port), "permitted");
  for (const std::uint16_t port : std::vector<std::uint16_t>{443, 7999, 9000})
    EXPECT_EQ(judged(few, "8.8.8.8", port), "port");
}

TEST(Bytes, AreAnAddressOrNone) {
  const EgressRules rules(settings(), {});
  const std::array<std::uint8_t, 16> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
  EXPECT_EQ(rules.denies(mapped, 443), D::Loopback);
  EXPECT_EQ(rules.denies(std::span(mapped).subspan(12), 443), D::Loopback);
  EXPECT_EQ(rules.denies(std::span(mapped).first(5), 443), D::NoAddress);
}

TEST(Denials, HaveDifferentWords) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < kEgressDenialCount; ++i) words.push_back(to_text(static_cast<D>(i)));
  std::ranges::sort(words);
  EXPECT_EQ(std::ranges::adjacent_find(words), words.end());
  EXPECT_FALSE(words.front().empty());
}

}  // namespace
}  // namespace saproxy::policy
