// What is believed of what responders say. The responses come from OpenSSL, good ones and hostile ones.
// Spec: RFC 6960 4.2.2.2 (authorised responders), 4.2.2.1 (time)
#include "proxy/session/ocsp_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "proxy/session/context_set.h"
#include "tests/support/ocsp_files.h"

namespace saproxy::proxy {
namespace {

using identity::Bytes;
using policy::OcspVerdict;
using policy::Seconds;
using ::testing::HasSubstr;
using tests::ocsp_file;

constexpr Seconds kSkew{60};
constexpr Seconds kMaxAge{3600};
constexpr std::int64_t kDay = 86400;

OcspMessage message(const std::string& certificate = "leaf.der", bool nonce = false) {
  auto made = OcspMessage::make(ocsp_file(certificate), ocsp_file("ca.der"), nonce);
  if (!made) throw std::runtime_error(made.error().detail);
  return *std::move(made);
}

OcspVerdict verdict(const Bytes& response, std::int64_t later = 0, Seconds skew = kSkew) {
  return message().read(response, std::time(nullptr) + later, {skew, kMaxAge}).judged.verdict;
}

class OcspMessageTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(initialise_wolfssl()); }
};

struct Row {
  const char* file;
  OcspVerdict verdict;
};
constexpr Row kRows[] = {
    {"good.der", OcspVerdict::Good},
    {"good-no-certificate.der", OcspVerdict::Good},
    {"good-by-key.der", OcspVerdict::Good},
    {"revoked.der", OcspVerdict::Revoked},
    {"unknown.der", OcspVerdict::Unknown},
    {"delegated.der", OcspVerdict::Good},
    {"delegated-by-key.der", OcspVerdict::Good},
    {"delegated-revoked.der", OcspVerdict::Revoked},
    {"delegated-without-purpose.der", OcspVerdict::Untrusted},  // no id-kp-OCSPSigning
    {"delegated-foreign.der", OcspVerdict::Untrusted},          // a responder of another CA
    {"delegated-twin.der", OcspVerdict::Untrusted},             // likewise, of one with the same name
    {"stranger.der", OcspVerdict::Untrusted},
    {"twin.der", OcspVerdict::Untrusted},
    {"twin-no-certificate.der", OcspVerdict::Untrusted},
    {"leaf-itself.der", OcspVerdict::Untrusted},  // who is asked about says that all is well
    {"about-sibling.der", OcspVerdict::OtherCertificate},
    {"other-issuer.der", OcspVerdict::OtherCertificate},
    {"try-later.der", OcspVerdict::Refused},
    {"leaf.der", OcspVerdict::Malformed},
};
class OcspResponses : public ::testing::TestWithParam<Row> {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(initialise_wolfssl()); }
};
TEST_P(OcspResponses, AreJudged) { EXPECT_EQ(verdict(ocsp_file(GetParam().file)), GetParam().verdict); }
INSTANTIATE_TEST_SUITE_P(Files, OcspResponses, ::testing::ValuesIn(kRows), [](const auto& row) {
  std::string name = row.param.file;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
});

TEST_F(OcspMessageTest, NamesTheResponderOfTheCertificate) {
  EXPECT_EQ(message().responder(), "http://ocsp.example.com:8888/status");
  EXPECT_EQ(message("sibling.der").responder(), "");
}

TEST_F(OcspMessageTest, AsksAsOpensslDoes) { EXPECT_EQ(message().request(), ocsp_file("good.der.request")); }

TEST_F(OcspMessageTest, AsksNothingAboutACertificateOfAnotherIssuer) {
  EXPECT_FALSE(OcspMessage::make(ocsp_file("leaf.der"), ocsp_file("twin.der"), false));
  EXPECT_FALSE(OcspMessage::make(ocsp_file("leaf.der"), ocsp_file("other.der"), false));
  EXPECT_FALSE(OcspMessage::make(ocsp_file("leaf.der"), Bytes{1, 2, 3}, false));
  EXPECT_FALSE(OcspMessage::make(Bytes{1, 2, 3}, ocsp_file("ca.der"), false));
}

TEST_F(OcspMessageTest, AnAnswerEnds) {
  EXPECT_EQ(verdict(ocsp_file("good.der"), kDay - 10), OcspVerdict::Good);
  EXPECT_EQ(verdict(ocsp_file("good.der"), kDay + 30), OcspVerdict::Good);  // within the tolerance
  EXPECT_EQ(verdict(ocsp_file("good.der"), kDay + 30, Seconds(0)), OcspVerdict::Outdated);
  EXPECT_EQ(verdict(ocsp_file("good.der"), kDay + 100), OcspVerdict::Outdated);
  EXPECT_EQ(verdict(ocsp_file("revoked.der"), kDay + 100), OcspVerdict::Outdated);
}

TEST_F(OcspMessageTest, AnAnswerFromTheFutureIsNone) {
  EXPECT_EQ(verdict(ocsp_file("good.der"), -30), OcspVerdict::Good);  // within the tolerance
  EXPECT_EQ(verdict(ocsp_file("good.der"), -100), OcspVerdict::NotYetValid);
  EXPECT_EQ(verdict(ocsp_file("good.der"), -kDay), OcspVerdict::NotYetValid);
}

TEST_F(OcspMessageTest, TheLibraryHasItsOwnTimeBack) {
  ASSERT_EQ(verdict(ocsp_file("good.der"), kDay - 10), OcspVerdict::Good);
  EXPECT_EQ(verdict(ocsp_file("delegated.der")), OcspVerdict::Good);
}

TEST_F(OcspMessageTest, NothingShorterIsBelieved) {
  const Bytes& whole = ocsp_file("delegated.der");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(policy::is_answer(verdict(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))))
        << size;
}

// The certificate of the delegate is signed, as the data is: no byte of either may differ.
TEST_F(OcspMessageTest, NoBitOfTheSignedDataMayDiffer) {
  const Bytes& whole = ocsp_file("good-no-certificate.der");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes bent = whole;
    bent[at] ^= 0x01;
    EXPECT_FALSE(policy::is_answer(verdict(bent))) << at;
  }
}

TEST_F(OcspMessageTest, NothingHugeIsRead) {
  Bytes huge = ocsp_file("good.der");
  huge.resize(100000);
  EXPECT_EQ(verdict(huge), OcspVerdict::Malformed);
}

TEST_F(OcspMessageTest, NothingMayFollow) {
  Bytes more = ocsp_file("good.der");
  more.push_back(0);
  EXPECT_EQ(verdict(more), OcspVerdict::Malformed);
}

TEST_F(OcspMessageTest, AMissingNonceIsMissed) {
  const OcspMessage asked = message("leaf.der", true);
  EXPECT_GT(asked.request().size(), message().request().size());
  EXPECT_NE(asked.request(), message("leaf.der", true).request());
  const auto reading = asked.read(ocsp_file("good.der"), std::time(nullptr), {kSkew, kMaxAge});
  EXPECT_EQ(reading.judged.verdict, OcspVerdict::OtherCertificate);
  EXPECT_THAT(reading.detail, HasSubstr("nonce"));
}

}  // namespace
}  // namespace saproxy::proxy
