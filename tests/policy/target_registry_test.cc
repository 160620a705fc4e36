// Notification targets in the registry: who a direct URL leads to, and how long its token lives.
// Spec: TS-0004 7.4.8 (nu, su); TS-0003 8.2.1 (SA1 before SA2)
#include <gtest/gtest.h>

#include "policy/registry.h"

namespace saproxy::policy {
namespace {

Registration an_ae(const std::string& stem, std::vector<std::string> points, std::int64_t registered = 1) {
  Registration registration;
  registration.entity_id = stem;
  registration.credential_id = "12-" + stem + "@sp.example.com";
  registration.points_of_access = std::move(points);
  registration.registered = registered;
  return registration;
}

RegistryChange targets(std::vector<NotificationTarget> all) {
  RegistryChange change;
  change.kind = RegistryChange::Kind::PutTargets;
  change.targets = std::move(all);
  return change;
}

std::string who(const Registry& registry, const std::string& url, std::string_view preferred = "") {
  const auto point = PointOfAccess::parse(url, UriQuery::Allowed);
  const Registration* found = point ? registry.find_at(*point, preferred) : nullptr;
  return found == nullptr ? "" : found->entity_id;
}

struct Row {
  const char* name;
  const char* url;
  const char* preferred;
  const char* leads_to;
};
constexpr Row kRows[] = {
    {"OtherPath", "https://a.example.com/x?y=1", "", "Ca"},
    {"DefaultPort", "https://A.example.com:443", "", "Ca"},
    {"OtherPort", "https://a.example.com:8443", "", ""},
    {"OtherScheme", "http://a.example.com:443", "", ""},
    {"SecondEntry", "https://[::1]:8443/n", "", "Ca"},
    {"OtherSpellingOfTheAddress", "https://[0:0:0:0:0:0:0:1]:8443/n", "", "Ca"},
    {"Nobody", "https://c.example.com", "", ""},
    {"OldestOfThoseWhoShareIt", "https://shared.example.com/", "", "Cb"},
    {"OnesOwn", "https://shared.example.com/", "Cc", "Cc"},
    {"NotOnesOwn", "https://a.example.com/", "Cc", "Ca"},
};
class LeadsTo : public ::testing::TestWithParam<Row> {};
TEST_P(LeadsTo, ARegistreeBySchemeHostAndPort) {
  Registry registry;
  registry.put(an_ae("Ca", {"https://a.example.com/poa", "https://[::1]:8443", "mqtt://a", "garbage"}));
  registry.put(an_ae("Cc", {"https://shared.example.com"}, 3));
  registry.put(an_ae("Cb", {"https://shared.example.com/b", "https://shared.example.com/c"}, 2));
  EXPECT_EQ(who(registry, GetParam().url, GetParam().preferred), GetParam().leads_to);
}
INSTANTIATE_TEST_SUITE_P(TargetRegistry, LeadsTo, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(TargetRegistry, LeadsNowhereOnceTheRegistreeHasMovedOrGone) {
  Registry registry;
  registry.put(an_ae("Ca", {"https://old.example.com", "https://old.example.com/twice"}));
  registry.put(an_ae("Ca", {"https://new.example.com"}));
  EXPECT_EQ(who(registry, "https://old.example.com"), "");
  EXPECT_EQ(who(registry, "https://new.example.com"), "Ca");
  registry.erase("Ca");
  EXPECT_EQ(who(registry, "https://new.example.com"), "");
}

class TargetLife : public ::testing::Test {
 protected:
  void SetUp() override {
    registry_.put(an_ae("Ca", {"https://a.example.com"}));
    registry_.apply(targets({one_, two_}));
  }
  Registry registry_;
  NotificationTarget one_{"t1", "Ca", "https://a.example.com/1", 10, "12-s@sp.com"};
  NotificationTarget two_{"t2", "Ca", "https://a.example.com/2", 10, "12-s@sp.com"};
};

TEST_F(TargetLife, IsFoundByTokenAndByUrl) {
  ASSERT_TRUE(registry_.targets().find("t1"));
  EXPECT_EQ(*registry_.targets().find("t1"), one_);
  ASSERT_TRUE(registry_.targets().find("Ca", two_.url));
  EXPECT_EQ(registry_.targets().find("Ca", two_.url)->token, "t2");
  EXPECT_FALSE(registry_.targets().find("Cb", two_.url));
  EXPECT_EQ(registry_.targets().count_of("12-s@sp.com"), 2u);
  EXPECT_EQ(registry_.targets().size(), 2u);
}

TEST_F(TargetLife, NobodyGetsOneWithoutARegistration) {
  registry_.apply(targets({{"t3", "Cb", "https://b.example.com", 10}}));
  EXPECT_FALSE(registry_.targets().find("t3"));
}

TEST_F(TargetLife, OneUrlHasOneToken) {
  registry_.apply(targets({{"t3", "Ca", one_.url, 11}}));
  EXPECT_EQ(registry_.targets().find("Ca", one_.url)->token, "t3");
  EXPECT_FALSE(registry_.targets().find("t1"));
  EXPECT_EQ(registry_.targets().size(), 2u);
  EXPECT_EQ(registry_.targets().count_of("12-s@sp.com"), 1u);
}

TEST_F(TargetLife, OutlivesAnUpdateAndARegistrationThroughTheSameCredential) {
  registry_.put(an_ae("Ca", {"https://new.example.com"}, 5));
  EXPECT_TRUE(registry_.targets().find("t1"));
}

TEST_F(TargetLife, EndsWithTheRegistration) {
  registry_.erase("Ca");
  EXPECT_EQ(registry_.targets().size(), 0u);
  EXPECT_EQ(registry_.targets().count_of("12-s@sp.com"), 0u) << "who subscribed may do so again";
  EXPECT_FALSE(registry_.targets().find("Ca", one_.url));
}

TEST_F(TargetLife, EndsWithARegistrationThatIsKeptForItsCertificate) {
  Registration ended = an_ae("Ca", {});
  ended.ended = true;
  registry_.put(ended);
  EXPECT_EQ(registry_.targets().size(), 0u);
}

TEST_F(TargetLife, EndsWhenAnotherCredentialHasTheIdentity) {
  Registration other = an_ae("Ca", {"https://a.example.com"});
  other.credential_id = "12-other@sp.example.com";
  registry_.put(other);
  EXPECT_FALSE(registry_.targets().find("t1"));
}

}  // namespace
}  // namespace saproxy::policy
