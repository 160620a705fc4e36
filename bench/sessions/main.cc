// bench_sessions: what an established session costs where more are held than a machine has descriptors for. Sessions
// are joined to their clients in memory; a connection of saproxy adds its socket and its stages to this.
//   bench_sessions SESSIONS [PKI]      pre-shared keys, or certificates out of a folder that deploy/demo-pki made
// Prints one line of JSON: heap of a session, and CPU of a record in and its answer out with few and with all of them.
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "bench/sessions/memory_client.h"
#include "bench/sessions/server_side.h"

namespace saproxy::bench {
namespace {

constexpr std::size_t kActive = 32;
constexpr std::size_t kRequest = 300;
constexpr std::size_t kAnswer = 560;  // head and body of a small answer
constexpr int kPasses = 9;
constexpr int kRecordsEach = 100;  // of each active session, in one pass

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "bench_sessions: %s\n", why);
  std::exit(1);
}

// A request read and an answer written.
void read_and_answer(proxy::TlsSession& session, std::span<const std::uint8_t> record) {
  static Bytes plain(16384);
  static const Bytes answer(kAnswer, 'a');
  static proxy::CipherOutput out;
  out.clear();
  session.receive(record, out);
  const auto read = session.read(plain, out);
  if (read.status != proxy::TlsSession::ReadStatus::Data || read.size != kRequest) give_up("a record was not read");
  if (session.read(plain, out).status != proxy::TlsSession::ReadStatus::NeedBytes) give_up("more than one record");
  if (!session.write(answer, out)) give_up("an answer was not written");
}

struct Held {
  std::unique_ptr<proxy::TlsSession> session;
  std::unique_ptr<MemoryClient> client;  // only while it is needed
};

class Crowd {
 public:
  Crowd(std::size_t size, const std::string& pki)
      : server_(pki),
        context_(make_client_context(pki, pki.empty() ? "PSK-AES128-CBC-SHA256" : "ECDHE-ECDSA-AES128-SHA256")) {
    held_.reserve(size);
    grow(std::min(kActive, size));
    const Bytes first = held_.front().client->encrypt(request_);
    record_size_ = first.size();
    records_.resize(record_size_ * size);
    read_and_answer(*held_.front().session, first);
  }

  // Clients of the new ones leave one record behind and go, except those of the first few.
  void grow(std::size_t size) {
    while (held_.size() < size) {
      Held one{server_.new_session(), std::make_unique<MemoryClient>(context_.get())};
      if (!one.client->shake_hands_with(*one.session)) give_up("a handshake failed");
      const std::size_t index = held_.size();
      if (index >= kActive) {
        const Bytes record = one.client->encrypt(request_);
        std::copy(record.begin(), record.end(), records_.begin() + static_cast<std::ptrdiff_t>(index * record_size_));
        one.client.reset();
      }
      held_.push_back(std::move(one));
    }
  }

  // Microseconds of CPU for an exchange of one of the first few sessions.
  double of_the_active() {
    const std::size_t active = std::min(kActive, held_.size());
    std::vector<Bytes> records;
    for (std::size_t i = 0; i < active * kRecordsEach; ++i)
      records.push_back(held_[i % active].client->encrypt(request_));
    const double before = cpu_seconds();
    for (std::size_t i = 0; i < records.size(); ++i) read_and_answer(*held_[i % active].session, records[i]);
    return (cpu_seconds() - before) * 1e6 / static_cast<double>(records.size());
  }

  // The same when all others have been used before a session has its turn.
  double of_all_in_turn() {
    const double before = cpu_seconds();
    for (std::size_t i = kActive; i < held_.size(); ++i)
      read_and_answer(*held_[i].session, std::span(records_).subspan(i * record_size_, record_size_));
    return (cpu_seconds() - before) * 1e6 / static_cast<double>(held_.size() - kActive);
  }

 private:
  ServerSide server_;
  proxy::OwnedContext context_;
  const Bytes request_ = Bytes(kRequest, 'r');
  std::vector<Held> held_;
  std::size_t record_size_ = 0;
  Bytes records_;  // one for each session whose client has gone
};

double median_of_active(Crowd& crowd) {
  std::vector<double> times;
  for (int pass = 0; pass < kPasses; ++pass) times.push_back(crowd.of_the_active());
  std::nth_element(times.begin(), times.begin() + kPasses / 2, times.end());
  return times[kPasses / 2];
}

int run(std::size_t sessions, const std::string& pki) {
  Crowd crowd(sessions, pki);
  const double few = median_of_active(crowd);
  const std::size_t before = heap_bytes();
  crowd.grow(sessions);
  const double heap = static_cast<double>(heap_bytes() - before) / static_cast<double>(sessions - kActive);
  const double many = median_of_active(crowd);
  std::printf(R"({"sessions": %zu, "heap_bytes": %.0f, "us_with_few": %.3f, "us_with_all": %.3f, "us_in_turn": %.3f})"
              "\n",
              sessions, heap, few, many, crowd.of_all_in_turn());
  return 0;
}

}  // namespace
}  // namespace saproxy::bench

int main(int argc, char** argv) {
  const std::size_t sessions = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (argc > 3 || sessions < 64) {
    std::fprintf(stderr, "usage: bench_sessions SESSIONS [PKI]   (at least 64)\n");
    return 2;
  }
  return saproxy::bench::run(sessions, argc == 3 ? argv[2] : "");
}
