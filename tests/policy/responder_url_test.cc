// Where responders may be. Spec: RFC 6960 A.1; RFC 3986 3
#include "policy/responder_url.h"

#include <gtest/gtest.h>

#include <vector>

namespace saproxy::policy {
namespace {

struct Good {
  const char* text;
  ResponderUrl url;
  const char* authority;
};
const Good kGood[] = {
    {"http://ocsp.example.com", {"ocsp.example.com", 80, "/"}, "ocsp.example.com"},
    {"HTTP://OCSP.Example.com/A/b?c=d", {"ocsp.example.com", 80, "/A/b?c=d"}, "ocsp.example.com"},
    {"http://127.0.0.1:8888/", {"127.0.0.1", 8888, "/"}, "127.0.0.1:8888"},
    {"http://[2001:DB8::1]:8888/x", {"2001:db8::1", 8888, "/x"}, "[2001:db8::1]:8888"},
    {"http://[::1]", {"::1", 80, "/"}, "[::1]"},
    {"http://localhost:80?q", {"localhost", 80, "/?q"}, "localhost"},
};
TEST(ResponderUrl, IsRead) {
  for (const Good& row : kGood) {
    const auto url = parse_responder_url(row.text);
    ASSERT_TRUE(url) << row.text << ": " << url.error().detail;
    EXPECT_EQ(*url, row.url) << row.text;
    EXPECT_EQ(url->authority(), row.authority);
  }
}

TEST(ResponderUrl, WhatIsNoPlainHttpIsRefused) {
  const std::string bad[] = {"",
                             "http://",
                             "http:///path",
                             "https://ocsp.example.com",
                             "ldap://ocsp.example.com",
                             "file:///etc/passwd",
                             "ocsp.example.com",
                             "http://user@ocsp.example.com",
                             "http://user:word@ocsp.example.com",
                             "http://ocsp.example.com:0/",
                             "http://ocsp.example.com:/",
                             "http://ocsp.example.com:65536",
                             "http://ocsp.example.com:8o",
                             "http://ocsp.example.com/#a",
                             "http://ocsp.example.com/a b",
                             "http://ocsp.example.com/\r\nHost: x",
                             std::string("http://ocsp.example.com/\0", 25),
                             "http://ocsp.example.com\r\n/",
                             "http://ocsp example.com/",
                             "http://[::1/",
                             "http://[::1]x/",
                             "http://[example.com]/",
                             "http://2130706433/",
                             "http://127.1/",
                             "http://0177.0.0.1/",
                             "http://ocsp.example.com/" + std::string(500, 'a')};
  for (const std::string& text : bad) EXPECT_FALSE(parse_responder_url(text)) << text;
}

TEST(AllowedResponder, AnyPortUnlessItNamesOne) {
  const std::vector<AllowedResponder> allowed{*parse_allowed_responder("OCSP.example.com"),
                                              *parse_allowed_responder("[::1]:8888")};
  const auto allows_url = [&](const char* url) { return allows(allowed, *parse_responder_url(url)); };
  EXPECT_TRUE(allows_url("http://ocsp.example.com:81/x"));
  EXPECT_TRUE(allows_url("http://[::1]:8888/x"));
  EXPECT_FALSE(allows_url("http://[::1]:8889/x"));
  EXPECT_FALSE(allows_url("http://a.ocsp.example.com/"));
  EXPECT_FALSE(allows_url("http://example.com/"));
}

TEST(AllowedResponder, AnEmptyListAllowsAll) { EXPECT_TRUE(allows({}, *parse_responder_url("http://a.example/"))); }

TEST(AllowedResponder, IsNoUrl) {
  EXPECT_FALSE(parse_allowed_responder("http://ocsp.example.com"));
  EXPECT_FALSE(parse_allowed_responder("ocsp.example.com/x"));
  EXPECT_FALSE(parse_allowed_responder(""));
}

}  // namespace
}  // namespace saproxy::policy
