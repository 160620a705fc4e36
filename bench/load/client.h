// One connection of the load, over TLS or bare: dials, shakes hands, asks one thing at a time.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "bench/load/exchange.h"
#include "bench/load/options.h"

namespace saproxy::bench {

using Clock = std::chrono::steady_clock;

class Client {
 public:
  enum class Outcome { Waiting, Established, Answered, Failed };

  Client() = default;
  ~Client() { hang_up(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `tag` comes back with each event of `epoll`. `context` null: no TLS.
  [[nodiscard]] bool dial(SSL_CTX* context, const Options& options, int epoll, std::uint64_t tag);
  [[nodiscard]] Outcome on_event();
  // Only on an established connection without an open question.
  [[nodiscard]] Outcome ask(const Script& script, std::size_t client, std::uint64_t number);
  // close_notify and FIN, as far as they go without waiting.
  void hang_up();

  // When what is being measured began: set by the owner.
  Clock::time_point began;

 private:
  enum class State { Closed, Handshake, Ready, Send, Receive };
  [[nodiscard]] bool take_source(const sockaddr_in& server, std::uint64_t tag) const;
  [[nodiscard]] Outcome shake_hands();
  [[nodiscard]] Outcome send_rest();
  [[nodiscard]] Outcome receive();
  // As SSL_read and SSL_write.
  [[nodiscard]] int read_some(char* data, std::size_t size);
  [[nodiscard]] int write_some(const char* data, std::size_t size);
  [[nodiscard]] Outcome blocked_or_failed(int result);

  SSL* ssl_ = nullptr;  // null: bare
  int fd_ = -1;
  State state_ = State::Closed;
  std::string out_;
  std::size_t sent_ = 0;
  AnswerCheck check_;
};

}  // namespace saproxy::bench
