// One keep-alive HTTP connection of the origin, bare or over TLS: whole requests in, fixed answers out.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace saproxy::bench {

class OriginConnection {
 public:
  // Takes both. `ssl` null: bare.
  OriginConnection(int fd, SSL* ssl);
  ~OriginConnection();
  OriginConnection(const OriginConnection&) = delete;
  OriginConnection& operator=(const OriginConnection&) = delete;

  enum class After { Wait, GoOn, Over };
  // Reads, answers and writes as far as it goes without waiting, up to a share that leaves time for the others: GoOn.
  [[nodiscard]] After on_event();

 private:
  [[nodiscard]] bool read_some();
  [[nodiscard]] bool take_requests();
  [[nodiscard]] bool take_head(std::size_t end);
  [[nodiscard]] bool write_some();
  // Was it only that nothing goes on now?
  [[nodiscard]] bool is_blocked(int result);

  int fd_;
  SSL* ssl_;
  std::string in_;
  std::string out_;
  std::size_t written_ = 0;
  std::uint64_t body_left_ = 0;
  bool body_pending_ = false;  // a head is taken, its answer waits for the body
  std::string answer_;
  bool ended_ = false;
  bool once_ = false;  // over once it is answered
};

}  // namespace saproxy::bench
