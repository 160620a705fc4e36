// Reconciliation: what the CSE has and nobody here has registered, and the pages of its lists. Spec: TS-0001 10.2.6
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/reconciliation_cse.h"

namespace saproxy::policy::testing {
namespace {

using ::testing::IsEmpty;

TEST_F(ReconciliationTest, ListsWhatNobodyHereHasRegistered) {
  cse.table["r1"] = {2000, ae("C1", "r1")};
  cse.table[kAes] = {2000, listing(R"("in/ae1","in/ae7","in/ae8","in/ae9")")};
  cse.table[kCses] = {2000, listing(R"("in/csr2")")};
  cse.table["in/ae7"] = {2000, ae("C7", "r7")};
  cse.table["in/ae8"] = {4103, ""};  // ae9 has gone since
  cse.table["in/csr2"] = {2000, csr("/cse2")};
  const auto result = cse.reconcile(known);
  ASSERT_EQ(result.unknown.size(), 3u);
  EXPECT_EQ(result.unknown[0].address + " " + result.unknown[0].identity, "in/ae7 C7");
  EXPECT_EQ(result.unknown[1].address + " " + result.unknown[1].identity, "in/ae8 ");
  EXPECT_EQ(result.unknown[2].address + " " + result.unknown[2].identity, "in/csr2 /cse2");
  EXPECT_EQ(known.registry.size(), 1u) << "they are nobody's";
}

TEST_F(ReconciliationTest, KnowsItsOwnByWhateverAddressTheyAreListed) {
  known.registry.erase("C1");
  known.add("C1", "r1", "");
  cse.table["r1"] = {2000, ae("C1", "r1")};
  cse.table[kAes] = {2000, listing(R"("in/ae1","r1","/cse-in/r1")")};
  cse.table["in/ae1"] = {2000, ae("C1", "r1")};
  EXPECT_THAT(cse.reconcile(known).unknown, IsEmpty());
}

TEST_F(ReconciliationTest, DoesNotListWhoRegistersMeanwhile) {
  cse.table["r1"] = {2000, ae("C1", "r1")};
  cse.table[kAes] = {2000, listing(R"("in/ae7")")};
  cse.table["in/ae7"] = {2000, ae("C7", "r7")};
  cse.before_answer = [this](const std::string& asked) {
    if (asked == "in/ae7") known.add("C7", "r7", "in/ae7");
  };
  EXPECT_THAT(cse.reconcile(known).unknown, IsEmpty());
}

TEST_F(ReconciliationTest, FollowsPages) {
  cse.table["r1"] = {2000, ae("C1", "r1")};
  std::string page;
  for (int i = 0; i < 100; ++i) page += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + "\"";
  for (int i = 0; i < 101; ++i) cse.table["x" + std::to_string(i)] = {4103, ""};
  cse.table[kAes] = {2000, listing(page)};
  cse.table[kAes + "&ofst=100"] = {2000, listing(R"("x99","x100")")};
  EXPECT_EQ(cse.reconcile(known).unknown.size(), 101u);
  cse.table[kAes + "&ofst=100"] = {2000, listing(page)};  // knows no offset
  EXPECT_EQ(cse.reconcile(known).unknown.size(), 100u);
  cse.table[kAes] = {2000, listing(R"("x0","x1")"), true, 7};
  cse.table[kAes + "&ofst=7"] = {2000, listing(R"("x2")")};
  EXPECT_EQ(cse.reconcile(known).unknown.size(), 3u);
}

TEST_F(ReconciliationTest, SaysSoWhereTheListIsNotWhole) {
  cse.table["r1"] = {2000, ae("C1", "r1")};
  for (const Answer& answer : {Answer{4001, ""}, Answer{5001, ""}, Answer{2000, "{}"}, kUseless}) {
    cse.table[kAes] = answer;
    const auto result = cse.reconcile(known);
    EXPECT_NE(result.unknown_problem, "");
    EXPECT_EQ(result.problem, "");
    EXPECT_EQ(result.confirmed, 1u);
  }
}

TEST_F(ReconciliationTest, ListsNoMoreThanItsBound) {
  cse.table["r1"] = {2000, ae("C1", "r1")};
  std::string all;
  for (int i = 0; i < 1500; ++i) {
    all += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + "\"";
    cse.table["x" + std::to_string(i)] = {4103, ""};
  }
  cse.table[kAes] = {2000, listing(all)};
  const auto result = cse.reconcile(known);
  EXPECT_EQ(result.unknown.size(), Reconciliation::kMaxUnknown);
  EXPECT_EQ(result.more_unknown, 500u);
}

TEST_F(ReconciliationTest, AnEndlessListEnds) {
  Reconciliation run(cse.rules, known, {{"in"}, ""}, {});
  run.take({2000, false, std::nullopt, kBase.content});
  std::uint64_t given = 0;
  std::size_t questions = 0;
  while (run.question() != nullptr && run.question()->criteria.size() > 0 && questions < 10'000) {
    std::string names;
    for (int i = 0; i < 5000; ++i) names += (i == 0 ? "\"x" : ",\"x") + std::to_string(given++) + "\"";
    run.take({2000, true, given, listing(names)});
    ++questions;
  }
  EXPECT_LT(questions, 1000u);
}

}  // namespace
}  // namespace saproxy::policy::testing
