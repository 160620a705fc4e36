// What is taken back at the CSE, and as whom; and what never is. Spec: TS-0001 10.2.2.4; design invariant 9
#include "policy/retraction.h"

#include <gtest/gtest.h>

#include "policy/gate.h"
#include "tests/policy/gate_builders.h"

namespace saproxy::policy::testing {
namespace {

Registering wanting(const std::string& stem) {
  Registering registering;
  registering.wanted.entity_id = stem;
  registering.parent = "cse-base";
  return registering;
}
ResourceContent created(std::optional<std::string> resource_id, std::optional<std::string> ae_id) {
  ResourceContent answer;
  answer.type = kTypeAe;
  answer.resource_id = std::move(resource_id);
  answer.ae_id = std::move(ae_id);
  return answer;
}

struct Row {
  const char* name;
  const char* asked;  // AE-ID-Stem of the request; empty: to be assigned
  std::optional<std::string> resource_id, ae_id;
  const char* outcome;  // "address as originator", or "nothing"
};
const Row kRows[] = {
    {"as asked", "C5", "r5", "C5", "r5 as C5"},
    {"without identity", "C5", "r5", std::nullopt, "r5 as C5"},
    {"another one", "C5", "r6", "C6", "r6 as C6"},
    {"assigned", "", "r6", "C6", "r6 as C6"},
    {"in full", "", "/cse-in/r6", "//sp.example.com/cse-in/C6", "r6 as C6"},
    {"an administrator", "", "r7", "CAdmin", "r7 as other"},
    {"no identifier", "", "r7", "a b", "r7 as other"},
    {"of another CSE", "C5", "r7", "/cse9/C5", "r7 as other"},
    {"nobody", "", "r7", std::nullopt, "r7 as other"},
    {"no address", "C5", std::nullopt, "C5", "nothing"},
    {"empty address", "C5", "", "C5", "nothing"},
    {"the CSEBase", "C5", "-", "C5", "nothing"},
    {"the CSEBase by its name", "C5", "cse-base", "C5", "nothing"},
    {"the CSEBase by its id", "C5", "cse-in", "C5", "nothing"},
    {"the CSEBase by the CSE-ID", "C5", "/cse-in", "C5", "nothing"},
    {"a path", "C5", "cse-base/x", "C5", "nothing"},
    {"at another CSE", "C5", "/cse9/r5", "C5", "nothing"},
    {"at another provider", "C5", "//evil.example.com/cse-in/r5", "C5", "nothing"},
    {"a query", "C5", "r5?x=1", "C5", "nothing"},
    {"two lines", "C5", "r5\r\nX: y", "C5", "nothing"},
    {"dots", "C5", "..", "C5", "nothing"},
    {"a blank", "C5", "r 5", "C5", "nothing"},
};

std::string outcome(const std::optional<Retraction>& retraction) {
  return retraction ? retraction->to + " as " + retraction->originator : "nothing";
}

TEST(Retraction, IsOfTheNewResourceAsItsCreator) {
  const GateRules rules = some_rules();
  for (const Row& row : kRows) {
    const ResourceContent answer = created(row.resource_id, row.ae_id);
    EXPECT_EQ(outcome(retraction_of(wanting(row.asked), &answer, rules, "other")), row.outcome) << row.name;
  }
}

TEST(Retraction, OfACseIsAsThatCse) {
  Registering registering = wanting("/cse5");
  registering.wanted.kind = identity::EntityKind::Cse;
  const ResourceContent answer = created("r5", std::nullopt);
  EXPECT_EQ(outcome(retraction_of(registering, &answer, some_rules(), "other")), "r5 as /cse5");
}

// A CSE that repeats what it is given would have us delete whatever the registree names.
TEST(Retraction, IsNotOfAnAddressThatTheRequestBroughtAlong) {
  Registering registering = wanting("C5");
  registering.brings_resource_id = true;
  const ResourceContent answer = created("victim", "C5");
  EXPECT_EQ(outcome(retraction_of(registering, &answer, some_rules(), "other")), "nothing");
}

TEST(Retraction, IsNotOfAnAnswerThatSaysNothing) {
  EXPECT_EQ(outcome(retraction_of(wanting("C5"), nullptr, some_rules(), "other")), "nothing");
}

TEST(Retraction, PassesTheGateAsItsOriginator) {
  const Retraction retraction{"r5", "C5"};
  const Forward forward = Gate::take_back(retraction);
  EXPECT_EQ(forward.originator(), "C5");
  EXPECT_FALSE(forward.registers());
}

}  // namespace
}  // namespace saproxy::policy::testing
