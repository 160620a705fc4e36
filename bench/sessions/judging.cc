// bench_judging: what requests wait for while associations are judged again after a reload. Turns of a loop as a worker
// has them: the requests that are due, then one slice of associations.
//   bench_judging ASSOCIATIONS        each with a pre-shared key of its own, among as many in the configuration
// Prints one line of JSON: CPU of a judgement, and percentiles of requests at a fixed rate without and with it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "bench/sessions/memory_client.h"
#include "bench/sessions/server_side.h"
#include "proxy/association/binder.h"
#include "proxy/worker.h"

namespace saproxy::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr std::size_t kActive = 32;
constexpr std::size_t kRequest = 300;
constexpr std::size_t kAnswer = 560;
constexpr std::size_t kRequests = 6000;
constexpr microseconds kBetween{1000};
constexpr std::int64_t kNow = 1'795'500'000;
constexpr std::uint8_t kKey[16] = {7};

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "bench_judging: %s\n", why);
  std::exit(1);
}

std::string kpsa_id(std::size_t index) { return "device" + std::to_string(1'000'000 + index) + "@sp.example.com"; }

std::shared_ptr<const policy::Snapshot> snapshot_of(std::size_t associations, std::uint64_t generation) {
  policy::Config config;
  config.cse.sp = *identity::SpId::parse("//sp.example.com");
  config.cse.id = *identity::CseId::parse("/cse1");
  config.listeners.resize(1);
  config.listeners.front().name = "bench";
  config.listeners.front().psk = true;
  for (std::size_t i = 0; i < associations; ++i) {
    config.psks.emplace(kpsa_id(i), policy::PskEntry{identity::Secret(kKey), {}});
    identity::StemList stems({*identity::Pattern::parse("Cdevice" + std::to_string(1'000'000 + i))});
    config.identities.emplace("12-" + kpsa_id(i),
                              identity::ConfiguredIdentity{identity::EntityKind::Ae, std::move(stems), {}});
  }
  return policy::Snapshot::make(std::move(config), generation);
}

class Crowd {
 public:
  explicit Crowd(std::size_t size) : snapshots_{snapshot_of(size, 1), snapshot_of(size, 2)} {
    for (std::size_t i = 0; i < size; ++i) {
      const auto& listener = snapshots_[0]->config().listeners.front();
      held_.push_back({identity::ProvenPsk{*identity::PskIdentity::parse(kpsa_id(i)), identity::key_fingerprint(kKey)},
                       std::make_unique<proxy::AssociationBinder>(snapshots_[0], listener, registry_,
                                                                  "a" + std::to_string(i), kNow)});
      if (held_.back().binder->admit(held_.back().credential)) give_up("an association was refused");
    }
  }
  [[nodiscard]] std::uint64_t judged() const { return judged_; }

  // After the last one another configuration is in force, and all begins anew.
  void judge_slice() {
    const auto until = Clock::now() + std::chrono::nanoseconds(proxy::Worker::kJudgingTime);
    for (std::uint32_t n = 0; n < proxy::Worker::kJudgedAtOnce && Clock::now() < until; ++n) {
      if (next_ == held_.size()) {
        next_ = 0;
        current_ = 1 - current_;
      }
      Held& one = held_[next_++];
      const auto& snapshot = snapshots_[current_];
      const auto verdict =
          one.binder->judge_again(one.credential, snapshot, &snapshot->config().listeners.front(), kNow + 1);
      if (verdict != policy::Rejudged::Unchanged) give_up("an association was judged otherwise");
      ++judged_;
    }
  }

 private:
  struct Held {
    identity::Credential credential;
    std::unique_ptr<proxy::AssociationBinder> binder;
  };
  proxy::SharedRegistry registry_;
  std::shared_ptr<const policy::Snapshot> snapshots_[2];
  std::vector<Held> held_;
  std::size_t next_ = 0;
  std::size_t current_ = 1;
  std::uint64_t judged_ = 0;
};

