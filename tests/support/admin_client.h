// A blocking client for tests of small plaintext servers: connect, send, read.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "policy/config.h"
#include "proxy/loop/socket.h"

namespace saproxy::support {

inline proxy::Socket connect_to(const policy::Endpoint& endpoint) {
  if (endpoint.is_unix()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, endpoint.unix_path.data(),
                std::min(endpoint.unix_path.size(), sizeof address.sun_path - 1));
    proxy::Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    return socket;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr);
  proxy::Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

// All that comes until the other side closes.
inline std::string read_to_end(const proxy::Socket& socket) {
  std::string all;
  std::array<char, 65536> part;
  for (ssize_t size = 0; (size = recv(socket.fd(), part.data(), part.size(), 0)) > 0;)
    all.append(part.data(), static_cast<std::size_t>(size));
  return all;
}

inline bool send_all(const proxy::Socket& socket, std::string_view bytes) {
  return send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

// Sends and waits for the first bytes that come back.
inline std::string ask_once(const proxy::Socket& socket, std::string_view request) {
  std::array<char, 4096> part;
  if (!send_all(socket, request)) return "";
  const ssize_t size = recv(socket.fd(), part.data(), part.size(), 0);
  return size > 0 ? std::string(part.data(), static_cast<std::size_t>(size)) : "";
}

// One request on a connection of its own; what came until the server closed.
inline std::string exchange(const policy::Endpoint& endpoint, std::string_view request) {
  const proxy::Socket socket = connect_to(endpoint);
  return send_all(socket, request) ? read_to_end(socket) : "";
}

}  // namespace saproxy::support
