// Sockets as file descriptors: bound and listening before any loop has them, so that a configuration whose ports cannot
// be had is refused whole and a reload keeps its listeners.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "identity/result.h"
#include "policy/config.h"

namespace saproxy::proxy {

// Owns a file descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

// `count` sockets on one address with SO_REUSEPORT, listening, non-blocking. Port 0: the kernel picks, all share it;
// `endpoint` is updated.
[[nodiscard]] identity::Result<std::vector<Socket>> listen_tcp(policy::Endpoint& endpoint, std::size_t count,
                                                               int backlog);
// A blocking connection for a command; each send and receive on it takes at most `timeout`.
[[nodiscard]] identity::Result<Socket> connect_to(const policy::Endpoint& endpoint, policy::Seconds timeout);
// A Unix socket with mode 0600; a stale socket file is replaced, another kind of file is not.
[[nodiscard]] identity::Result<Socket> listen_unix(const std::string& path, int backlog);

}  // namespace saproxy::proxy
