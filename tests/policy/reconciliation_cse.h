// A CSE for tests of the reconciliation, which is a table of addresses and answers, and the registry that it is asked
// about.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/reconciliation.h"
#include "policy/registry.h"
#include "tests/policy/gate_builders.h"

namespace saproxy::policy::testing {

// The registry behind the view, as a test changes it.
struct Known final : RegistrationView {
  Registry registry;
  GateRules rules = some_rules();

  void add(const std::string& id, const std::string& resource_id, const std::string& path) {
    Registration registration;
    registration.kind = id.starts_with('/') ? identity::EntityKind::Cse : identity::EntityKind::Ae;
    registration.entity_id = id;
    registration.credential_id = "12-a@sp.example.com";
    registration.resource_id = resource_id;
    registration.resource_path = path;
    registry.put(registration);
  }
  std::optional<SeenRegistration> seen(std::string_view id) const override {
    const Registration* found = registry.find(id);
    if (found == nullptr) return std::nullopt;
    return SeenRegistration{found->kind,          found->entity_id,         found->resource_id,
                            found->resource_path, registry.revision_of(id), registry.is_claimed(id)};
  }
  bool knows_resource(std::string_view address) const override {
    return registry.find_resource(address, rules) != nullptr;
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> all;
    for (const Registration* each : registry.all()) all.push_back(each->entity_id);
    return all;
  }
};

struct Answer {
  std::uint16_t code = 2000;
  std::string content = {};
  bool partial = false;
  std::optional<std::uint64_t> offset = std::nullopt;
  bool none = false;  // nobody answers
  identity::ErrorCode error = identity::ErrorCode::Failed;
};

inline std::string ae(const std::string& id, const std::string& ri) {
  return R"({"m2m:ae":{"ty":2,"aei":")" + id + R"(","ri":")" + ri + "\"}}";
}
inline std::string csr(const std::string& id) { return R"({"m2m:csr":{"ty":16,"csi":")" + id + "\"}}"; }
inline std::string listing(const std::string& inner) { return "{\"m2m:uril\":[" + inner + "]}"; }
inline const Answer kBase{2000, R"({"m2m:cb":{"csi":"/cse-in"}})"};
inline const Answer kNobody{.none = true};
inline const Answer kUseless{.none = true, .error = identity::ErrorCode::BadSyntax};

inline std::string text_of(const CseQuestion& question) {
  std::string text = question.to;
  char before = '?';
  for (const auto& [name, value] : question.criteria) (((text += std::exchange(before, '&')) += name) += '=') += value;
  return text;
}
inline const std::string kAes = "in?fu=1&ty=2&lim=100";
inline const std::string kCses = "in?fu=1&ty=16&lim=100";

// 4004 to what is not in the table.
struct Cse {
  std::map<std::string, Answer> table{{"in", kBase}, {kAes, {2000, listing("")}}, {kCses, {2000, listing("")}}};
  std::function<void(const std::string&)> before_answer = [](const std::string&) {};
  std::vector<std::string> asked, originators;
  std::vector<std::string> dropped;
  GateRules rules = some_rules();
  std::string originator;
  std::vector<std::string> bases{"in"};

  ReconciliationResult reconcile(const Known& known, std::size_t most = 10'000) {
    Reconciliation run(rules, known, {bases, originator}, known.ids());
    asked.clear();
    originators.clear();
    dropped.clear();
    while (run.question() != nullptr && asked.size() < most) {
      asked.push_back(text_of(*run.question()));
      originators.push_back(run.question()->originator);
      before_answer(asked.back());
      const auto found = table.find(asked.back());
      const Answer answer = found == table.end() ? Answer{4004, "{}"} : found->second;
      if (answer.none)
        run.take_failure({answer.error, "nobody answers"});
      else
        run.take({answer.code, answer.partial, answer.offset, answer.content});
      for (const Drop& drop : run.take_drops())
        if (known.registry.revision_of(drop.entity_id) == drop.revision) dropped.push_back(drop.entity_id);
    }
    EXPECT_EQ(run.question(), nullptr) << "it never ends";
    return run.take_result();
  }
};

struct ReconciliationTest : ::testing::Test {
  Known known;
  Cse cse;
  void SetUp() override { known.add("C1", "r1", "in/ae1"); }
};

}  // namespace saproxy::policy::testing
