#include "identity/name_constraints.h"

#include <gtest/gtest.h>

#include "tests/identity/certificate_builder.h"

namespace saproxy::identity {
namespace {

using namespace test;
using Kind = NameConstraint::Kind;

struct Row {
  const char* name;
  Kind kind;
  bool permitted;
  const char* base;
  const char* host;
  bool within;
};
// Spec: RFC 5280 4.2.1.10
const Row kRows[] = {
    {"DnsItself", Kind::Dns, true, "sp.example.com", "sp.example.com", true},
    {"DnsBelow", Kind::Dns, true, "sp.example.com", "a.b.sp.example.com", true},
    {"DnsCase", Kind::Dns, true, "SP.example.com", "a.sp.EXAMPLE.com", true},
    {"DnsSuffixOnly", Kind::Dns, true, "sp.example.com", "evilsp.example.com", false},
    {"DnsAbove", Kind::Dns, true, "sp.example.com", "example.com", false},
    {"DnsEmptyPermitsAll", Kind::Dns, true, "", "x.example", true},
    {"DnsEmptyExcludesAll", Kind::Dns, false, "", "x.example", true},
    {"DnsDottedPermitsBelow", Kind::Dns, true, ".sp.example.com", "a.sp.example.com", true},
    {"DnsDottedPermitsNotItself", Kind::Dns, true, ".sp.example.com", "sp.example.com", false},
    {"DnsDottedExcludesItself", Kind::Dns, false, ".sp.example.com", "sp.example.com", true},
    {"UriItself", Kind::Uri, true, "sp.example.com", "sp.example.com", true},
    {"UriNotBelow", Kind::Uri, true, "sp.example.com", "a.sp.example.com", false},
    {"UriDottedBelow", Kind::Uri, true, ".sp.example.com", "a.b.sp.example.com", true},
    {"UriDottedNotItself", Kind::Uri, true, ".sp.example.com", "sp.example.com", false},
    {"UriEmptyPermitsNothing", Kind::Uri, true, "", "sp.example.com", false},
    {"UriEmptyExcludesAll", Kind::Uri, false, "", "sp.example.com", true},
    {"UnreadablePermitsNothing", Kind::Dns, true, "*.example.com", "a.example.com", false},
    {"UnreadableExcludesAll", Kind::Dns, false, "*.example.com", "a.example.org", true},
};
class Within : public testing::TestWithParam<Row> {};
TEST_P(Within, Decides) {
  const Row& row = GetParam();
  EXPECT_EQ(is_within(row.host, NameConstraint{row.kind, row.permitted, row.base}), row.within);
}
INSTANTIATE_TEST_SUITE_P(Rows, Within, testing::ValuesIn(kRows), [](const auto& row) { return row.param.name; });

bool keeps(const AltName& name, const std::vector<Certificate>& issuers) {
  return keeps_name_constraints(a_leaf({name}), issuers);
}

TEST(NameConstraints, AddUpAlongThePath) {
  const Certificate wide = an_issuer({permit(Kind::Uri, "sp.example.com"), permit(Kind::Uri, "sp.example.org")});
  const Certificate narrow = an_issuer({permit(Kind::Uri, "sp.example.com")});
  EXPECT_TRUE(keeps(uri_name("https://sp.example.org/S1"), {wide}));
  EXPECT_FALSE(keeps(uri_name("https://sp.example.org/S1"), {wide, narrow}));
  EXPECT_FALSE(keeps(uri_name("https://sp.example.org/S1"), {narrow, wide}));
}

TEST(NameConstraints, LookAtTheHostAndNothingElse) {
  const std::vector<Certificate> path{an_issuer({permit(Kind::Uri, "sp.example.com")})};
  EXPECT_TRUE(keeps(uri_name("//sp.example.com/S1"), path));
  EXPECT_TRUE(keeps(uri_name("https://u@sp.example.com:1/S1"), path));
  for (const char* uri : {"https://sp.example.com@sp.example.org/S1", "https://sp.example.org?x=//sp.example.com/S1",
                          "https://sp.example.org#//sp.example.com", "//sp.example.org/sp.example.com",
                          "urn:dev:ops:1-2", "/sp.example.com", "https://10.0.0.1/S1", "https:///S1", ""})
    EXPECT_FALSE(keeps(uri_name(uri), path)) << uri;
  EXPECT_FALSE(keeps(uri_name(std::string_view("https://sp.example.com\0.evil/S1", 31)), path));
}

TEST(NameConstraints, ExcludedWinsOverPermitted) {
  const std::vector<Certificate> path{
      an_issuer({permit(Kind::Dns, "sp.example.com"), exclude(Kind::Dns, "bad.sp.example.com")})};
  EXPECT_TRUE(keeps(dns_name("mn1.sp.example.com"), path));
  EXPECT_FALSE(keeps(dns_name("mn1.bad.sp.example.com"), path));
}

TEST(NameConstraints, BindTheirOwnKindOnly) {
  const std::vector<Certificate> path{an_issuer({permit(Kind::Dns, "sp.example.com")})};
  EXPECT_TRUE(keeps(uri_name("https://elsewhere.example/S1"), path));
  EXPECT_FALSE(is_bounded(Kind::Uri, path)) << "which is why the profile asks for a bound as well";
  EXPECT_TRUE(is_bounded(Kind::Dns, path));
  EXPECT_FALSE(is_bounded(Kind::Dns, std::vector{an_issuer({exclude(Kind::Dns, "a.example")})}));
}

}  // namespace
}  // namespace saproxy::identity
