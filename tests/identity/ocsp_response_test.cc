// The reader of OCSP responses, on ones that are put together here. Spec: RFC 6960 4.2.1
#include "identity/ocsp_response.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace saproxy::identity {
namespace {

Bytes tlv(std::uint8_t tag, std::initializer_list<Bytes> parts) {
  Bytes content;
  for (const Bytes& part : parts) content.insert(content.end(), part.begin(), part.end());
  Bytes whole{tag};
  if (content.size() > 255) {
    whole.push_back(0x82);
    whole.push_back(static_cast<std::uint8_t>(content.size() >> 8));
  } else if (content.size() > 127) {
    whole.push_back(0x81);
  }
  whole.push_back(static_cast<std::uint8_t>(content.size()));
  whole.insert(whole.end(), content.begin(), content.end());
  return whole;
}
Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }
Bytes time_of(std::string_view text) { return tlv(0x18, {bytes(text)}); }

const Bytes kSha1 = {0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A};
const Bytes kBasic = {0x06, 0x09, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01};
const Bytes kNonceOid = {0x06, 0x09, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02};
const Bytes kCritical = {0x01, 0x01, 0xFF};
const Bytes kGood = {0x80, 0x00};

// A response in parts, each of which may be bent.
struct Parts {
  Bytes outer_status = {0x0A, 0x01, 0x00};
  Bytes type = kBasic;
  Bytes version;
  Bytes serial = {0x02, 0x01, 0x05};
  Bytes status = kGood;
  Bytes this_update = time_of("20260102030405Z");
  Bytes next_update = tlv(0xA0, {time_of("20260103030405Z")});
  Bytes single_extensions;
  Bytes extensions;
  int times = 1;
  Bytes behind;

  [[nodiscard]] Bytes single() const {
    const Bytes id = tlv(0x30, {tlv(0x30, {kSha1}), tlv(0x04, {bytes("name")}), tlv(0x04, {bytes("key")}), serial});
    return tlv(0x30, {id, status, this_update, next_update, single_extensions});
  }
  [[nodiscard]] Bytes whole() const {
    Bytes singles;
    for (int i = 0; i < times; ++i) {
      const Bytes one = single();
      singles.insert(singles.end(), one.begin(), one.end());
    }
    const Bytes data = tlv(0x30, {version, tlv(0xA2, {tlv(0x04, {bytes("k")})}), time_of("20260102030405Z"),
                                  tlv(0x30, {singles}), extensions});
    const Bytes basic = tlv(0x30, {data, tlv(0x30, {kSha1}), {0x03, 0x02, 0x00, 0x55}});
    return tlv(0x30, {outer_status, tlv(0xA0, {tlv(0x30, {type, tlv(0x04, {basic})})}), behind});
  }
};

TEST(OcspResponse, SaysWhatItSays) {
  const auto read = read_ocsp_response(Parts{}.whole());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->status, 0u);
  EXPECT_EQ(read->produced_at, 1767323045);
  ASSERT_EQ(read->singles.size(), 1u);
  const OcspSingleResponse& single = read->singles.front();
  EXPECT_EQ(single.id, (OcspCertificateId{"1.3.14.3.2.26", bytes("name"), bytes("key"), {5}}));
  EXPECT_EQ(single.status, OcspSingleResponse::Status::Good);
  EXPECT_EQ(single.this_update, 1767323045);
  EXPECT_EQ(single.next_update, 1767323045 + 86400);
  EXPECT_FALSE(read->nonce);
}

TEST(OcspResponse, ReadsEveryStatus) {
  Parts parts;
  parts.status = tlv(0xA1, {time_of("20260101000000Z")});
  EXPECT_EQ(read_ocsp_response(parts.whole())->singles[0].status, OcspSingleResponse::Status::Revoked);
  parts.status = {0x82, 0x00};
  EXPECT_EQ(read_ocsp_response(parts.whole())->singles[0].status, OcspSingleResponse::Status::Unknown);
}

