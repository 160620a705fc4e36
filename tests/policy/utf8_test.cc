// Spec: RFC 3629
#include "policy/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace saproxy::policy {
namespace {

// In `size` bytes, also where fewer would do.
std::string encoded(std::uint32_t number, int size) {
  constexpr int kLeads[] = {0, 0, 0xC0, 0xE0, 0xF0, 0xF8};
  if (size == 1) return std::string(1, static_cast<char>(number));
  std::string out(1, static_cast<char>(kLeads[size] | (number >> (6 * (size - 1)))));
  for (int left = size - 2; left >= 0; --left) out += static_cast<char>(0x80 | ((number >> (6 * left)) & 0x3F));
  return out;
}

int shortest(std::uint32_t number) { return number < 0x80 ? 1 : number < 0x800 ? 2 : number < 0x10000 ? 3 : 4; }

TEST(Utf8, HasEveryCharacterInItsShortestFormOnly) {
  for (std::uint32_t number = 0; number < 0x1FFFFF; ++number) {
    const bool exists = number <= 0x10FFFF && (number < 0xD800 || number > 0xDFFF);
    for (int size = shortest(number); size <= 4; ++size) {
      ASSERT_EQ(is_utf8(encoded(number, size)), exists && size == shortest(number)) << number << " in " << size;
    }
  }
  EXPECT_FALSE(is_utf8(encoded(0x200000, 5)));
}

TEST(Utf8, HasNoCharacterCutOffOrInterrupted) {
  for (const std::uint32_t number : {0x80U, 0x7FFU, 0x800U, 0xFFFDU, 0x10000U, 0x10FFFFU}) {
    const std::string whole = encoded(number, shortest(number));
    for (std::size_t size = 1; size < whole.size(); ++size) {
      EXPECT_FALSE(is_utf8(whole.substr(0, size)));
      EXPECT_FALSE(is_utf8(whole.substr(0, size) + "a"));
      EXPECT_FALSE(is_utf8(whole.substr(0, size) + whole));
    }
    EXPECT_FALSE(is_utf8(whole.substr(1)));
  }
}

// Eight letters are looked at in one step: the wrong byte may stand anywhere in it.
TEST(Utf8, IsCheckedAtEveryPlace) {
  EXPECT_TRUE(is_utf8(""));
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, 'a');
    EXPECT_TRUE(is_utf8(text));
    text[at] = '\xFF';
    EXPECT_FALSE(is_utf8(text)) << at;
  }
}

TEST(ControlCharacters, AreThoseOfBothSets) {
  for (std::uint32_t number = 0; number < 0x3000; ++number) {
    const bool control = number < 0x20 || (number >= 0x7F && number < 0xA0);
    EXPECT_EQ(has_control_character("a" + encoded(number, shortest(number)) + "b"), control) << number;
  }
  EXPECT_FALSE(has_control_character(""));
  EXPECT_FALSE(has_control_character("\xE2\x82\x82\xF0\x9F\x98\x80"));
}

}  // namespace
}  // namespace saproxy::policy
