#include "policy/cse_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace saproxy::policy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

struct Row {
  CseProfile profile;
  bool keep_alive, whole_requests, insert_release_version, insert_originator;
  OriginatorForm form;
  std::uint32_t max_request, max_header_value, max_originator;
};
// conf/README.md, "CSE profiles", says the same.
constexpr Row kRows[] = {
    {CseProfile::Generic, true, false, false, false, OriginatorForm::CseRelative, 1u << 20, 4000, 250},
    {CseProfile::TinyIot, false, true, true, true, OriginatorForm::CseRelative, 32'000, 1000, 100},
    {CseProfile::Acme, true, false, false, false, OriginatorForm::AsSent, 1u << 20, 4000, 250},
    {CseProfile::Mobius, true, false, false, true, OriginatorForm::CseRelative, 1u << 20, 4000, 250},
    {CseProfile::Mobius4, true, false, false, false, OriginatorForm::CseRelative, 1u << 20, 4000, 250},
    {CseProfile::Om2m, true, false, false, false, OriginatorForm::CseRelative, 1u << 20, 4000, 250},
};
class Profile : public ::testing::TestWithParam<Row> {};

TEST_P(Profile, GivesItsDefaults) {
  const Row& row = GetParam();
  CseSettings settings;
  apply_profile(row.profile, settings);
  EXPECT_EQ(settings.profile, row.profile);
  EXPECT_EQ(settings.keep_alive, row.keep_alive);
  EXPECT_EQ(settings.whole_requests, row.whole_requests);
  EXPECT_EQ(settings.insert_release_version, row.insert_release_version);
  EXPECT_EQ(settings.insert_originator, row.insert_originator);
  EXPECT_EQ(settings.originator_form, row.form);
  EXPECT_EQ(settings.health_request, row.profile == CseProfile::TinyIot);
  EXPECT_EQ(settings.max_request, row.max_request);
  EXPECT_EQ(settings.max_header_value, row.max_header_value);
  EXPECT_EQ(settings.max_originator, row.max_originator);
  EXPECT_EQ(settings.max_request_id, row.max_originator);
  EXPECT_EQ(settings.max_query, row.profile == CseProfile::TinyIot ? 100u : 4000u);
  EXPECT_EQ(settings.max_connections, row.profile == CseProfile::TinyIot ? 1u : 64u);
}

TEST_P(Profile, KnowsAdministratorsThatGenericDeniesToo) {
  const auto all = administrators_of(CseProfile::Generic);
  EXPECT_FALSE(administrators_of(GetParam().profile).empty());
  for (const std::string_view administrator : administrators_of(GetParam().profile))
    EXPECT_THAT(all, Contains(administrator));
}

INSTANTIATE_TEST_SUITE_P(All, Profile, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(to_text(row.param.profile)); });

TEST(DeniedOriginators, KnowNamesThatMobius4EverTaught) {
  EXPECT_THAT(administrators_of(CseProfile::Mobius4), ElementsAre("cse.admin", "SM", "Superuser"));
}

TEST(DeniedOriginators, AddsThoseOfTheProfileUnlessSwitchedOff) {
  CseSettings settings;
  apply_profile(CseProfile::TinyIot, settings);
  settings.denied_originators = {"Croot*"};
  EXPECT_THAT(denied_originators_of(settings), ElementsAre("Croot*", "CAdmin"));
  settings.deny_profile_administrators = false;
  EXPECT_THAT(denied_originators_of(settings), ElementsAre("Croot*"));
}

}  // namespace
}  // namespace saproxy::policy
