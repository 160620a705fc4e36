// Spec: TS-0004 6.3.3 (m2m:pointOfAccess)
#include "policy/point_of_access.h"

#include <gtest/gtest.h>

namespace saproxy::policy {
namespace {

struct Read {
  const char* text;
  PointScheme scheme;
  const char* authority;
  const char* path;
};
class Point : public ::testing::TestWithParam<Read> {};
TEST_P(Point, IsRead) {
  const auto point = PointOfAccess::parse(GetParam().text);
  ASSERT_TRUE(point) << GetParam().text << ": " << point.error().detail;
  EXPECT_EQ(point->scheme, GetParam().scheme);
  EXPECT_EQ(point->authority(), GetParam().authority);
  EXPECT_EQ(point->path, GetParam().path);
  EXPECT_EQ(point->address.has_value(), point->domain_name.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Texts, Point,
    ::testing::Values(
        Read{"https://ae.example.com:8443/notify/a%20b", PointScheme::Https, "ae.example.com:8443", "/notify/a%20b"},
        Read{"https://ae.example.com", PointScheme::Https, "ae.example.com:443", ""},
        Read{"http://ae.example.com/", PointScheme::Http, "ae.example.com:80", "/"},
        Read{"coap://10.0.0.1", PointScheme::Coap, "10.0.0.1:5683", ""},
        Read{"coaps://[2001:DB8::1]/x", PointScheme::Coaps, "[2001:db8::1]:5684", "/x"},
        Read{"HTTPS://AE.Example.COM:1", PointScheme::Https, "ae.example.com:1", ""},
        Read{"https://ae.example.com.:65535", PointScheme::Https, "ae.example.com:65535", ""},
        Read{"https://[::ffff:192.0.2.1]:443", PointScheme::Https, "192.0.2.1:443", ""},
        Read{"https://localhost:8443", PointScheme::Https, "localhost:8443", ""},
        Read{"https://h/~/cse/x;y=1,2@:!$&'()*+", PointScheme::Https, "h:443", "/~/cse/x;y=1,2@:!$&'()*+"},
        Read{"https://h//", PointScheme::Https, "h:443", "//"}));

struct Refused {
  const char* name;
  std::string text;
  const char* why;
};
class BadPoint : public ::testing::TestWithParam<Refused> {};
TEST_P(BadPoint, IsRefusedWithAReason) {
  const auto point = PointOfAccess::parse(GetParam().text);
  ASSERT_FALSE(point) << point->authority();
  EXPECT_NE(point.error().detail.find(GetParam().why), std::string::npos) << point.error().detail;
}
INSTANTIATE_TEST_SUITE_P(
    Texts, BadPoint,
    ::testing::Values(
        Refused{"Empty", "", "does not begin with"}, Refused{"NoScheme", "ae.example.com:8443", "does not begin with"},
        Refused{"OtherScheme", "mqtt://h:1883", "does not begin with"},
        Refused{"OneSlash", "https:/h", "does not begin"}, Refused{"SchemeOnly", "https://", "host is missing"},
        Refused{"NoHost", "https://:8443", "host is missing"}, Refused{"PathOnly", "https:///x", "host is missing"},
        Refused{"OnlyADot", "https://./", "neither a domain name"},
        Refused{"TwoDots", "https://h../", "neither a domain name"}, Refused{"User", "https://u@h/", "user name"},
        Refused{"Password", "https://u:p@h/", "user name"}, Refused{"Fragment", "https://h/#x", "fragment"},
        Refused{"FragmentAtOnce", "https://h#x", "fragment"}, Refused{"Query", "https://h/?x=1", "query"},
        Refused{"QueryAtOnce", "https://h?x", "query"}, Refused{"Zone", "https://[fe80::1%25eth0]/", "zone"},
        Refused{"RawZone", "https://[fe80::1%eth0]/", "zone"},
        Refused{"NoBrackets", "https://::1:443/", "without brackets"},
        Refused{"OpenBracket", "https://[::1/", "not closed"}, Refused{"BracketedV4", "https://[1.2.3.4]/", "no IPv6"},
        Refused{"BracketedName", "https://[h]/", "no IPv6"}, Refused{"BehindBracket", "https://[::1]x/", "no port"},
        Refused{"VFuture", "https://[v1.x]/", "no IPv6"}, Refused{"HexAddress", "https://0x7f.1/", "neither"},
        Refused{"HexWord", "https://0x7f000001/", "neither"}, Refused{"HexParts", "https://0x7f.0.0.0x1/", "neither"},
        Refused{"Octal", "https://017700000001/", "neither"}, Refused{"OctalPart", "https://127.0.0.01/", "neither"},
        Refused{"Decimal", "https://2130706433/", "neither"}, Refused{"Short", "https://127.1/", "neither"},
        Refused{"FivePieces", "https://1.2.3.4.5/", "neither"}, Refused{"Underscore", "https://my_ae/", "neither"},
        Refused{"V4WithDot", "https://127.0.0.1./", "neither"},
        Refused{"Wildcard", "https://*.example.com/", "neither"},
        Refused{"EscapedHost", "https://%31%32%37.0.0.1/", "neither"},
        Refused{"PortZero", "https://h:0/", "1 to 65535"}, Refused{"PortTooLarge", "https://h:65536/", "1 to 65535"},
        Refused{"PortSigned", "https://h:+1/", "1 to 65535"}, Refused{"PortNegative", "https://h:-1/", "1 to 65535"},
        Refused{"PortEmpty", "https://h:/", "port is empty"}, Refused{"PortZeros", "https://h:0443/", "1 to 65535"},
        Refused{"PortWord", "https://h:https/", "1 to 65535"},
        Refused{"PortLong", "https://h:99999999999999999999/", "1 to 65535"},
        Refused{"BadEscape", "https://h/%2", "hexadecimal"}, Refused{"BadEscapeDigit", "https://h/%2g", "hexadecimal"},
        Refused{"EscapedNul", "https://h/%00", "control character"},
        Refused{"EscapedLineEnd", "https://h/%0d%0A", "control character"},
        Refused{"EscapedDelete", "https://h/%7F", "control character"},
        Refused{"Backslash", "https://h\\@evil/", "character"}, Refused{"Quote", "https://h/\"", "character"},
        Refused{"Angle", "https://h/<x>", "character"}, Refused{"Blank", "https://h/ x", "blank"},
        Refused{"LineEnd", "https://h/\r\nHost: x", "blank"}, Refused{"Tab", "https://h/\t", "blank"},
        Refused{"NotAscii", "https://h\xC3\xA4/", "ASCII"}, Refused{"Nul", std::string("https://h/\0x", 12), "blank"},
        Refused{"TooLong", "https://h/" + std::string(kLongestPointOfAccess - 9, 'a'), "longer than"},
        Refused{"LongLabel", "https://" + std::string(64, 'a') + "/", "neither"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(LongestPoint, IsRead) {
  EXPECT_TRUE(PointOfAccess::parse("https://h/" + std::string(kLongestPointOfAccess - 10, 'a')));
}

TEST(QueryOfATarget, IsKeptApart) {
  const auto url = PointOfAccess::parse("https://h/p?ct=json&x=%20/?", UriQuery::Allowed);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->path, "/p");
  EXPECT_EQ(url->query, "ct=json&x=%20/?");
  EXPECT_FALSE(PointOfAccess::parse("https://h/p?x#y", UriQuery::Allowed));
  EXPECT_FALSE(PointOfAccess::parse("https://h/p?%0a", UriQuery::Allowed));
}

TEST(Scheme, IsToldWhateverFollows) {
  EXPECT_EQ(scheme_of("hTTps://u:p@\n"), PointScheme::Https);
  EXPECT_EQ(scheme_of("https:"), PointScheme::Other);
  EXPECT_EQ(scheme_of("https"), PointScheme::Other);
  EXPECT_EQ(scheme_of(" https://h"), PointScheme::Other);
  EXPECT_EQ(scheme_of("wss://h"), PointScheme::Other);
  for (const PointScheme scheme : {PointScheme::Https, PointScheme::Coaps}) EXPECT_TRUE(is_served(scheme, false));
  for (const PointScheme scheme : {PointScheme::Http, PointScheme::Coap}) {
    EXPECT_FALSE(is_served(scheme, false));
    EXPECT_TRUE(is_served(scheme, true));
  }
  EXPECT_FALSE(is_served(PointScheme::Other, true));
}

}  // namespace
}  // namespace saproxy::policy
