#include "identity/pem.h"

#include <gtest/gtest.h>

#include "identity/base64.h"
#include "identity/hex.h"
#include "tests/identity/der_builder.h"

namespace saproxy::identity {
namespace {

using test::raw;

// Spec: RFC 4648 10
TEST(Base64, AgreesWithTheRfc) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : rows) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), text);
    ASSERT_TRUE(base64_decode(text)) << text;
    EXPECT_EQ(*base64_decode(text), raw(plain));
  }
}

// Spec: RFC 4648 3.3, 3.5
TEST(Base64, HasOneSpellingForEachValue) {
  for (const char* bad :
       {"Zg", "Zg=", "Zh==", "Zm9=", "Zm9v=", "Z===", "====", "=", "Zm 9v", "Zm9v\n", "Zg==Zg==", "Zm-_", "Zm9v!A=="})
    EXPECT_FALSE(base64_decode(bad)) << bad;
  for (const char* bad : {"Zg==", "Zh", "Z", "Zm+/", "Zm9v "}) EXPECT_FALSE(base64url_decode(bad)) << bad;
  EXPECT_EQ(*base64url_decode("-_8"), (Bytes{0xFB, 0xFF}));
  EXPECT_EQ(base64url_encode(Bytes{0xFB, 0xFF}), "-_8");
}

TEST(Hex, IsStrict) {
  EXPECT_EQ(*hex_decode("00fFA5"), (Bytes{0x00, 0xFF, 0xA5}));
  EXPECT_EQ(hex_encode(Bytes{0x00, 0xFF, 0xA5}), "00ffa5");
  EXPECT_TRUE(hex_decode("")->empty());
  for (const char* bad : {"0", "0x12", "1 ", "1g", "12\n", ":1"}) EXPECT_FALSE(hex_decode(bad)) << bad;
}

constexpr std::string_view kTwo =
    "Subject: kept for people\r\n"
    "-----BEGIN CERTIFICATE-----\r\nZm9v\r\nYmFy\r\n-----END CERTIFICATE-----\r\n"
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
    "-----BEGIN CERTIFICATE-----\nZg==\n-----END CERTIFICATE-----";

// Spec: RFC 7468 2
TEST(Pem, GivesEveryBlockOfTheLabel) {
  const auto blocks = decode_pem(kTwo, "CERTIFICATE");
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size(), 2U);
  EXPECT_EQ((*blocks)[0], raw("foobar"));
  EXPECT_EQ((*blocks)[1], raw("f"));
}

TEST(Pem, SaysWhenThereIsNone) { EXPECT_EQ(decode_pem(kTwo, "X509 CRL").error().code, ErrorCode::NotFound); }

TEST(Pem, RefusesBrokenBlocks) {
  for (const char* bad :
       {"-----BEGIN A-----\nZg==\n", "-----BEGIN A-----\nZg==\n-----END B-----\n",
        "-----BEGIN A-----\nZ\n-----END A-----\n", "-----BEGIN A-----\n-----END A-----\n",
        "-----BEGIN A\nZg==\n-----END A-----\n", "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nZg==\n-----END A-----\n",
        "-----BEGIN A-----\nZg==\n-----BEGIN A-----\nZg==\n-----END A-----\n",
        "-----BEGIN B-----\n-----BEGIN A-----\nZg==\n-----END A-----\n-----END B-----\n"})
    EXPECT_EQ(decode_pem(bad, "A").error().code == ErrorCode::NotFound, false) << bad;
  std::string many;
  for (int i = 0; i < 1025; ++i) many += "-----BEGIN A-----\nZg==\n-----END A-----\n";
  EXPECT_EQ(decode_pem(many, "A").error().code, ErrorCode::OutOfRange);
}

TEST(Pem, TakesDerAsItIs) {
  const Bytes der = test::seq({0x05, 0x00});
  EXPECT_EQ(decode_pem_or_der(der, "CERTIFICATE")->front(), der);
  EXPECT_EQ(decode_pem_or_der(as_bytes(kTwo), "CERTIFICATE")->size(), 2U);
  EXPECT_FALSE(decode_pem_or_der(Bytes{0x30, 0x05, 0x00}, "CERTIFICATE"));
  EXPECT_FALSE(decode_pem_or_der({}, "CERTIFICATE"));
}

}  // namespace
}  // namespace saproxy::identity
