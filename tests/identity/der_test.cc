#include "identity/der.h"

#include <gtest/gtest.h>

#include "tests/identity/der_builder.h"

namespace saproxy::identity {
namespace {

using test::operator+;
using test::raw;
using test::tlv;

struct Row {
  const char* name;
  Bytes bytes;
};
// Spec: X.690 8.1.3, 10.1
const Row kBadElements[] = {
    {"Empty", {}},
    {"TagOnly", {0x30}},
    {"Indefinite", {0x30, 0x80, 0x00, 0x00}},
    {"Cut", {0x04, 0x02, 0x01}},
    {"LengthCut", {0x04, 0x82, 0x01}},
    {"LengthNotShortest81", {0x04, 0x81, 0x01, 0xAA}},
    {"LengthNotShortest82", Bytes{0x04, 0x82, 0x00, 0x80} + Bytes(128, 0)},
    {"LengthNotShortest83", Bytes{0x04, 0x83, 0x00, 0x01, 0x00} + Bytes(256, 0)},
    {"LengthOfFourBytes", {0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF}},
    {"LengthReserved", {0x04, 0xFF}},
    {"LongTag", {0x1F, 0x81, 0x00, 0x00}},
    {"LongContextTag", {0xBF, 0x21, 0x00}},
    {"EndOfContents", {0x00, 0x00}},
};
class BadDerElement : public testing::TestWithParam<Row> {};
TEST_P(BadDerElement, IsRefused) { EXPECT_FALSE(DerReader(GetParam().bytes).next()); }
INSTANTIATE_TEST_SUITE_P(Rows, BadDerElement, testing::ValuesIn(kBadElements),
                         [](const auto& row) { return row.param.name; });

TEST(DerReader, WalksElements) {
  const Bytes bytes = tlv(0x04, Bytes(200, 7)) + tlv(0x05, {});
  DerReader reader(bytes);
  const auto first = reader.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->value.size(), 200U);
  EXPECT_EQ(first->whole.size(), 203U);
  EXPECT_TRUE(reader.next_is(0x05));
  EXPECT_FALSE(reader.finish("test"));
  EXPECT_TRUE(reader.expect(0x05));
  EXPECT_TRUE(reader.finish("test"));
}

TEST(DerReader, RefusesAnotherTag) {
  const Bytes bytes = tlv(0x04, {});
  EXPECT_FALSE(DerReader(bytes).expect(0x05));
  EXPECT_FALSE(read_only_element(bytes + Bytes{0}, 0x04));
}

// Spec: X.690 8.19, 8.20
TEST(DerOid, IsDottedDecimal) {
  EXPECT_EQ(*read_oid(Bytes{0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07}), "1.2.840.10045.3.1.7");
  EXPECT_EQ(*read_oid(Bytes{0x02, 0x83, 0x61, 0x01, 0x64}), "0.2.481.1.100");
  EXPECT_EQ(*read_oid(Bytes{0x88, 0x37}), "2.999");
  EXPECT_EQ(*read_relative_oid(Bytes{0x64, 0x97, 0x56}), "100.3030");
  EXPECT_FALSE(read_oid(Bytes{}));
  EXPECT_FALSE(read_oid(Bytes{0x2A, 0x80, 0x01}));
  EXPECT_FALSE(read_oid(Bytes{0x2A, 0x86}));
  EXPECT_FALSE(read_oid(Bytes{0x2A} + Bytes(12, 0xFF) + Bytes{0x7F}));
  EXPECT_FALSE(read_oid(Bytes(300, 0x01)));
}

// Spec: X.690 8.3.2, 11.1
TEST(DerInteger, IsInItsShortestForm) {
  EXPECT_EQ(*read_small_unsigned(Bytes{0x00}), 0U);
  EXPECT_EQ(*read_small_unsigned(Bytes{0x00, 0xFF, 0xFF}), 65535U);
  for (const Bytes& bad :
       {Bytes{}, Bytes{0x00, 0x01}, Bytes{0xFF, 0x80}, Bytes{0x80}, Bytes{0x01, 0x00, 0x00}, Bytes{0x01, 0, 0, 0}})
    EXPECT_FALSE(read_small_unsigned(bad));
  EXPECT_TRUE(*read_boolean(Bytes{0xFF}));
  EXPECT_FALSE(*read_boolean(Bytes{0x00}));
  EXPECT_FALSE(read_boolean(Bytes{0x01}));
  EXPECT_FALSE(read_boolean(Bytes{}));
}

// Spec: X.690 11.2
TEST(DerNamedBits, CountFromTheFirstBit) {
  EXPECT_EQ(*read_named_bits(Bytes{0x07, 0x80}), 0x0001);
  EXPECT_EQ(*read_named_bits(Bytes{0x01, 0x06}), 0x0060);
  EXPECT_EQ(*read_named_bits(Bytes{0x07, 0x00, 0x80}), 0x0100);
  EXPECT_EQ(*read_named_bits(Bytes{0x00}), 0);
  for (const Bytes& bad : {Bytes{}, Bytes{0x01}, Bytes{0x08, 0x80}, Bytes{0x00, 0x80}, Bytes{0x07, 0xC0},
                           Bytes{0x07, 0x00}, Bytes{0x00, 1, 1, 1}})
    EXPECT_FALSE(read_named_bits(bad));
}

struct TimeRow {
  const char* name;
  std::uint8_t tag;
  const char* text;
  std::int64_t seconds;  // -1: refused
};
constexpr std::int64_t kRefused = -1;
// Spec: RFC 5280 4.1.2.5
const TimeRow kTimes[] = {
    {"Epoch", der::kUtcTime, "700101000000Z", 0},
    {"Utc2026", der::kUtcTime, "260131235959Z", 1769903999},
    {"Utc1950", der::kUtcTime, "500101000000Z", -631152000},
    {"Utc2049", der::kUtcTime, "491231235959Z", 2524607999},
    {"LeapDay", der::kUtcTime, "240229000000Z", 1709164800},
    {"LeapDay2000", der::kGeneralizedTime, "20000229000000Z", 951782400},
    {"Generalized9999", der::kGeneralizedTime, "99991231235959Z", 253402300799},
    {"NoLeapDay2100", der::kGeneralizedTime, "21000229000000Z", kRefused},
    {"NoLeapDay", der::kUtcTime, "250229000000Z", kRefused},
    {"Month0", der::kUtcTime, "250001000000Z", kRefused},
    {"Month13", der::kUtcTime, "251301000000Z", kRefused},
    {"Day0", der::kUtcTime, "250100000000Z", kRefused},
    {"Day32", der::kUtcTime, "250132000000Z", kRefused},
    {"Hour24", der::kUtcTime, "250101240000Z", kRefused},
    {"Minute60", der::kUtcTime, "250101006000Z", kRefused},
    {"Second60", der::kUtcTime, "250101000060Z", kRefused},
    {"Year0", der::kGeneralizedTime, "00000101000000Z", kRefused},
    {"NoSeconds", der::kUtcTime, "2501010000Z", kRefused},
    {"Offset", der::kUtcTime, "250101000000+0100", kRefused},
    {"Fraction", der::kGeneralizedTime, "20250101000000.5Z", kRefused},
    {"NoZone", der::kGeneralizedTime, "20250101000000", kRefused},
    {"SmallZ", der::kUtcTime, "250101000000z", kRefused},
    {"Letters", der::kUtcTime, "25AB01000000Z", kRefused},
    {"Minus", der::kUtcTime, "-50101000000Z", kRefused},
    {"Empty", der::kUtcTime, "", kRefused},
    {"OtherType", der::kUtf8String, "250101000000Z", kRefused},
};
class DerTime : public testing::TestWithParam<TimeRow> {};
TEST_P(DerTime, IsUnixSecondsOrRefused) {
  const Bytes text = raw(GetParam().text);
  const auto seconds = read_time(DerElement{GetParam().tag, text, {}});
  if (GetParam().seconds == kRefused) {
    EXPECT_FALSE(seconds);
  } else {
    ASSERT_TRUE(seconds);
    EXPECT_EQ(*seconds, GetParam().seconds);
  }
}
INSTANTIATE_TEST_SUITE_P(Rows, DerTime, testing::ValuesIn(kTimes), [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace saproxy::identity
