// What a registration pays to find its application rule among many, whatever the rules look like, and what a start pays
// for each of them.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/lists/heap.h"
#include "identity/app_rules.h"
#include "policy/config_loader.h"
#include "policy/snapshot.h"

namespace saproxy::bench {
namespace {

constexpr std::int64_t kNow = 1'795'500'000;
constexpr std::size_t kAsked = 4096;  // different ones, as registrations are: caches hold few of a million

std::string number(std::int64_t index) { return std::to_string(1'000'000 + index); }
std::string credential(std::int64_t index) { return "12-device" + number(index) + "@sp.example.com"; }

// Each kind of rule in which the index-th differs from the others, and what is asked of it.
struct Form {
  std::string (*credential)(std::int64_t);
  std::string (*app_id)(std::int64_t);
  std::string (*stem)(std::int64_t);
};
std::string any(std::int64_t) { return "*"; }
std::string own_app_id(std::int64_t index) { return "Napp" + number(index); }
std::string own_stem(std::int64_t index) { return "C" + number(index); }
constexpr Form kConcrete{credential, any, own_stem};
constexpr Form kPrefix{[](std::int64_t i) { return "12-device" + number(i) + "*"; }, any, own_stem};
constexpr Form kSuffix{[](std::int64_t i) { return "*" + number(i) + "@sp.example.com"; }, any, own_stem};
constexpr Form kBothEnds{[](std::int64_t i) { return "12-*" + number(i) + "@sp.example.com"; }, any, own_stem};
constexpr Form kInside{[](std::int64_t i) { return "12-*" + number(i) + "*.example.com"; }, any, own_stem};
constexpr Form kByStem{any, any, own_stem};
constexpr Form kByStemWildcard{any, any, [](std::int64_t i) { return own_stem(i) + "*"; }};
constexpr Form kByAppId{any, own_app_id, any};

std::string rules_text(const Form& form, std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; i < count; ++i)
    text += form.credential(i) + " " + form.app_id(i) + " " + form.stem(i) + "\n";
  return text;
}

std::string rules_toml(const Form& form, std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; i < count; ++i)
    text += "[[app_rule]]\ncredentials = [\"" + form.credential(i) + "\"]\napp_ids = [\"" + form.app_id(i) +
            "\"]\naes = [\"" + form.stem(i) + "\"]\n";
  return text;
}

policy::LoadResult load(const std::string& lines, const std::string& toml) {
  const std::string main = (lines.empty() ? std::string() : "app_rule_files = [\"rules\"]\n") +
                           "[cse]\nid = \"/cse1\"\nsp = \"//sp.example.com\"\naddress = \"http://127.0.0.1:8080\"\n"
                           "[[listener]]\nname = \"a\"\naddress = \"127.0.0.1:8443\"\nframeworks = [\"psk\"]\n"
                           "[[psk]]\nidentity = \"a@sp.example.com\"\nkey_file = \"key\"\n" +
                           toml;
  const policy::ReadFile read = [&](const std::string& path, std::size_t most) -> identity::Result<policy::FileView> {
    const std::string content = path == "rules" ? lines : path == "key" ? std::string(32, 'a') : main;
    if (content.size() > most) return identity::fail(identity::ErrorCode::OutOfRange, "too large");
    return policy::FileView{content, false, 0};
  };
  const policy::ListFiles list = [](const std::string&) -> identity::Result<std::vector<std::string>> {
    return std::vector<std::string>{};
  };
  return policy::load_config("main.toml", read, list, kNow);
}

std::shared_ptr<const policy::Snapshot> snapshot_of(policy::LoadResult loaded) {
  return loaded.errors.empty() ? policy::Snapshot::make(std::move(loaded.config), 1) : nullptr;
}

struct Asked {
  std::string credential, app_id, stem;
};
std::vector<Asked> asked_of(std::int64_t count) {
  std::vector<Asked> asked;
  for (std::size_t i = 0; i < kAsked; ++i) {
    const std::int64_t index = static_cast<std::int64_t>(i) * 7919 % count;
    asked.push_back({credential(index), own_app_id(index), own_stem(index)});
  }
  return asked;
}

// Range: how many rules there are.
void find_rule(benchmark::State& state, const Form& form) {
  const std::size_t before = heap_bytes();
  const auto snapshot = snapshot_of(load(rules_text(form, state.range(0)), ""));
  if (snapshot == nullptr) return state.SkipWithError("not loaded");
  const double rule = static_cast<double>(heap_bytes() - before) / static_cast<double>(state.range(0));
  const auto asked = asked_of(state.range(0));
  std::size_t next = 0;
  for (auto _ : state) {
    const Asked& one = asked[next++ % kAsked];
    const auto* found =
        snapshot->profile().rules->find(one.credential, one.app_id, {identity::StemWish::Form::Stem, one.stem});
    if (found == nullptr) return state.SkipWithError("not found");
    benchmark::DoNotOptimize(found);
  }
  state.counters["heap_each"] = rule;
}

// What a handshake asks: which stems may it use?
void stems_of(benchmark::State& state, const Form& form) {
  const auto snapshot = snapshot_of(load(rules_text(form, state.range(0)), ""));
  if (snapshot == nullptr) return state.SkipWithError("not loaded");
  const auto asked = asked_of(state.range(0));
  std::size_t next = 0;
  for (auto _ : state) {
    const identity::StemList stems = snapshot->profile().rules->stems_of(asked[next++ % kAsked].credential);
    if (stems.empty()) return state.SkipWithError("not found");
  }
}

#define SAPROXY_RULES(form)                                                          \
  BENCHMARK_CAPTURE(find_rule, form, k##form)->Arg(10)->Arg(10'000)->Arg(1'000'000); \
  BENCHMARK_CAPTURE(stems_of, form, k##form)->Arg(10)->Arg(10'000)->Arg(1'000'000)
SAPROXY_RULES(Concrete);
SAPROXY_RULES(Prefix);
SAPROXY_RULES(Suffix);
SAPROXY_RULES(BothEnds);
SAPROXY_RULES(Inside);
SAPROXY_RULES(ByStem);
SAPROXY_RULES(ByStemWildcard);
SAPROXY_RULES(ByAppId);

// Range: rules. From the text to the snapshot.
void load_rule_lines(benchmark::State& state) {
  const std::string text = rules_text(kPrefix, state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(snapshot_of(load(text, "")));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(load_rule_lines)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void load_rule_tables(benchmark::State& state) {
  const std::string text = rules_toml(kPrefix, state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(snapshot_of(load("", text)));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(load_rule_tables)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace saproxy::bench
