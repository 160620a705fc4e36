#include "policy/originator_view.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace saproxy::policy {
namespace {

using Form = OriginatorView::Form;

// What identity::classify_originator says, as views into its own values.
void expect_same(const std::string& text) {
  const auto owned = identity::classify_originator(text);
  const OriginatorView view = view_originator(text, false);
  // The one form that the gate knows beyond the grammar: an S-type stem, or "S" itself, behind a CSE-ID.
  if (view.stem.starts_with('S') && !view.cse.empty()) {
    EXPECT_EQ(owned.form, Form::Other) << text;
    return;
  }
  ASSERT_EQ(view.form, owned.form) << text;
  EXPECT_EQ(view.fqdn, owned.sp ? owned.sp->fqdn() : std::string_view{}) << text;
  EXPECT_EQ(view.cse, owned.cse ? std::string_view(owned.cse->sp_relative()) : std::string_view{}) << text;
  EXPECT_EQ(view.stem, owned.stem ? std::string_view(owned.stem->text()) : std::string_view{}) << text;
}

TEST(OriginatorView, AgreesWithTheOwningClassification) {
  for (const char* text : {"",
                           "C",
                           "S",
                           "C1",
                           "S1",
                           "X1",
                           "/",
                           "//",
                           "///",
                           "/cse1",
                           "/cse1/",
                           "/cse1/C1",
                           "/cse1/S1",
                           "/cse1/S",
                           "/cse1/C",
                           "//sp.com",
                           "//sp.com/",
                           "//sp.com/cse1",
                           "//sp.com/cse1/C1",
                           "//sp.com/S1",
                           "//SP.com/cse1",
                           "//-a.com/cse1",
                           "//127.0.0.1/cse1",
                           "/cse1/C1/C2",
                           "C1,C2",
                           "admin:admin",
                           "C.",
                           "C_",
                           "C-",
                           "/-/C1",
                           "/.cse/C1",
                           "C/1"}) {
    expect_same(text);
  }
}

TEST(OriginatorView, AgreesOnRandomTexts) {
  const std::vector<std::string> parts = {"C", "S", "/", "//", "sp.com", "cse1", "1",    "-",
                                          ".", "_", ",", ":",  "X",      " ",    "\x80", "Sp"};
  std::mt19937 random(20261124);
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto left = random() % 7; left > 0; --left) text += parts[random() % parts.size()];
    expect_same(text);
  }
}

TEST(OriginatorView, CallsTooLongATextOther) {
  expect_same("C" + std::string(255, 'a'));
  expect_same("C" + std::string(256, 'a'));
  expect_same("/" + std::string(254, 'a'));
  expect_same("/" + std::string(255, 'a'));
  expect_same("/" + std::string(256, 'a'));
}

TEST(OriginatorView, PointsIntoTheText) {
  const std::string text = "//sp.com/cse1/C1";
  const OriginatorView view = view_originator(text, false);
  EXPECT_EQ(view.text.data(), text.data());
  EXPECT_EQ(view.fqdn, "sp.com");
  EXPECT_EQ(view.cse, "/cse1");
  EXPECT_EQ(view.stem.data(), text.data() + 14);
}

struct RegistreeRow {
  const char* from;
  const char* id;
};
constexpr RegistreeRow kRegistrees[] = {
    {"Cae1", "Cae1"},
    {"/cse1/Cae1", "Cae1"},
    {"//sp.example.com/cse1/Cae1", "Cae1"},
    {"/cse2", "/cse2"},
    {"/cse2/Cae1", ""},
    {"//sp.example.com/cse2", "/cse2"},
    {"C", ""},
    {"", ""},
};
TEST(OriginatorView, TellsTheRegistreeThatSentIt) {
  for (const RegistreeRow& row : kRegistrees)
    EXPECT_EQ(registree_id_of(view_originator(row.from, false), "/cse1"), row.id) << row.from;
}

}  // namespace
}  // namespace saproxy::policy
