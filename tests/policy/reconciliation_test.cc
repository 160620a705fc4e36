// Reconciliation against a CSE that is a table of addresses and answers: what is dropped, what never is, what is
// listed. Spec: TS-0001 9.6.4, 9.6.5, 10.2.2, 10.2.6
#include "policy/reconciliation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/reconciliation_cse.h"

namespace saproxy::policy::testing {
namespace {

using identity::ErrorCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(ReconciliationTest, KeepsWhatTheCseHas) {
  known.add("/cse2", "r2", "in/csr2");
  cse.table["r1"] = {2000, ae("C1", "r1")};
  cse.table["r2"] = {2000, csr("/cse2")};
  const auto result = cse.reconcile(known);
  EXPECT_EQ(result.problem, "");
  EXPECT_EQ(result.confirmed, 2u);
  EXPECT_THAT(cse.dropped, IsEmpty());
  EXPECT_THAT(cse.asked, ElementsAre("in", "r2", "r1", kAes, kCses));
  EXPECT_THAT(cse.originators, ElementsAre("", "/cse2", "C1", "", "")) << "each registration is asked about as itself";
}

TEST_F(ReconciliationTest, DropsWhatIsGoneByBothAddresses) {
  known.add("C2", "r2", "in/ae2");
  cse.table["r2"] = {2000, ae("C2", "r2")};
  const auto result = cse.reconcile(known);
  EXPECT_THAT(cse.dropped, ElementsAre("C1"));
  EXPECT_EQ(result.gone, 1u);
  EXPECT_EQ(result.confirmed, 1u);
  EXPECT_THAT(cse.asked, ElementsAre("in", "r1", "r2", "in", "in/ae1", kAes, kCses));
}

TEST_F(ReconciliationTest, AsksTwiceByTheOnlyAddressThatIsKnown) {
  known.add("C3", "r3", "");
  known.add("/cse2", "", "in/csr2");
  cse.reconcile(known);
  EXPECT_THAT(cse.dropped, ElementsAre("/cse2", "C1", "C3"));
  EXPECT_THAT(cse.asked, ElementsAre("in", "in/csr2", "r1", "r3", "in", "in/csr2", "in/ae1", "r3", kAes, kCses));
}

// Which name of the CSEBase the request had is not kept where all of them are known to be one.
TEST_F(ReconciliationTest, AsksBelowANameThatTheCseAnswersTo) {
  known.registry.erase("C1");
  known.add("C1", "r1", "-/ae1");
  cse.reconcile(known);
  EXPECT_THAT(cse.asked, ElementsAre("in", "r1", "in", "r1", kAes, kCses)) << "this CSE may not know \"-\"";
  cse.rules.base_name = "in";
  cse.reconcile(known);
  EXPECT_THAT(cse.asked, ElementsAre("in", "r1", "in", "in/ae1", kAes, kCses));
  cse.rules.base_name = "";
  cse.bases = {"-"};
  cse.table["-"] = kBase;
  cse.reconcile(known);
  EXPECT_THAT(cse.asked, ElementsAre("-", "r1", "-", "-/ae1", "-?fu=1&ty=2&lim=100", "-?fu=1&ty=16&lim=100"));
}

// tinyIoT says csi twice of each <remoteCSE>.
TEST_F(ReconciliationTest, ReadsWhatIsSaidTwice) {
  known.registry.erase("C1");
  known.add("/cse2", "r2", "in/csr2");
  cse.table["r2"] = {2000, R"({"m2m:csr":{"ty":16,"csi":"/cse2","csi":"/cse2"}})"};
  EXPECT_EQ(cse.reconcile(known).confirmed, 1u);
}

// Its stem may be no address there, whatever TS-0001 10.2.2.2 says.
TEST_F(ReconciliationTest, DropsNobodyWhoseAddressTheCseHasNotTold) {
  known.registry.erase("C1");
  known.add("C2", "", "");
  EXPECT_EQ(cse.reconcile(known).undecided, 1u);
  EXPECT_THAT(cse.asked, ElementsAre("in", kAes, kCses));
}

TEST_F(ReconciliationTest, ACseThatHasBeenEmptiedKeepsNobody) {
  for (int i = 2; i < 50; ++i) known.add("C" + std::to_string(i), "r" + std::to_string(i), "");
  EXPECT_EQ(cse.reconcile(known).gone, 49u);
  EXPECT_EQ(cse.dropped.size(), 49u);
}

struct Row {
  const char* name;
  std::function<void(Cse&)> change;
  std::size_t undecided, contradicted, confirmed;
};
const Row kKept[] = {
    {"under its path it is there",
     [](Cse& c) {
       c.table["in/ae1"] = {2000, ae("C1", "other")};
     },
     0, 0, 1},
    {"no privilege",
     [](Cse& c) {
       c.table["r1"] = {4103, ""};
     },
     1, 0, 0},
    {"conflict",
     [](Cse& c) {
       c.table["r1"] = {4105, ""};
     },
     1, 0, 0},
    {"not allowed",
     [](Cse& c) {
       c.table["r1"] = {4005, ""};
     },
     1, 0, 0},
    {"broken",
     [](Cse& c) {
       c.table["r1"] = {5000, ""};
     },
     1, 0, 0},
    {"not reachable",
     [](Cse& c) {
       c.table["r1"] = {5103, ""};
     },
     1, 0, 0},
    {"accepted for later",
     [](Cse& c) {
       c.table["r1"] = {1000, ""};
     },
     1, 0, 0},
    {"no code at all",
     [](Cse& c) {
       c.table["r1"] = {0, ""};
     },
     1, 0, 0},
    {"no content",
     [](Cse& c) {
       c.table["r1"] = {2000, ""};
     },
     1, 0, 0},
    {"garbage",
     [](Cse& c) {
       c.table["r1"] = {2000, "<html>"};
     },
     1, 0, 0},
    {"another registree",
     [](Cse& c) {
       c.table["r1"] = {2000, ae("C9", "r1")};
     },
     0, 1, 0},
    {"another kind",
     [](Cse& c) {
       c.table["r1"] = {2000, csr("/cse2")};
     },
     0, 1, 0},
    {"a container",
     [](Cse& c) {
       c.table["r1"] = {2000, R"({"m2m:cnt":{"ri":"r1"}})"};
     },
     0, 1, 0},
    {"no answer", [](Cse& c) { c.table["r1"] = kNobody; }, 1, 0, 0},
    {"no oneM2M answer", [](Cse& c) { c.table["r1"] = kUseless; }, 1, 0, 0},
    {"no privilege at the second look",
     [](Cse& c) {
       c.table["in/ae1"] = {4103, ""};
     },
     1, 0, 0},
    {"broken at the second look",
     [](Cse& c) {
       c.table["in/ae1"] = {5000, ""};
     },
     1, 0, 0},
    {"no answer to the second look", [](Cse& c) { c.table["in/ae1"] = kNobody; }, 1, 0, 0},
    {"its place is taken, and it is back",
     [](Cse& c) {
       c.table["in/ae1"] = {2000, ae("C9", "r9")};
       c.before_answer = [&c](const std::string& asked) {
         if (asked == "in/ae1") c.table["r1"] = {2000, ae("C1", "r1")};
       };
     },
     0, 0, 1},
};
TEST_F(ReconciliationTest, DropsNothingWithoutTwoClearAnswers) {
  for (const Row& row : kKept) {
    Cse each;
    row.change(each);
    const auto result = each.reconcile(known);
    EXPECT_THAT(each.dropped, IsEmpty()) << row.name;
    EXPECT_EQ(result.problem, "") << row.name;
    EXPECT_EQ(result.undecided, row.undecided) << row.name;
    EXPECT_EQ(result.contradicted, row.contradicted) << row.name;
    EXPECT_EQ(result.confirmed, row.confirmed) << row.name;
    EXPECT_EQ(result.gone, 0u) << row.name;
  }
}

TEST_F(ReconciliationTest, APlaceThatAnotherHasTakenIsNotIts) {
  cse.table["in/ae1"] = {2000, ae("C9", "r9")};
  cse.reconcile(known);
  EXPECT_THAT(cse.dropped, ElementsAre("C1"));
  EXPECT_THAT(cse.asked, ElementsAre("in", "r1", "in", "in/ae1", "r1", kAes, kCses));
}

// Identities in other forms are the same (cses.md: each CSE has its own).
TEST_F(ReconciliationTest, KnowsARegistreeInEveryForm) {
  for (const char* id : {"C1", "/cse-in/C1", "//sp.example.com/cse-in/C1"}) {
    cse.table["r1"] = {2000, ae(id, "r1")};
    EXPECT_EQ(cse.reconcile(known).confirmed, 1u) << id;
  }
  known.registry.erase("C1");
  known.add("/cse2", "r2", "");
  for (const char* id : {"/cse2", "cse2", "//sp.example.com/cse2"}) {
    cse.table["r2"] = {2000, csr(id)};
    EXPECT_EQ(cse.reconcile(known).confirmed, 1u) << id;
  }
}

const Row kNotOurCse[] = {
    {"nobody", [](Cse& c) { c.table["in"] = kNobody; }, 1, 0, 0},
    {"not there", [](Cse& c) { c.table.erase("in"); }, 1, 0, 0},
    {"hidden",
     [](Cse& c) {
       c.table["in"] = {4103, ""};
     },
     1, 0, 0},
    {"broken",
     [](Cse& c) {
       c.table["in"] = {5000, ""};
     },
     1, 0, 0},
    {"another CSE",
     [](Cse& c) {
       c.table["in"] = {2000, R"({"m2m:cb":{"csi":"/cse-inn"}})"};
     },
     1, 0, 0},
    {"without csi",
     [](Cse& c) {
       c.table["in"] = {2000, R"({"m2m:cb":{}})"};
     },
     1, 0, 0},
    {"an AE",
     [](Cse& c) {
       c.table["in"] = {2000, ae("C1", "r1")};
     },
     1, 0, 0},
    {"garbage",
     [](Cse& c) {
       c.table["in"] = {2000, "garbage"};
     },
     1, 0, 0},
    {"no address",
     [](Cse& c) {
       c.bases = {"", "../x", "a b"};
     },
     1, 0, 0},
};
TEST_F(ReconciliationTest, BelievesNobodyButItsCse) {
  for (const Row& row : kNotOurCse) {
    Cse each;
    row.change(each);
    const auto result = each.reconcile(known);
    EXPECT_NE(result.problem, "") << row.name;
    EXPECT_EQ(result.undecided, row.undecided) << row.name;
    EXPECT_THAT(each.dropped, IsEmpty()) << row.name;
  }
}

TEST_F(ReconciliationTest, BelievesItOnlyWhileItIsThere) {
  cse.before_answer = [this](const std::string& asked) {
    if (asked == "r1") cse.table["in"] = {5000, ""};
  };
  const auto result = cse.reconcile(known);
  EXPECT_THAT(result.problem, HasSubstr("5000"));
  EXPECT_EQ(result.undecided, 1u);
  EXPECT_THAT(cse.dropped, IsEmpty());
}

TEST_F(ReconciliationTest, TakesTheFirstAddressOfTheCseBaseThatAnswers) {
  cse.table["r1"] = {2000, ae("C1", "r1")};
  cse.bases = {"old", "in", "-"};
  EXPECT_EQ(cse.reconcile(known).problem, "");
  EXPECT_THAT(cse.asked, ElementsAre("old", "in", "r1", kAes, kCses));
}

TEST_F(ReconciliationTest, GivesUpWhenNobodyAnswersAnyMore) {
  for (int i = 2; i < 50; ++i) known.add("C" + std::to_string(i), "r" + std::to_string(i), "");
  for (int i = 1; i < 50; ++i) cse.table["r" + std::to_string(i)] = kNobody;
  const auto result = cse.reconcile(known);
  EXPECT_EQ(result.problem, "nobody answers");
  EXPECT_EQ(result.undecided, 49u);
  EXPECT_EQ(cse.asked.size(), 1 + Reconciliation::kFailuresInARow);
  for (auto& [address, answer] : cse.table)
    if (answer.none) answer.error = ErrorCode::BadSyntax;
  EXPECT_EQ(cse.reconcile(known).problem, "") << "somebody answers, whatever it is";
}

TEST_F(ReconciliationTest, LeavesAloneWhatChangesMeanwhile) {
  const struct {
    const char* name;
    const char* when;
    std::function<void(Registry&)> change;
  } rows[] = {
      {"claimed before", "in", [](Registry& r) { EXPECT_EQ(r.claim("C1", "12-a@sp.example.com"), Claim::Granted); }},
      {"claimed between", "r1", [](Registry& r) { EXPECT_EQ(r.claim("C1", "12-a@sp.example.com"), Claim::Granted); }},
      {"registered anew between", "r1", [](Registry& r) { r.put(*r.find("C1")); }},
      {"registered anew at last", "in/ae1", [](Registry& r) { r.put(*r.find("C1")); }},
      {"ended before", "in", [](Registry& r) { r.erase("C1"); }},
      {"ended between", "r1", [](Registry& r) { r.erase("C1"); }},
  };
  for (const auto& row : rows) {
    Known fresh;
    fresh.add("C1", "r1", "in/ae1");
    Cse each;
    bool done = false;
    each.before_answer = [&](const std::string& asked) {
      if (asked != row.when || std::exchange(done, true)) return;
      row.change(fresh.registry);
    };
    each.reconcile(fresh);
    EXPECT_THAT(each.dropped, IsEmpty()) << row.name;
  }
}

TEST_F(ReconciliationTest, AsksNothingThatCouldBeReadInTwoWays) {
  known.registry.erase("C1");
  for (const char* address : {"a b", "a?b", "a#b", "../a", "a/./b", "a%41", "a\r\nb", ""})
    known.add(std::string("C") + std::to_string(known.registry.size() + 1), address, "");
  EXPECT_EQ(cse.reconcile(known).undecided, 8u);
  EXPECT_THAT(cse.asked, ElementsAre("in", kAes, kCses));
  known.add("C9", "CAE20261124T220539,3740002", "");
  cse.reconcile(known);
  EXPECT_THAT(cse.dropped, ElementsAre("C9")) << "tinyIoT's have a comma";
}

TEST_F(ReconciliationTest, SpeaksAsTheOriginatorThatIsSet) {
  cse.originator = "Cadmin";
  cse.reconcile(known);
  for (const std::string& originator : cse.originators) EXPECT_EQ(originator, "Cadmin");
}

}  // namespace
}  // namespace saproxy::policy::testing
