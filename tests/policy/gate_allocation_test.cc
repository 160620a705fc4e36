// judge() is on the way of every request: it must not allocate.
#include <gtest/gtest.h>

#include <string>

#include "tests/policy/gate_builders.h"
#include "tests/support/counted_new.h"

namespace saproxy::policy::testing {
namespace {

using test::allocations_of_this_thread;

// Longer than any small-string buffer, so that a hidden copy would show.
constexpr std::string_view kLongStem = "C0123456789012345678901234567890123456789";
constexpr std::string_view kLongCse = "/cse0123456789012345678901234567890123456789";
constexpr std::string_view kLongAe =
    "//sp.example.com/cse0123456789012345678901234567890123456789/C0123456789012345678901234567890123456789";

std::size_t allocations_of(const GateRules& rules, const identity::Association* association,
                           const Primitive& primitive) {
  const Gate gate = a_gate(rules);
  const std::size_t before = allocations_of_this_thread();
  const Decision decision = gate.judge(association, primitive, kNow);
  const std::size_t made = allocations_of_this_thread() - before;
  EXPECT_FALSE(std::holds_alternative<Need>(decision));
  return made;
}

TEST(GateAllocation, CounterCounts) {
  const std::size_t before = allocations_of_this_thread();
  const std::string text(100, 'x');
  EXPECT_GT(allocations_of_this_thread(), before);
}

TEST(GateAllocation, NoneForAnAe) {
  const GateRules rules = some_rules();
  const auto one = an_ae({kLongStem});
  const auto wild = an_ae({"C0123456789012345678901234567890*9"});
  for (const auto* ae : {&one, &wild}) {
    EXPECT_EQ(allocations_of(rules, ae, a_request(Operation::Retrieve, kLongStem)), 0u);
    EXPECT_EQ(allocations_of(rules, ae, a_request(Operation::Create, kLongStem, kTypeAe)), 0u);
    EXPECT_EQ(allocations_of(rules, ae, a_request(Operation::Create, std::nullopt, kTypeAe)), 0u);
    EXPECT_EQ(allocations_of(rules, ae, a_request(Operation::Create, "C", kTypeAe)), 0u);
    EXPECT_EQ(allocations_of(rules, ae, a_request(Operation::Retrieve, kLongAe)), 0u);
  }
}

TEST(GateAllocation, NoneForACse) {
  GateRules rules = some_rules();
  rules.max_originator = 250;
  const auto cse = a_cse(kLongCse);
  for (const auto from :
       {kLongCse, kLongAe, kLongStem, std::string_view("/cse3"), std::string_view("/cse-in/CAdmin")}) {
    EXPECT_EQ(allocations_of(rules, &cse, a_request(Operation::Notify, from)), 0u) << from;
    EXPECT_EQ(allocations_of(rules, &cse, a_request(Operation::Create, from, kTypeRemoteCse)), 0u) << from;
  }
}

TEST(GateAllocation, NoneForStrangersAndWithoutAssociation) {
  const GateRules rules = some_rules();
  const auto stranger = a_stranger();
  EXPECT_EQ(allocations_of(rules, &stranger, a_request(Operation::Create, kLongStem, kTypeAe)), 0u);
  EXPECT_EQ(allocations_of(rules, nullptr, a_request(Operation::Retrieve, kLongAe)), 0u);
}

TEST(GateAllocation, NoneForAnExpiryTime) {
  const GateRules rules = some_rules();
  const auto ae = an_ae({"C1"});
  auto primitive = a_request(Operation::Retrieve, "C1");
  primitive.request_expiration = "20991124T060000,123456";
  EXPECT_EQ(allocations_of(rules, &ae, primitive), 0u);
}

}  // namespace
}  // namespace saproxy::policy::testing
