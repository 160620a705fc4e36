#include "proxy/loop/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "proxy/loop/socket_address.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

tl::unexpected<identity::Error> system_error(const std::string& what, int error) {
  return fail(ErrorCode::Failed, what + ": " + std::strerror(error));
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> to_address(const policy::Endpoint& endpoint) {
  const auto ip = endpoint.ip();
  if (!ip)
    return fail(ErrorCode::BadSyntax,
                "\"" + endpoint.host + "\" is no IP address; write one such as 0.0.0.0, :: or 127.0.0.1");
  const bool v4 = ip->is_v4();
  return Address{socket_address(*ip, endpoint.port),
                 static_cast<socklen_t>(v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6))};
}

Result<Address> to_unix_address(const std::string& path) {
  Address address;
  auto* unix_address = reinterpret_cast<sockaddr_un*>(&address.storage);
  unix_address->sun_family = AF_UNIX;
  if (path.size() >= sizeof unix_address->sun_path)
    return fail(ErrorCode::OutOfRange, path + ": longer than a Unix socket path may be");
  std::memcpy(unix_address->sun_path, path.c_str(), path.size());
  address.size = sizeof(sockaddr_un);
  return address;
}

std::uint16_t port_of(int fd) {
  Address bound;
  bound.size = sizeof(bound.storage);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) return 0;
  if (bound.storage.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port);
  return ntohs(reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port);
}

Result<Socket> listen_once(const policy::Endpoint& endpoint, int backlog) {
  SAPROXY_TRY(const Address address, to_address(endpoint));
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return system_error("socket", errno);
  const int on = 1;
  setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    return system_error("SO_REUSEPORT", errno);
  // Inherited by accepted sockets: answers leave at once, without a system call for each connection.
  setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0)
    return system_error("cannot listen on " + endpoint.text(), errno);
  if (listen(socket.fd(), backlog) != 0) return system_error("cannot listen on " + endpoint.text(), errno);
  return socket;
}

// SO_REUSEPORT lets a second saproxy of the same user join a port unnoticed; registrees would reach either of two
// policies.
Result<bool> require_unused(const policy::Endpoint& endpoint) {
  if (endpoint.port == 0) return true;
  SAPROXY_TRY(const Address address, to_address(endpoint));
  const Socket probe(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (probe.fd() < 0) return system_error("socket", errno);
  const int on = 1;
  setsockopt(probe.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(probe.fd(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0)
    return system_error("cannot listen on " + endpoint.text(), errno);
  return true;
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::vector<Socket>> listen_tcp(policy::Endpoint& endpoint, std::size_t count, int backlog) {
  SAPROXY_TRY([[maybe_unused]] const bool unused, require_unused(endpoint));
  std::vector<Socket> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    SAPROXY_TRY(Socket socket, listen_once(endpoint, backlog));
    if (endpoint.port == 0) endpoint.port = port_of(socket.fd());
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

Result<Socket> connect_to(const policy::Endpoint& endpoint, policy::Seconds timeout) {
  SAPROXY_TRY(const Address address, endpoint.is_unix() ? to_unix_address(endpoint.unix_path) : to_address(endpoint));
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return system_error("socket", errno);
  const timeval limit{timeout.count(), 0};
  setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);  // of connect, too
  setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0)
    return system_error("cannot connect to " + endpoint.text(), errno);
  return socket;
}

Result<Socket> listen_unix(const std::string& path, int backlog) {
  SAPROXY_TRY(const Address address, to_unix_address(path));
  struct stat found {};
  if (lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) return fail(ErrorCode::Conflict, path + ": exists and is no socket");
    Socket probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(probe.fd(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0)
      return fail(ErrorCode::Conflict, path + ": another process listens on it");
    if (unlink(path.c_str()) != 0) return system_error("cannot replace " + path, errno);
  }
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return system_error("socket", errno);
  const mode_t before = umask(0177);
  const int bound = bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address.storage), address.size);
  const int error = errno;
  umask(before);
  if (bound != 0) return system_error("cannot listen on " + path, error);
  if (listen(socket.fd(), backlog) != 0) return system_error("cannot listen on " + path, errno);
  return socket;
}

}  // namespace saproxy::proxy