TEST(OcspResponse, NextUpdateMayBeMissing) {
  Parts parts;
  parts.next_update.clear();
  EXPECT_FALSE(read_ocsp_response(parts.whole())->singles[0].next_update);
}

TEST(OcspResponse, ReadsTheNonce) {
  Parts parts;
  const Bytes extension = tlv(0x30, {kNonceOid, tlv(0x04, {tlv(0x04, {bytes("nonce")})})});
  parts.extensions = tlv(0xA1, {tlv(0x30, {extension})});
  EXPECT_EQ(read_ocsp_response(parts.whole())->nonce, bytes("nonce"));
  parts.extensions = tlv(0xA1, {tlv(0x30, {extension, extension})});
  EXPECT_FALSE(read_ocsp_response(parts.whole()));
}

TEST(OcspResponse, ARefusalHasNothingElse) {
  EXPECT_EQ(read_ocsp_response(Bytes{0x30, 0x03, 0x0A, 0x01, 0x06})->status, 6u);
  Parts parts;
  parts.outer_status = {0x0A, 0x01, 0x06};
  EXPECT_FALSE(read_ocsp_response(parts.whole()));
  EXPECT_FALSE(read_ocsp_response(Bytes{0x30, 0x03, 0x0A, 0x01, 0x00}));
}

struct Bent {
  const char* name;
  void (*bend)(Parts&);
};
const Bent kBent[] = {
    {"AnotherType", [](Parts& p) { p.type = kNonceOid; }},
    {"AVersion",
     [](Parts& p) {
       p.version = {0xA0, 0x03, 0x02, 0x01, 0x01};
     }},
    {"ATailBehind",
     [](Parts& p) {
       p.behind = {0x05, 0x00};
     }},
    {"NoSerial", [](Parts& p) { p.serial.clear(); }},
    {"ALongSerial",
     [](Parts& p) {
       p.serial = {0x02, 0x02, 0x00, 0x05};
     }},
    {"AStatusNobodyKnows",
     [](Parts& p) {
       p.status = {0x83, 0x00};
     }},
    {"AGoodWithContent",
     [](Parts& p) {
       p.status = {0x80, 0x01, 0x00};
     }},
    {"UtcTime", [](Parts& p) { p.this_update = tlv(0x17, {bytes("260102030405Z")}); }},
    {"NoSuchDay", [](Parts& p) { p.this_update = time_of("20260230030405Z"); }},
    {"TwoNextUpdates",
     [](Parts& p) {
       p.next_update = tlv(0xA0, {time_of("20260103030405Z"), time_of("20260103030405Z")});
     }},
    {"ACriticalExtension",
     [](Parts& p) {
       p.extensions = tlv(0xA1, {tlv(0x30, {tlv(0x30, {kBasic, kCritical, tlv(0x04, {})})})});
     }},
    {"ACriticalExtensionOfOne",
     [](Parts& p) {
       p.single_extensions = tlv(0xA1, {tlv(0x30, {tlv(0x30, {kBasic, kCritical, tlv(0x04, {})})})});
     }},
    {"TooMany", [](Parts& p) { p.times = 65; }},
};
class BentOcspResponse : public ::testing::TestWithParam<Bent> {};
TEST_P(BentOcspResponse, IsRefused) {
  Parts parts;
  GetParam().bend(parts);
  EXPECT_FALSE(read_ocsp_response(parts.whole()));
}
INSTANTIATE_TEST_SUITE_P(Each, BentOcspResponse, ::testing::ValuesIn(kBent),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(OcspResponse, ManyAreRead) {
  Parts parts;
  parts.times = 64;
  const auto read = read_ocsp_response(parts.whole());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->singles.size(), 64u);
}

TEST(OcspResponse, NothingShorterIsOne) {
  const Bytes whole = Parts{}.whole();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_ocsp_response(ByteView(whole).first(size))) << size;
}

}  // namespace
}  // namespace saproxy::identity
