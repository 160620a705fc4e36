// The look-ups of identity/ and policy/ that stand on the way of a handshake or a request, and whether they stay flat
// as lists grow.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "identity/resolver.h"
#include "policy/gate.h"

namespace saproxy::bench {
namespace {

constexpr std::int64_t kNow = 1'795'500'000'000;

policy::GateRules some_rules() {
  policy::GateRules rules{.sp = *identity::SpId::parse("sp.example.com"),
                          .cse = *identity::CseId::parse("/cse1"),
                          .denied_originators = {},
                          .registree_cses = {},
                          .reserved_stems = {},
                          .registration = {}};
  std::vector<identity::Pattern> denied;
  for (const char* originator : {"CAdmin", "cse.admin", "Superman", "admin:admin"})
    denied.push_back(*identity::Pattern::parse(originator));
  rules.denied_originators = denied;
  rules.registration.wildcards_need_registration = false;  // it is the list that is asked
  return rules;
}

identity::Association an_ae(std::int64_t stems, const char* ending) {
  std::vector<identity::Pattern> patterns;
  for (std::int64_t i = 0; i < stems; ++i)
    patterns.push_back(*identity::Pattern::parse("C" + std::to_string(1000000 + i) + ending));
  return {.id = "a1",
          .credential_id = *identity::CredentialId::parse("12-peer@sp.example.com"),
          .identities = identity::StemList(std::move(patterns))};
}

policy::Primitive a_retrieve(std::string_view from) {
  policy::Primitive primitive;
  primitive.to = "cse-in/bench/la";
  primitive.from = from;
  primitive.request_id = "r1";
  primitive.release_version = "3";
  return primitive;
}

// Range: how many stems the association may use; From is the last of them.
void judge(benchmark::State& state, const char* ending) {
  const policy::GateRules rules = some_rules();
  const policy::ServiceProfile unused;
  const policy::Gate gate(rules, unused);
  const identity::Association ae = an_ae(state.range(0), ending);
  const std::string from = "C" + std::to_string(1000000 + state.range(0) - 1);
  const policy::Primitive primitive = a_retrieve(from);
  if (!std::holds_alternative<policy::Forward>(gate.judge(&ae, primitive, kNow))) state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(gate.judge(&ae, primitive, kNow));
}
BENCHMARK_CAPTURE(judge, concrete_stems, "")->Arg(1)->Arg(10)->Arg(10'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(judge, wildcard_stems, "*")->Arg(1)->Arg(10)->Arg(10'000)->Arg(1'000'000);

// Range: how many originators are denied, stems reserved for others, and registree CSEs known.
void judge_beside(benchmark::State& state) {
  policy::GateRules rules = some_rules();
  std::vector<identity::Pattern> denied;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string number = std::to_string(1'000'000 + i);
    denied.push_back(*identity::Pattern::parse("Cdenied" + number + (i % 2 == 0 ? "" : "*")));
    rules.reserved_stems.insert("Creserved" + number);
    rules.registree_cses.insert("/mn" + number);
  }
  rules.denied_originators = denied;
  const policy::ServiceProfile unused;
  const policy::Gate gate(rules, unused);
  const identity::Association ae = an_ae(1, "*");
  const policy::Primitive primitive = a_retrieve("C1000000x");
  if (!std::holds_alternative<policy::Forward>(gate.judge(&ae, primitive, kNow))) state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(gate.judge(&ae, primitive, kNow));
}
BENCHMARK(judge_beside)->Arg(10)->Arg(10'000)->Arg(1'000'000);

// Range: domain names of CSEs. What a handshake with a CSE's certificate asks.
void find_domain_name(benchmark::State& state) {
  identity::LocalEntity local{*identity::SpId::parse("sp.example.com"), *identity::CseId::parse("/cse1"), {}};
  std::vector<std::string> asked;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string name = "gateway" + std::to_string(1'000'000 + i);
    local.cse_domain_names.emplace(name + ".example.net", *identity::CseId::parse("/" + name));
    if (asked.size() < 4096) asked.push_back("Gateway" + std::to_string(1'000'000 + i) + ".example.net");
  }
  std::size_t next = 0;
  for (auto _ : state) {
    const auto cse = identity::cse_of_domain_name(asked[next++ % asked.size()], local);
    if (!cse) return state.SkipWithError("not found");
  }
}
BENCHMARK(find_domain_name)->Arg(10)->Arg(10'000)->Arg(1'000'000);

// Range: entries of service-provider configuration.
void resolve(benchmark::State& state) {
  const identity::LocalEntity local{*identity::SpId::parse("sp.example.com"), *identity::CseId::parse("/cse1"), {}};
  identity::ConfiguredIdentities configured;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string number = std::to_string(i);
    identity::StemList stems({*identity::Pattern::parse("C" + number)});
    configured.emplace("12-peer" + number + "@sp.example.com",
                       identity::ConfiguredIdentity{identity::EntityKind::Ae, std::move(stems), {}});
  }
  const std::string last = "peer" + std::to_string(state.range(0) - 1) + "@sp.example.com";
  const identity::Credential credential = identity::ProvenPsk{*identity::PskIdentity::parse(last), {}};
  const identity::Sources sources{.configured = configured};
  if (!std::holds_alternative<identity::Resolved>(identity::resolve(credential, local, sources)))
    state.SkipWithError("unknown");
  for (auto _ : state) benchmark::DoNotOptimize(identity::resolve(credential, local, sources));
}
BENCHMARK(resolve)->Arg(10)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace saproxy::bench
