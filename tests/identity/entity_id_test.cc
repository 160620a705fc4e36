// Spec: TS-0004 6.2.4, TS-0001 7.2
#include "identity/entity_id.h"

#include <gtest/gtest.h>

namespace saproxy::identity {
namespace {

using Form = Originator::Form;

struct FromRow {
  const char* name;
  const char* clause;
  std::string_view from;
  Form form;
};
const FromRow kFromRows[] = {
    {"Empty", "TS-0004 7.3.2.1", "", Form::Absent},
    {"BareC", "TS-0001 10.2.2.2", "C", Form::BareC},
    {"BareS", "TS-0001 10.2.2.2", "S", Form::BareS},
    {"CStem", "TS-0001 7.2", "Cabc", Form::Stem},
    {"SStem", "TS-0001 7.2", "Sabc", Form::Stem},
    {"StemWithUnderscore", "TS-0004 6.2.3", "S_SAH25", Form::Stem},
    {"StemWithDotAndDash", "TS-0004 6.2.3", "C.a-b", Form::Stem},
    {"SpRelativeAe", "TS-0001 7.2", "/cse1/Cabc", Form::SpRelativeAe},
    {"SpRelativeSStemLooksLikeCse", "TS-0001 7.2", "/Sabc", Form::CseId},
    {"AbsoluteAe", "TS-0001 7.2", "//sp.com/cse1/Cabc", Form::AbsoluteAe},
    {"AbsoluteSStemLooksLikeCse", "TS-0001 7.2", "//sp.com/Sabc", Form::AbsoluteCse},
    {"CseId", "TS-0001 7.2", "/cse1", Form::CseId},
    {"AbsoluteCse", "TS-0001 7.2", "//sp.com/cse1", Form::AbsoluteCse},
    {"SmallC", "TS-0004 6.2.3 (case-sensitive)", "cabc", Form::Other},
    {"OtherFirstLetter", "TS-0001 7.2 (reserved)", "Xabc", Form::Other},
    {"AdminWithColon", "TS-0004 6.2.3", "admin:admin", Form::Other},
    {"SStemBelowCse", "TS-0001 7.2", "/cse1/Sabc", Form::Other},
    {"BareLetterBelowCse", "TS-0001 7.2", "/cse1/C", Form::Other},
    {"TwoLevelsBelowCse", "TS-0001 7.2", "/cse1/Cabc/x", Form::Other},
    {"SlashOnly", "TS-0001 7.2", "/", Form::Other},
    {"TwoSlashes", "TS-0001 7.2", "//", Form::Other},
    {"ThreeSlashes", "TS-0001 7.2", "///cse1", Form::Other},
    {"SpOnly", "TS-0001 7.2", "//sp.com", Form::Other},
    {"SpAndSlash", "TS-0001 7.2", "//sp.com/", Form::Other},
    {"EmptyCse", "TS-0001 7.2", "//sp.com//Cabc", Form::Other},
    {"TrailingSlash", "TS-0001 7.2", "/cse1/", Form::Other},
    {"SpInUpperCase", "TS-0001 7.1.1 (lower case)", "//SP.com/cse1", Form::Other},
    {"SpWithPort", "TS-0001 7.1.1", "//sp.com:80/cse1", Form::Other},
    {"TildePrefix", "TS-0009 6.2.2.2", "/~/sp.com", Form::Other},
    {"Blank", "TS-0004 6.2.3", " Cabc", Form::Other},
    {"BlankAfter", "TS-0004 6.2.3", "Cabc ", Form::Other},
    {"Comma", "TS-0004 6.2.3", "Cabc,Cdef", Form::Other},
    {"Star", "TS-0004 6.2.3", "C*", Form::Other},
    {"Percent", "TS-0004 6.2.3", "C%61", Form::Other},
    {"Nul", "TS-0004 6.2.3", std::string_view("Ca\0b", 4), Form::Other},
    {"LineEnd", "TS-0004 6.2.3", "Cab\r\nX: y", Form::Other},
    {"NotAscii", "TS-0004 6.2.3", "C\xC3\xA4", Form::Other},
    {"DotSegment", "TS-0004 6.2.3", "/../Cabc", Form::Other},
};

class ClassifyOriginator : public testing::TestWithParam<FromRow> {};
TEST_P(ClassifyOriginator, FindsTheForm) {
  SCOPED_TRACE(GetParam().clause);
  EXPECT_EQ(classify_originator(GetParam().from).form, GetParam().form);
}
INSTANTIATE_TEST_SUITE_P(Forms, ClassifyOriginator, testing::ValuesIn(kFromRows),
                         [](const auto& row) { return row.param.name; });

TEST(Originator, IsAbsentWithoutFrom) { EXPECT_EQ(classify_originator(std::nullopt).form, Form::Absent); }

TEST(Originator, GivesTheParts) {
  const Originator ae = classify_originator("//sp.com/cse1/Cabc");
  ASSERT_TRUE(ae.sp && ae.cse && ae.stem);
  EXPECT_EQ(ae.sp->absolute(), "//sp.com");
  EXPECT_EQ(ae.cse->sp_relative(), "/cse1");
  EXPECT_EQ(ae.stem->text(), "Cabc");
  const Originator other = classify_originator("/cse1/Cabc/x");
  EXPECT_FALSE(other.cse || other.stem || other.sp);
  const Originator upper = classify_originator("//SP.com/cse1/Cabc");
  EXPECT_FALSE(upper.cse || upper.stem || upper.sp);
}

TEST(Originator, IsOtherBeyondTheLongestIdentifier) {
  EXPECT_EQ(classify_originator("C" + std::string(kMaxIdentifier - 1, 'a')).form, Form::Stem);
  EXPECT_EQ(classify_originator("C" + std::string(kMaxIdentifier, 'a')).form, Form::Other);
  EXPECT_EQ(classify_originator("/" + std::string(kMaxIdentifier - 1, 'a')).form, Form::CseId);
  EXPECT_EQ(classify_originator(std::string(65535, 'C')).form, Form::Other);
}

// Spec: TS-0001 7.1.1
TEST(SpId, TakesADomainNameAndFoldsIt) {
  EXPECT_EQ(SpId::parse("//SP.Example.com")->absolute(), "//sp.example.com");
  EXPECT_EQ(SpId::parse("sp.example.com")->fqdn(), "sp.example.com");
  for (const char* bad : {"", "//", "///sp", "/sp", "sp.example.com.", "sp..com", "-sp.com", "sp-.com", "sp_1.com",
                          "10.0.0.1", "sp.com/x", "sp.com:1", "sp .com"})
    EXPECT_FALSE(SpId::parse(bad)) << bad;
  EXPECT_FALSE(SpId::parse(std::string(64, 'a') + ".com"));
  EXPECT_FALSE(SpId::parse(std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
                           std::string(63, 'd')));
}

// Spec: TS-0004 6.2.3
TEST(CseId, IsOneLabel) {
  EXPECT_EQ(CseId::parse("cse1")->sp_relative(), "/cse1");
  EXPECT_EQ(CseId::parse("/CSE_1.a")->name(), "CSE_1.a");
  EXPECT_EQ(CseId::parse("/cse1")->absolute(*SpId::parse("sp.com")), "//sp.com/cse1");
  for (const char* bad : {"", "/", "//cse1", "/cse1/", "/a/b", "/.", "/..", "/-", "/~", "/c e", "/c%31"})
    EXPECT_FALSE(CseId::parse(bad)) << bad;
  EXPECT_NE(*CseId::parse("/cse1"), *CseId::parse("/CSE1"));
}

TEST(AeStem, NeedsALetterAndMore) {
  EXPECT_TRUE(AeStem::parse("Sabc")->sp_assigned());
  EXPECT_FALSE(AeStem::parse("Cabc")->sp_assigned());
  for (const char* bad : {"", "C", "S", "c1", "/Cabc", "C*", "C/1", "Nabc"}) EXPECT_FALSE(AeStem::parse(bad)) << bad;
}

// Spec: TS-0001 7.2
TEST(AeId, TakesTheTwoAbsoluteForms) {
  const auto c = AeId::parse_absolute("//SP.com/cse1/Cabc");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->absolute(), "//sp.com/cse1/Cabc");
  const auto s = AeId::parse_absolute("//sp.com/Sabc");
  ASSERT_TRUE(s);
  EXPECT_FALSE(s->cse);
  EXPECT_EQ(s->absolute(), "//sp.com/Sabc");
}

TEST(RegistreeId, IsAStemOrACseId) {
  for (const char* good : {"Cae1", "Sae1", "/cse2", "/Sabc"}) EXPECT_TRUE(is_registree_id(good)) << good;
  for (const char* bad : {"", "C", "S", "cse2", "/", "//sp.com/cse2", "/cse1/Cabc", "//sp.com/cse1/Cabc", "Xae", "C*"})
    EXPECT_FALSE(is_registree_id(bad)) << bad;
}

TEST(AeId, RefusesEverythingElse) {
  for (const char* bad : {"", "//", "Cabc", "/cse1/Cabc", "//sp.com", "//sp.com/", "//sp.com/Cabc", "//sp.com/cse1",
                          "//sp.com/cse1/Sabc", "//sp.com/cse1/Cabc/", "//sp.com/cse1/x/Cabc", "//sp.com//Cabc",
                          "////sp.com/cse1/Cabc", "//sp.com//cse1/Cabc", "//u@sp.com/cse1/Cabc", "//sp.com:1/cse1/Cabc",
                          "//sp.com/cse1/Cabc?x", "//sp.com/cse1/Cabc#x", "https://sp.com/cse1/Cabc"})
    EXPECT_FALSE(AeId::parse_absolute(bad)) << bad;
  EXPECT_FALSE(AeId::parse_absolute("//sp.com/cse1/C" + std::string(300, 'a')));
}

}  // namespace
}  // namespace saproxy::identity
