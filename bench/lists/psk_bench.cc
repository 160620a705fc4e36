// What a handshake pays to find its key among many, and what a start pays for each line of psk_files.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/lists/heap.h"
#include "policy/config_loader.h"
#include "policy/snapshot.h"

namespace saproxy::bench {
namespace {

constexpr std::int64_t kNow = 1'795'500'000;
constexpr const char* kMain =
    "psk_files = [\"keys\"]\n[cse]\nid = \"/cse1\"\nsp = \"//sp.example.com\"\naddress = \"http://127.0.0.1:8080\"\n"
    "[[listener]]\nname = \"a\"\naddress = \"127.0.0.1:8443\"\nframeworks = [\"psk\"]\n";

std::string kpsa_id(std::int64_t number) { return "device" + std::to_string(1'000'000 + number) + "@sp.example.com"; }

std::string psk_file(std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; i < count; ++i)
    text += kpsa_id(i) + ":00112233445566778899aabbccddeeff:C" + std::to_string(1'000'000 + i) + "\n";
  return text;
}

policy::LoadResult load(const std::string& keys) {
  const policy::ReadFile read = [&keys](const std::string& path,
                                        std::size_t most) -> identity::Result<policy::FileView> {
    const std::string content = path == "keys" ? keys : kMain;
    if (content.size() > most) return identity::fail(identity::ErrorCode::OutOfRange, "too large");
    return policy::FileView{content, false, 0};
  };
  const policy::ListFiles list = [](const std::string&) -> identity::Result<std::vector<std::string>> {
    return std::vector<std::string>{};
  };
  return policy::load_config("main.toml", read, list, kNow);
}

// Range: how many PSKs there are. Another one is asked for each time, as handshakes do: caches hold few of a million.
void find_psk(benchmark::State& state) {
  const std::size_t before = heap_bytes();
  policy::LoadResult loaded = load(psk_file(state.range(0)));
  if (!loaded.errors.empty()) return state.SkipWithError("not loaded");
  const auto snapshot = policy::Snapshot::make(std::move(loaded.config), 1);
  state.counters["heap_each"] = static_cast<double>(heap_bytes() - before) / static_cast<double>(state.range(0));
  std::vector<std::string> asked;
  for (std::int64_t i = 0; i < 4096; ++i) asked.push_back(kpsa_id(i * 7919 % state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    const policy::PskEntry* entry = snapshot->find_psk(asked[next++ % asked.size()]);
    if (entry == nullptr) return state.SkipWithError("not found");
    benchmark::DoNotOptimize(entry->key.reveal().front());
  }
}
BENCHMARK(find_psk)->Arg(10)->Arg(10'000)->Arg(1'000'000);

// Range: lines of the file.
void load_psks(benchmark::State& state) {
  const std::string keys = psk_file(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(load(keys).config.psks.size());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(load_psks)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace saproxy::bench
