// bench_bare: the floor. What wolfSSL and the kernel need for the same work on one thread, without events, without
// HTTP, without a question who the peer is. Same library, same build options, same credentials and suites as saproxy.
//   bench_bare handshake PORT PKI          one connection after the other: handshake, one canned answer, close
//   bench_bare relay PORT PKI ORIGIN       copies bytes between each connection and one of its own to the origin
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/bare/tls.h"
#include "bench/origin/answer.h"

namespace saproxy::bench {
namespace {

constexpr int kBacklog = 4096;

sockaddr_in loopback(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  return address;
}

int new_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);  // what is accepted takes it over from the listener
  return fd;
}

int listen_on(const char* port) {
  const int fd = new_socket();
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = loopback(port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd, kBacklog) != 0) {
    std::perror("bench_bare");
    std::exit(1);
  }
  return fd;
}

// The answer of the origin, with the request identifier that the load looks for.
std::string canned_answer(std::string_view request) {
  constexpr std::string_view kName = "X-M2M-RI: ";
  const std::size_t at = request.find(kName);
  const std::string_view id = at == std::string_view::npos ? "" : request.substr(at, request.find("\r\n", at) - at);
  static const std::string rest =
      "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(kAnswerBytes) + "\r\n\r\n" +
      answer_body(kAnswerBytes);
  return "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\n" + std::string(id) + rest;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[noreturn]] void serve_handshakes(int listener, WOLFSSL_CTX* context) {
  Wire wire;
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    BareTls tls(context, fd, wire);
    if (!tls.shake_hands()) continue;
    const auto request = tls.read();
    const std::string answer = canned_answer({reinterpret_cast<const char*>(request.data()), request.size()});
    if (!request.empty() && tls.write(as_bytes(answer))) static_cast<void>(tls.read());  // until the client closes
  }
}

// One client and its connection to the origin.
struct Pair {
  BareTls client;
  int origin;
  Pair(WOLFSSL_CTX* context, int fd, Wire& wire) : client(context, fd, wire), origin(new_socket()) {}
  ~Pair() { close(origin); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  bool to_origin() {
    do {
      const auto plain = client.read();
      if (plain.empty() || !send_all(origin, plain)) return false;
    } while (client.has_more());
    return true;
  }
  bool to_client() {
    static std::array<std::uint8_t, 65536> buffer;
    const ssize_t size = recv(origin, buffer.data(), buffer.size(), 0);
    return size > 0 && client.write({buffer.data(), static_cast<std::size_t>(size)});
  }
};

class Relay {
 public:
  Relay(int listener, WOLFSSL_CTX* context, const char* origin)
      : context_(context), origin_(loopback(origin)), listener_(listener), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    watch(listener);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) on_event(events[static_cast<std::size_t>(i)].data.fd);
    }
  }

 private:
  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void on_event(int fd) {
    if (fd == listener_) return accept_one();
    const auto found = pairs_.find(fd);
    if (found == pairs_.end()) return;
    const std::shared_ptr<Pair> pair = found->second;
    if (fd == pair->origin ? pair->to_client() : pair->to_origin()) return;
    pairs_.erase(pair->client.fd());
    pairs_.erase(pair->origin);
  }

  void accept_one() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const auto pair = std::make_shared<Pair>(context_, fd, wire_);
    if (!pair->client.shake_hands()) return;
    if (connect(pair->origin, reinterpret_cast<const sockaddr*>(&origin_), sizeof origin_) != 0) return;
    for (const int each : {fd, pair->origin}) {
      pairs_[each] = pair;
      watch(each);
    }
  }

  Wire wire_;
  std::unordered_map<int, std::shared_ptr<Pair>> pairs_;  // by either descriptor
  WOLFSSL_CTX* context_;
  sockaddr_in origin_;
  int listener_;
  int epoll_;
};

int run(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  const bool relay = mode == "relay" && argc == 5;
  if (!relay && !(mode == "handshake" && argc == 4)) {
    std::fprintf(stderr, "usage: bench_bare handshake PORT PKI | relay PORT PKI ORIGIN-PORT\n");
    return 2;
  }
  const proxy::OwnedContext context = make_bare_context(argv[3]);
  if (!context) return 1;
  const int listener = listen_on(argv[2]);
  if (!relay) serve_handshakes(listener, context.get());
  Relay(listener, context.get(), argv[4]).run();
}

}  // namespace
}  // namespace saproxy::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return saproxy::bench::run(argc, argv);
}
