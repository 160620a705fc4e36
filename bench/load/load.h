// Load: all clients of a run on one epoll, on one thread.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <deque>
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
  // Handshakes or requests, as many at a time as there are connections, offered at the rate of the options if they
  // have one. Ends early when `stopped` says so: what is then open counts as neither right nor failed.
  void run(const std::function<bool()>& stopped);
  // Holds nothing up: looks which of the connections are still there.
  void look_for_lost();
  [[nodiscard]] Report& report() { return report_; }

 private:
  using Step = std::function<void(std::size_t index, Client::Outcome outcome)>;
  void begin_phase();
  void end_phase();
  // Waits for events and hands the outcomes on; `until` bounds the wait.
  [[nodiscard]] bool turn(const Step& step, Clock::time_point until);
  void dial(std::size_t index, Clock::time_point began, const Step& step);
  void ask(std::size_t index, Clock::time_point began, const Step& step);
  void start_what_is_due(const Step& step);
  [[nodiscard]] Clock::time_point due(std::uint64_t number) const;
  [[nodiscard]] bool more_to_start() const { return report_.started < options_.count && !unused_.empty(); }
  [[nodiscard]] std::uint64_t ended() const { return report_.right + report_.failed; }
  void count(std::size_t index, Client::Outcome outcome);

  const Options& options_;
  SSL_CTX* context_;
  Script script_;
  std::vector<Client> clients_;
  std::deque<std::size_t> unused_;  // clients with nothing to do, longest first
  Report report_;
  Clock::time_point phase_began_;
  std::uint64_t next_number_ = 0;
  int epoll_;
};

}  // namespace saproxy::bench
