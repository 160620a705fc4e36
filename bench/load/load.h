// Load: all clients of a run on one epoll, on one thread.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "bench/load/client.h"
#include "bench/load/exchange.h"
#include "bench/load/options.h"
#include "bench/load/report.h"

namespace saproxy::bench {

class Load {
 public:
  Load(const Options& options, SSL_CTX* context);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Opens all connections and uses each of them once. False: not all of them could be.
  [[nodiscard]] bool open_all();
  void run_handshakes();
  void run_requests();
  // Holds nothing up: looks which of the connections are still there.
  void look_for_lost();
  [[nodiscard]] Report& report() { return report_; }

 private:
  using Step = std::function<void(std::size_t index, Client::Outcome outcome)>;
  void begin_phase();
  void end_phase();
  // Waits for events and hands the outcomes on; `until` bounds the wait.
  [[nodiscard]] bool turn(const Step& step, Clock::time_point until);
  void dial(std::size_t index, const Step& step);
  void ask(std::size_t index, Clock::time_point began, const Step& step);
  void ask_at_once();
  void ask_at_rate();
  void count(std::size_t index, Client::Outcome outcome);

  const Options& options_;
  SSL_CTX* context_;
  Script script_;
  std::vector<Client> clients_;
  Report report_;
  Clock::time_point phase_began_;
  std::uint64_t next_number_ = 0;
  int epoll_;
};

}  // namespace saproxy::bench
