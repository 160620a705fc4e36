// What a handshake, a registration and a refusal pay to look into the registry, and what re-judging pays for each
// association, as registrations and configuration grow.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/lists/heap.h"
#include "identity/digest.h"
#include "policy/judging.h"
#include "policy/registry.h"
#include "policy/snapshot.h"

namespace saproxy::bench {
namespace {

constexpr std::int64_t kNow = 1'795'500'000;
constexpr std::size_t kAsked = 4096;

std::string name(std::int64_t index) { return "device" + std::to_string(1'000'000 + index); }

policy::Registration registration(std::int64_t index) {
  policy::Registration one;
  one.entity_id = "C" + name(index);
  one.credential_id = "12-" + name(index) + "@sp.example.com";
  one.app_id = "Nsensor";
  one.resource_id = "r" + name(index);
  one.resource_path = "cse-in/" + name(index);
  one.points_of_access = {"https://" + name(index) + ".example.com/"};
  one.registered = kNow;
  one.expires = kNow + 86'400 + index;
  return one;
}

// Range: how many registrations there are.
void look_into_registry(benchmark::State& state) {
  const policy::GateRules rules{.sp = *identity::SpId::parse("//sp.example.com"),
                                .cse = *identity::CseId::parse("/cse1")};
  const std::size_t before = heap_bytes();
  policy::Registry registry;
  for (std::int64_t i = 0; i < state.range(0); ++i) registry.put(registration(i));
  state.counters["heap_each"] = static_cast<double>(heap_bytes() - before) / static_cast<double>(state.range(0));
  std::vector<policy::Registration> asked;
  for (std::size_t i = 0; i < kAsked; ++i)
    asked.push_back(registration(static_cast<std::int64_t>(i) * 7919 % state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    const policy::Registration& one = asked[next++ % kAsked];
    const bool known = registry.find(one.entity_id) != nullptr &&
                       registry.find_resource(one.resource_path, rules) != nullptr &&
                       !registry.stems_of(one.credential_id).empty();
    if (!known) return state.SkipWithError("not found");
    benchmark::DoNotOptimize(registry.claim(one.entity_id, one.credential_id));
    registry.release(one.entity_id);
  }
}
BENCHMARK(look_into_registry)->Arg(10)->Arg(10'000)->Arg(1'000'000);

// Range: PSKs, each with an identity. One association is judged again by the same configuration, read anew.
void judge_again(benchmark::State& state) {
  policy::Config config;
  config.cse.sp = *identity::SpId::parse("//sp.example.com");
  config.cse.id = *identity::CseId::parse("/cse1");
  policy::ListenerSettings listener;
  listener.psk = true;
  const std::vector<std::uint8_t> key(16, 7);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    config.psks.emplace(name(i) + "@sp.example.com", policy::PskEntry{identity::Secret(key), {}});
    identity::StemList stems({*identity::Pattern::parse("C" + name(i))});
    config.identities.emplace("12-" + name(i) + "@sp.example.com",
                              identity::ConfiguredIdentity{identity::EntityKind::Ae, std::move(stems), {}});
  }
  const auto snapshot = policy::Snapshot::make(std::move(config), 1);
  struct Held {
    identity::Credential credential;
    identity::Association association;
  };
  std::vector<Held> held;
  for (std::size_t i = 0; i < kAsked; ++i) {
    const auto id =
        *identity::PskIdentity::parse(name(static_cast<std::int64_t>(i) * 7919 % state.range(0)) + "@sp.example.com");
    const identity::Credential credential = identity::ProvenPsk{id, identity::key_fingerprint(key)};
    auto made = policy::associate(*snapshot, listener, credential, "a", kNow);
    auto* association = std::get_if<identity::Association>(&made);
    if (association == nullptr) return state.SkipWithError("refused");
    held.push_back({credential, std::move(*association)});
  }
  std::size_t next = 0;
  for (auto _ : state) {
    Held& one = held[next++ % kAsked];
    const auto verdict = policy::judge_again(one.association, one.credential, *snapshot, listener, kNow, kNow + 1);
    if (verdict != policy::Rejudged::Unchanged) return state.SkipWithError("not unchanged");
  }
}
BENCHMARK(judge_again)->Arg(10)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace saproxy::bench
