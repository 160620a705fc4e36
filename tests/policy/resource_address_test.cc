#include "policy/resource_address.h"

#include <gtest/gtest.h>

#include <string>

namespace saproxy::policy {
namespace {

TEST(ResourceAddress, HasOnlyUnreservedCharactersBetweenSlashes) {
  for (const char* good : {"-", "cse-in", "cse-in/node1", "/in-cse", "/in-cse/a~b", "//sp.example.com/in-cse/x_1"})
    EXPECT_TRUE(is_resource_address(good)) << good;
  for (const char* bad :
       {"", "/", "//", "///a", "a/", "a//b", "a/../b", "./a", "a b", "a?b", "a#b", "a%20", "a:b", "a\nb", "\xc3\xa9"})
    EXPECT_FALSE(is_resource_address(bad)) << bad;
  EXPECT_TRUE(is_resource_address(std::string(kMaxResourceAddress, 'a')));
  EXPECT_FALSE(is_resource_address(std::string(kMaxResourceAddress + 1, 'a')));
}

TEST(PlainAddress, CanBeReadInOneWay) {
  for (const char* text : {"-", "a", "a/b", "/cse1/a", "//sp.com/cse1/a", "CAE2026,3", "a:b@c"})
    EXPECT_TRUE(is_plain_address(text)) << text;
  for (const char* text : {"", "/", "//", "a/", "a//b", "a/../b", ".", "a?b", "a#b", "a%20b", "a b", "a\tb", "\xc3\xa4",
                           "a\\b", "a\"b", "a<b"})
    EXPECT_FALSE(is_plain_address(text)) << text;
  EXPECT_TRUE(is_plain_address(std::string(kMaxPlainAddress, 'a')));
  EXPECT_FALSE(is_plain_address(std::string(kMaxPlainAddress + 1, 'a')));
}

}  // namespace
}  // namespace saproxy::policy
