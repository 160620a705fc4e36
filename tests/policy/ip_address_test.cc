#include "policy/ip_address.h"

#include <gtest/gtest.h>

namespace saproxy::policy {
namespace {

struct Spelling {
  const char* written;
  const char* text;
};
class Address : public ::testing::TestWithParam<Spelling> {};
TEST_P(Address, HasOneText) {
  const auto address = IpAddress::parse(GetParam().written);
  ASSERT_TRUE(address) << GetParam().written;
  EXPECT_EQ(address->text(), GetParam().text);
  EXPECT_EQ(IpAddress::parse(address->text()), address);
  EXPECT_EQ(IpAddress::of(address->bytes()), address);
}
INSTANTIATE_TEST_SUITE_P(
    Spellings, Address,
    ::testing::Values(Spelling{"0.0.0.0", "0.0.0.0"}, Spelling{"192.0.2.255", "192.0.2.255"}, Spelling{"::", "::"},
                      Spelling{"::1", "::1"}, Spelling{"1::", "1::"}, Spelling{"2001:DB8::0:1", "2001:db8::1"},
                      Spelling{"1:0:0:2:0:0:0:3", "1:0:0:2::3"}, Spelling{"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
                      Spelling{"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"}, Spelling{"0:0:1:0:0:1:0:0", "::1:0:0:1:0:0"},
                      Spelling{"::ffff:127.0.0.1", "127.0.0.1"}, Spelling{"::ffff:7f00:1", "127.0.0.1"},
                      Spelling{"0:0:0:0:0:FFFF:7f00:0001", "127.0.0.1"},
                      Spelling{"64:ff9b::10.0.0.1", "64:ff9b::a00:1"},
                      Spelling{"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"}, Spelling{"::1.2.3.4", "::102:304"}));

class NoAddress : public ::testing::TestWithParam<const char*> {};
TEST_P(NoAddress, IsRefused) { EXPECT_FALSE(IpAddress::parse(GetParam())); }
INSTANTIATE_TEST_SUITE_P(Texts, NoAddress,
                         ::testing::Values("", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.",
                                           "0x7f.0.0.1", "2130706433", "017700000001", "127.1", "1.2.3.4 ", " 1.2.3.4",
                                           "+1.2.3.4", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                                           "::1::", "12345::", "g::", "fe80::1%eth0", "fe80::1%251", "[::1]",
                                           "1:", ":1", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4:1",
                                           "1::2:3:4:5:6:7:8", "::01.2.3.4"));

TEST(AddressBytes, AreFourOrSixteen) {
  const std::array<std::uint8_t, 17> bytes{};
  for (std::size_t size = 0; size <= bytes.size(); ++size)
    EXPECT_EQ(IpAddress::of(std::span(bytes).first(size)).has_value(), size == 4 || size == 16) << size;
}

struct Membership {
  const char* range;
  const char* address;
  bool inside;
};
class Range : public ::testing::TestWithParam<Membership> {};
TEST_P(Range, ContainsWhatHasItsPrefix) {
  const auto range = AddressRange::parse(GetParam().range);
  ASSERT_TRUE(range) << range.error().detail;
  EXPECT_EQ(range->contains(*IpAddress::parse(GetParam().address)), GetParam().inside);
}
INSTANTIATE_TEST_SUITE_P(
    Ranges, Range,
    ::testing::Values(Membership{"10.0.0.0/8", "10.255.255.255", true}, Membership{"10.0.0.0/8", "11.0.0.0", false},
                      Membership{"10.0.0.0/8", "::ffff:10.1.1.1", true}, Membership{"0.0.0.0/0", "8.8.8.8", true},
                      Membership{"0.0.0.0/0", "::1", false}, Membership{"::/0", "1.2.3.4", false},
                      Membership{"::/0", "::ffff:1.2.3.4", false}, Membership{"::/0", "2001:db8::1", true},
                      Membership{"192.0.2.128/25", "192.0.2.127", false}, Membership{"192.0.2.1", "192.0.2.1", true},
                      Membership{"192.0.2.1", "192.0.2.2", false}, Membership{"fe80::/10", "febf::1", true},
                      Membership{"fe80::/10", "fec0::1", false}, Membership{"2001:db8::1/128", "2001:db8::1", true}));

class BadRange : public ::testing::TestWithParam<const char*> {};
TEST_P(BadRange, IsRefused) { EXPECT_FALSE(AddressRange::parse(GetParam())); }
INSTANTIATE_TEST_SUITE_P(Texts, BadRange,
                         ::testing::Values("", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1",
                                           "10.0.0.0/8/8", "10.0.0.1/8", "10.0.0/8", "fe80::/129", "fe80::1/10",
                                           "::ffff:10.0.0.0/104", "host/8"));

TEST(RangeAroundAnInterface, ClearsTheBitsOfTheHost) {
  EXPECT_EQ(AddressRange::around(*IpAddress::parse("192.0.2.77"), 24).text(), "192.0.2.0/24");
  EXPECT_EQ(AddressRange::around(*IpAddress::parse("2001:db8::7"), 64).text(), "2001:db8::/64");
  EXPECT_EQ(AddressRange::around(*IpAddress::parse("192.0.2.77"), 99).text(), "192.0.2.77/32");
  EXPECT_TRUE(AddressRange::around(*IpAddress::parse("192.0.2.77"), 32).is_single());
}

}  // namespace
}  // namespace saproxy::policy