// Sessions whose requests are encrypted beforehand: the clients' work is none of the server's.
class Active {
 public:
  Active() : context_(make_client_context("", "PSK-AES128-CBC-SHA256")) {
    for (std::size_t i = 0; i < kActive; ++i) {
      sessions_.push_back(server_.new_session());
      clients_.push_back(std::make_unique<MemoryClient>(context_.get()));
      if (!clients_.back()->shake_hands_with(*sessions_.back())) give_up("a handshake failed");
    }
  }
  void prepare() {
    const Bytes request(kRequest, 'r');
    records_.clear();
    for (std::size_t i = 0; i < kRequests; ++i) records_.push_back(clients_[i % kActive]->encrypt(request));
  }
  void answer(std::size_t index) {
    proxy::TlsSession& session = *sessions_[index % kActive];
    out_.clear();
    session.receive(records_[index], out_);
    if (session.read(plain_, out_).size != kRequest) give_up("a request was not read");
    if (session.read(plain_, out_).status != proxy::TlsSession::ReadStatus::NeedBytes) give_up("more than one record");
    if (!session.write(content_, out_)) give_up("an answer was not written");
  }

 private:
  ServerSide server_{""};
  proxy::OwnedContext context_;
  std::vector<std::unique_ptr<proxy::TlsSession>> sessions_;
  std::vector<std::unique_ptr<MemoryClient>> clients_;
  std::vector<Bytes> records_;
  Bytes plain_ = Bytes(16384);
  const Bytes content_ = Bytes(kAnswer, 'a');
  proxy::CipherOutput out_;
};

struct Measured {
  double p50_us, p99_us, worst_us, seconds;
};

// Each request counts from the moment it was due.
Measured serve(Active& active, Crowd* judged) {
  active.prepare();
  std::vector<double> waits;
  const auto began = Clock::now();
  while (waits.size() < kRequests) {
    while (waits.size() < kRequests && Clock::now() >= began + kBetween * waits.size()) {
      const auto due = began + kBetween * waits.size();
      active.answer(waits.size());
      waits.push_back(std::chrono::duration<double, std::micro>(Clock::now() - due).count());
    }
    if (judged != nullptr) judged->judge_slice();
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  std::ranges::sort(waits);
  return {waits[waits.size() / 2], waits[waits.size() * 99 / 100], waits.back(), seconds};
}

double us_of_a_judgement(Crowd& crowd, std::size_t associations) {
  const std::uint64_t before = crowd.judged();
  const auto began = Clock::now();
  while (crowd.judged() < before + 2 * associations) crowd.judge_slice();
  return std::chrono::duration<double, std::micro>(Clock::now() - began).count() /
         static_cast<double>(crowd.judged() - before);
}

int run(std::size_t associations) {
  Crowd crowd(associations);
  Active active;
  const double each = us_of_a_judgement(crowd, associations);
  static_cast<void>(serve(active, nullptr));  // warms up
  const Measured quiet = serve(active, nullptr);
  const std::uint64_t before = crowd.judged();
  const Measured beside = serve(active, &crowd);
  std::printf(R"({"associations": %zu, "us_each": %.3f, "p50_us": %.1f, "p99_us": %.1f, "worst_us": %.1f, )"
              R"("judging_p50_us": %.1f, "judging_p99_us": %.1f, "judging_worst_us": %.1f, "judged_per_second": %.0f})"
              "\n",
              associations, each, quiet.p50_us, quiet.p99_us, quiet.worst_us, beside.p50_us, beside.p99_us,
              beside.worst_us, static_cast<double>(crowd.judged() - before) / beside.seconds);
  return 0;
}

}  // namespace
}  // namespace saproxy::bench

int main(int argc, char** argv) {
  const std::size_t associations = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (associations == 0) {
    std::fprintf(stderr, "usage: bench_judging ASSOCIATIONS\n");
    return 2;
  }
  return saproxy::bench::run(associations);
}
