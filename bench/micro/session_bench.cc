// A record on its way through an established TlsSession: in (authenticated and decrypted) and out.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/sessions/memory_client.h"
#include "bench/sessions/server_side.h"

namespace saproxy::bench {
namespace {

constexpr int kBatch = 64;

// A session with a pre-shared key: what follows the handshake does not depend on how it was made.
struct Pair {
  explicit Pair(const char* suite)
      : context(make_client_context("", suite)), client(context.get()), session(server.new_session()) {}
  ServerSide server{""};
  proxy::OwnedContext context;
  MemoryClient client;
  std::unique_ptr<proxy::TlsSession> session;
};

// Range: bytes of plaintext.
void record_out(benchmark::State& state, const char* suite) {
  Pair pair(suite);
  if (!pair.client.shake_hands_with(*pair.session)) return state.SkipWithError("no handshake");
  const Bytes plain(static_cast<std::size_t>(state.range(0)), 'p');
  proxy::CipherOutput out;
  for (auto _ : state) {
    out.clear();
    if (!pair.session->write(plain, out)) return state.SkipWithError("not written");
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(record_out, cbc, "PSK-AES128-CBC-SHA256")->Arg(300)->Arg(16384);
BENCHMARK_CAPTURE(record_out, gcm, "PSK-AES128-GCM-SHA256")->Arg(300)->Arg(16384);

void record_in(benchmark::State& state, const char* suite) {
  Pair pair(suite);
  if (!pair.client.shake_hands_with(*pair.session)) return state.SkipWithError("no handshake");
  const Bytes plain(static_cast<std::size_t>(state.range(0)), 'p');
  Bytes read(16384);
  proxy::CipherOutput out;
  std::vector<Bytes> records(kBatch);
  while (state.KeepRunningBatch(kBatch)) {
    state.PauseTiming();
    for (Bytes& record : records) record = pair.client.encrypt(plain);
    state.ResumeTiming();
    for (const Bytes& record : records) {
      pair.session->receive(record, out);
      if (pair.session->read(read, out).size != plain.size()) return state.SkipWithError("not read");
      if (pair.session->read(read, out).status != proxy::TlsSession::ReadStatus::NeedBytes)
        return state.SkipWithError("more than one record");
    }
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(record_in, cbc, "PSK-AES128-CBC-SHA256")->Arg(300)->Arg(16384);
BENCHMARK_CAPTURE(record_in, gcm, "PSK-AES128-GCM-SHA256")->Arg(300)->Arg(16384);

}  // namespace
}  // namespace saproxy::bench
