// Which address of a host is tried first.
#include "proxy/client/address_order.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace saproxy::proxy {
namespace {

// Spec: RFC 6724 10.2, as far as the rules are ours
struct Row {
  const char* name;
  std::vector<std::pair<const char*, const char*>> given;  // destination, source; null: no route
  std::vector<const char*> wanted;
};

class AddressOrder : public ::testing::TestWithParam<Row> {};

TEST_P(AddressOrder, Is) {
  std::vector<IpAddress> addresses;
  for (const auto& [destination, source] : GetParam().given) addresses.push_back(*IpAddress::parse(destination));
  order_addresses(addresses, [](const IpAddress& destination) -> std::optional<IpAddress> {
    for (const auto& [known, source] : GetParam().given)
      if (destination.text() == known && source != nullptr) return IpAddress::parse(source);
    return std::nullopt;
  });
  std::vector<std::string> got;
  for (const IpAddress& address : addresses) got.push_back(address.text());
  EXPECT_EQ(got, std::vector<std::string>(GetParam().wanted.begin(), GetParam().wanted.end()));
}

const Row kRows[] = {
    {"ReachableFirst", {{"2001:db8:1::1", nullptr}, {"198.51.100.1", "192.0.2.1"}}, {"198.51.100.1", "2001:db8:1::1"}},
    {"Ipv6First", {{"198.51.100.1", "192.0.2.1"}, {"2001:db8:1::1", "2001:db8::9"}}, {"2001:db8:1::1", "198.51.100.1"}},
    {"Ipv4BeforeGlobalIpv6OutOfALocalAddress",
     {{"2001:db8:1::1", "fd00::1"}, {"198.51.100.1", "192.0.2.1"}},
     {"198.51.100.1", "2001:db8:1::1"}},
    {"Ipv4BeforeLocalIpv6", {{"fd00::2", "fd00::1"}, {"198.51.100.1", "192.0.2.1"}}, {"198.51.100.1", "fd00::2"}},
    {"NativeBefore6to4",
     {{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2001:db8::9"}},
     {"2001:db8:1::1", "2002:c633:6401::1"}},
    {"Ipv4BeforeTeredo", {{"2001::1", "2001::2"}, {"198.51.100.1", "192.0.2.1"}}, {"198.51.100.1", "2001::1"}},
    {"LoopbackFirst", {{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}}, {"::1", "127.0.0.1"}},
    {"EqualOnesStay",
     {{"198.51.100.2", "192.0.2.1"}, {"198.51.100.1", "192.0.2.1"}, {"198.51.100.3", "192.0.2.1"}},
     {"198.51.100.2", "198.51.100.1", "198.51.100.3"}}};
INSTANTIATE_TEST_SUITE_P(Rows, AddressOrder, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(KernelSource, OfLoopbackIsLoopback) {
  EXPECT_EQ(kernel_source_of(*IpAddress::parse("127.0.0.1")), IpAddress::parse("127.0.0.1"));
}

}  // namespace
}  // namespace saproxy::proxy
