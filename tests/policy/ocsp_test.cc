// What OCSP answers are worth, and for how long. Spec: RFC 6960 3.2, 4.2.2.1
#include "policy/ocsp.h"

#include <gtest/gtest.h>

namespace saproxy::policy {
namespace {

using identity::OcspCertificateId;
using identity::OcspResponse;
using identity::OcspSingleResponse;
using Status = OcspSingleResponse::Status;
using Mode = OcspSettings::Mode;

constexpr std::int64_t kNow = 1'800'000'000;
const OcspCertificateId kId{"1.3.14.3.2.26", {1}, {2}, {3}};

OcspResponse response(Status status, std::int64_t from, std::optional<std::int64_t> until, OcspCertificateId id = kId) {
  return {0, kNow + from, {{std::move(id), status, kNow + from, until ? std::optional(kNow + *until) : until}}, {}};
}
constexpr Seconds kMaxAge(3600);
OcspVerdict judge(const OcspResponse& given, Seconds skew = Seconds(5)) {
  return judge_ocsp(given, kId, kNow, {skew, kMaxAge}).verdict;
}

TEST(OcspJudging, AnAnswerInItsTimeCounts) {
  EXPECT_EQ(judge(response(Status::Good, -10, 10)), OcspVerdict::Good);
  EXPECT_EQ(judge(response(Status::Revoked, -10, 10)), OcspVerdict::Revoked);
  EXPECT_EQ(judge(response(Status::Unknown, -10, 10)), OcspVerdict::Unknown);
  EXPECT_EQ(judge(response(Status::Good, -10, std::nullopt)), OcspVerdict::Good);
}

TEST(OcspJudging, TimeIsToleratedAsMuchAsIsSaid) {
  EXPECT_EQ(judge(response(Status::Good, 5, 100)), OcspVerdict::Good);
  EXPECT_EQ(judge(response(Status::Good, 6, 100)), OcspVerdict::NotYetValid);
  EXPECT_EQ(judge(response(Status::Good, -100, -5)), OcspVerdict::Good);
  EXPECT_EQ(judge(response(Status::Good, -100, -6)), OcspVerdict::Outdated);
  EXPECT_EQ(judge(response(Status::Revoked, -100, -6)), OcspVerdict::Outdated);
  EXPECT_EQ(judge(response(Status::Good, 3, 1)), OcspVerdict::Outdated);  // ends before it begins
}

// RFC 5019 4: whoever says nothing of the next update must be recent, or its answer could be shown for ever.
TEST(OcspJudging, WithoutNextUpdateGoodGrowsOld) {
  EXPECT_EQ(judge(response(Status::Good, -3605, std::nullopt)), OcspVerdict::Good);
  EXPECT_EQ(judge(response(Status::Good, -3606, std::nullopt)), OcspVerdict::Outdated);
  EXPECT_EQ(judge(response(Status::Unknown, -3606, std::nullopt)), OcspVerdict::Unknown) << "soft would forgive it";
  EXPECT_EQ(judge(response(Status::Revoked, -86400, std::nullopt)), OcspVerdict::Revoked);
}

TEST(OcspJudging, AResponseThatIsYetToBeMadeIsNotYetValid) {
  OcspResponse given = response(Status::Good, -10, 10);
  given.produced_at = kNow + 6;
  EXPECT_EQ(judge(given), OcspVerdict::NotYetValid);
}

TEST(OcspJudging, AnotherCertificateIsAnotherCertificate) {
  for (const OcspCertificateId& other :
       {OcspCertificateId{"1.3.14.3.2.27", {1}, {2}, {3}}, OcspCertificateId{kId.hash_algorithm, {9}, {2}, {3}},
        OcspCertificateId{kId.hash_algorithm, {1}, {9}, {3}}, OcspCertificateId{kId.hash_algorithm, {1}, {2}, {9}}})
    EXPECT_EQ(judge(response(Status::Good, -10, 10, other)), OcspVerdict::OtherCertificate);
  EXPECT_EQ(judge({}), OcspVerdict::OtherCertificate);
}

TEST(OcspJudging, TheOneAmongManyCounts) {
  OcspResponse given = response(Status::Good, -10, 10, {kId.hash_algorithm, {1}, {2}, {9}});
  given.singles.push_back(response(Status::Revoked, -10, 10).singles[0]);
  EXPECT_EQ(judge(given), OcspVerdict::Revoked);
  given.singles.push_back(response(Status::Good, -10, 10).singles[0]);
  EXPECT_EQ(judge(given), OcspVerdict::OtherCertificate);  // twice
}

TEST(OcspMode, SoftForgivesSilenceAndNothingElse) {
  for (std::size_t i = 0; i < kOcspVerdictCount; ++i) {
    const auto verdict = static_cast<OcspVerdict>(i);
    const bool refused = verdict == OcspVerdict::Revoked || verdict == OcspVerdict::Unknown;
    EXPECT_EQ(accepts(Mode::Soft, verdict), !refused) << to_text(verdict);
    EXPECT_EQ(accepts(Mode::Hard, verdict), verdict == OcspVerdict::Good) << to_text(verdict);
    EXPECT_TRUE(accepts(Mode::Off, verdict)) << to_text(verdict);
    EXPECT_FALSE(to_text(verdict).empty());
  }
}

TEST(OcspLifetime, IsTheOneOfTheAnswerWithinBounds) {
  OcspSettings settings;
  settings.min_age = Seconds(60);
  settings.max_age = Seconds(3600);
  settings.retry_after = Seconds(7);
  const auto life = [&](OcspVerdict verdict, std::optional<std::int64_t> left) {
    const auto next = left ? std::optional(kNow + *left) : std::nullopt;
    return ocsp_lifetime({verdict, kNow, next}, kNow, settings).count() / 1000;
  };
  EXPECT_EQ(life(OcspVerdict::Good, 600), 600);
  EXPECT_EQ(life(OcspVerdict::Revoked, 600), 600);
  EXPECT_EQ(life(OcspVerdict::Good, 5), 60);
  EXPECT_EQ(life(OcspVerdict::Good, -5), 60);
  EXPECT_EQ(life(OcspVerdict::Good, 86400), 3600);
  EXPECT_EQ(life(OcspVerdict::Good, INT64_MAX - kNow), 3600);
  EXPECT_EQ(life(OcspVerdict::Good, std::nullopt), 60);
  EXPECT_EQ(life(OcspVerdict::Unknown, 600), 60);
  EXPECT_EQ(life(OcspVerdict::Timeout, std::nullopt), 7);
}

}  // namespace
}  // namespace saproxy::policy
