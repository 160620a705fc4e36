#include "identity/association.h"

#include <gtest/gtest.h>

namespace saproxy::identity {
namespace {

Association an_association(Identities identities) {
  return Association{"1",
                     *CredentialId::parse("12-a@sp.com"),
                     Saef::Psk,
                     EntityKind::Ae,
                     std::move(identities),
                     IdentitySource::Configured,
                     0,
                     0};
}

// Spec: TS-0003 8.2.1
TEST(Association, MayUseWhatItsListCovers) {
  const auto association = an_association(StemList({*Pattern::parse("C1*")}));
  EXPECT_TRUE(association.may_use(*AeStem::parse("C12")));
  EXPECT_FALSE(association.may_use(*AeStem::parse("C2")));
  EXPECT_TRUE(association.is_resolved());
}

TEST(Association, MayUseNothingWhenUnresolvedOrACse) {
  EXPECT_FALSE(an_association(Unresolved{}).may_use(*AeStem::parse("C1")));
  EXPECT_FALSE(an_association(Unresolved{}).is_resolved());
  const auto cse = an_association(*CseId::parse("/mn1"));
  EXPECT_FALSE(cse.may_use(*AeStem::parse("C1")));
  ASSERT_NE(cse.cse_id(), nullptr);
  EXPECT_EQ(cse.stems(), nullptr);
}

}  // namespace
}  // namespace saproxy::identity
