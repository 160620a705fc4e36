// The least between wolfSSL and two blocking sockets: one recv() and one send() for all that is there to move.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proxy/session/wolfssl_library.h"

namespace saproxy::bench {

// Ciphertext on its way. One pair serves all connections, because none of them leaves anything behind in it.
struct Wire {
  std::array<std::uint8_t, 65536> in;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<std::uint8_t> out;
  int fd = -1;
};

// The suites, the credentials and the curve of the comparison. Null, with a line on standard error, when one is
// missing.
[[nodiscard]] proxy::OwnedContext make_bare_context(const std::string& pki);

class BareTls {
 public:
  // Takes over `fd`.
  BareTls(WOLFSSL_CTX* context, int fd, Wire& wire);
  ~BareTls();
  BareTls(const BareTls&) = delete;
  BareTls& operator=(const BareTls&) = delete;

  [[nodiscard]] bool shake_hands();
  // One record; waits for it. Empty: the peer has gone. Valid until the next call on any connection.
  [[nodiscard]] std::span<const std::uint8_t> read();
  // More than what read() gave has come already.
  [[nodiscard]] bool has_more() const;
  [[nodiscard]] bool write(std::span<const std::uint8_t> plain);
  [[nodiscard]] int fd() const { return fd_; }

 private:
  proxy::OwnedSsl ssl_;
  Wire& wire_;
  int fd_;
};

// All of it or false.
[[nodiscard]] bool send_all(int fd, std::span<const std::uint8_t> bytes);

}  // namespace saproxy::bench
