#include "identity/number.h"

#include <gtest/gtest.h>

namespace saproxy::identity {
namespace {

TEST(Number, IsDigitsAndNothingElse) {
  EXPECT_EQ(parse_number("0", 3, 255), 0u);
  EXPECT_EQ(parse_number("255", 3, 255), 255u);
  EXPECT_EQ(parse_number("007", 3, 255), 7u);
  EXPECT_EQ(parse_number("fF", 4, 0xffff, 16), 255u);
  EXPECT_EQ(parse_number("4294967295", 10, UINT32_MAX), UINT32_MAX);
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "0x1", "256", "0001", "1.0", "a", "99999999999"})
    EXPECT_FALSE(parse_number(text, 3, 255)) << text;
  EXPECT_FALSE(parse_number("4294967296", 10, UINT32_MAX));
  EXPECT_FALSE(parse_number("g", 4, 0xffff, 16));
}

TEST(Number, OfAPort) {
  EXPECT_EQ(parse_port("1"), 1);
  EXPECT_EQ(parse_port("65535"), 65535);
  for (const char* text : {"", "0", "080", "65536", "100000", "-1", "+1", "8o"}) EXPECT_FALSE(parse_port(text)) << text;
}

}  // namespace
}  // namespace saproxy::identity
