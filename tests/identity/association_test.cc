#include "identity/association.h"

#include <gtest/gtest.h>

namespace saproxy::identity {
namespace {

Association an_association(Identities identities, std::initializer_list<const char*> learned = {}) {
  std::vector<Pattern> stems;
  for (const char* text : learned) stems.push_back(*Pattern::parse(text));
  return Association{"1",
                     *CredentialId::parse("12-a@sp.com"),
                     Saef::Psk,
                     EntityKind::Ae,
                     std::move(identities),
                     IdentitySource::Configured,
                     std::make_shared<const Learned>(Learned{StemList(std::move(stems))}),
                     0,
                     0};
}

// Spec: TS-0003 8.2.1; TS-0001 9.6.29
TEST(Association, SpeaksAsWhatItsListNames) {
  const auto association = an_association(StemList({*Pattern::parse("C1"), *Pattern::parse("C2*")}));
  EXPECT_TRUE(association.may_speak_as("C1"));
  EXPECT_FALSE(association.may_speak_as("C2x")) << "a wildcard makes nobody an owner";
  EXPECT_FALSE(association.may_speak_as("C3"));
  EXPECT_TRUE(association.is_resolved());
}

TEST(Association, SpeaksAsWhatWasRegisteredThroughItsCredential) {
  const auto association = an_association(StemList({*Pattern::parse("C2*")}), {"C2x"});
  EXPECT_TRUE(association.may_speak_as("C2x"));
  EXPECT_TRUE(association.has_registered("C2x"));
  EXPECT_FALSE(association.may_speak_as("C2y"));
  EXPECT_TRUE(an_association(Unresolved{}, {"C9"}).may_speak_as("C9"));
}

TEST(Association, SpeaksAsNobodyWhenUnresolvedOrACse) {
  EXPECT_FALSE(an_association(Unresolved{}).may_speak_as("C1"));
  EXPECT_FALSE(an_association(Unresolved{}).is_resolved());
  const auto cse = an_association(*CseId::parse("/mn1"));
  EXPECT_FALSE(cse.may_speak_as("C1"));
  ASSERT_NE(cse.cse_id(), nullptr);
  EXPECT_EQ(cse.stems(), nullptr);
}

}  // namespace
}  // namespace saproxy::identity
