// The least HTTP origin: one thread, epoll, keep-alive. It stands in for the CSE, the same for all servers that are
// compared; over TLS, for the registrees that SA2 leads to.
//   bench_origin                                      listens on a port of 127.0.0.1 that the kernel picks, and prints
//   it bench_origin certificate SUITES CHAIN KEY CA      clients have to show a certificate that CA is behind
//   bench_origin psk SUITES IDENTITY FILE             or to know the key, hexadecimal
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <unordered_map>

#include "bench/origin/connection.h"
#include "bench/origin/tls.h"

namespace saproxy::bench {
namespace {

int listen_anywhere() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 4096) != 0) return -1;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  std::printf("%u\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

constexpr std::uint32_t kEdges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

bool watch(int epoll, int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return epoll_ctl(epoll, operation, fd, &event) == 0;
}

using Connections = std::unordered_map<int, std::unique_ptr<OriginConnection>>;

void accept_all(int epoll, int listener, Connections& connections, SSL_CTX* tls) {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connections[fd] = std::make_unique<OriginConnection>(fd, tls == nullptr ? nullptr : SSL_new(tls));
    if (!watch(epoll, EPOLL_CTL_ADD, fd, kEdges)) connections.erase(fd);
  }
}

void serve_one(int epoll, int fd, Connections& connections) {
  const auto found = connections.find(fd);
  if (found == connections.end()) return;
  switch (found->second->on_event()) {
    case OriginConnection::After::Wait: return;
    // Setting the same events again makes the kernel tell what is still there, after what the others have.
    case OriginConnection::After::GoOn: static_cast<void>(watch(epoll, EPOLL_CTL_MOD, fd, kEdges)); return;
    case OriginConnection::After::Over: connections.erase(found); return;
  }
}

int serve(SSL_CTX* tls) {
  const int listener = listen_anywhere();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (listener < 0 || epoll < 0 || !watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN)) {
    std::perror("bench_origin");
    return 1;
  }
  Connections connections;
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      fd == listener ? accept_all(epoll, listener, connections, tls) : serve_one(epoll, fd, connections);
    }
  }
}

}  // namespace
}  // namespace saproxy::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 1) return saproxy::bench::serve(nullptr);
  SSL_CTX* tls = saproxy::bench::origin_context({argv + 1, argv + argc});
  return tls == nullptr ? 2 : saproxy::bench::serve(tls);
}
