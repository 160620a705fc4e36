#include "proxy/admin/exposed_port.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>

#include "proxy/loop/socket.h"

namespace saproxy::proxy {
namespace {

constexpr std::size_t kMaxAddresses = 256;
// For all addresses together: they are tried at once.
constexpr std::chrono::milliseconds kBound{300};

struct Candidate {
  sockaddr_storage address{};
  socklen_t size = 0;
  std::string text;
  Socket socket;
};

bool is_loopback_v4(const in_addr& address) { return (ntohl(address.s_addr) >> 24) == 127; }

bool is_local(const policy::Endpoint& cse) {
  const auto address = cse.ip();
  return address && address->is_loopback();
}

// `port` in network order.
std::optional<Candidate> to_candidate(const sockaddr* address, in_port_t port) {
  Candidate candidate;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    candidate.size = sizeof(sockaddr_in);
    std::memcpy(&candidate.address, address, candidate.size);
    auto* v4 = reinterpret_cast<sockaddr_in*>(&candidate.address);
    if (is_loopback_v4(v4->sin_addr)) return std::nullopt;
    v4->sin_port = port;
    inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    candidate.size = sizeof(sockaddr_in6);
    std::memcpy(&candidate.address, address, candidate.size);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&candidate.address);
    if (IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) return std::nullopt;
    v6->sin6_port = port;
    inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
  } else {
    return std::nullopt;
  }
  candidate.text = policy::Endpoint{text.data(), ntohs(port), {}}.text();
  return candidate;
}

std::vector<Candidate> addresses_of_this_machine(std::uint16_t port) {
  std::vector<Candidate> found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(list, &freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr && found.size() < kMaxAddresses; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    if (auto candidate = to_candidate(entry->ifa_addr, htons(port))) found.push_back(std::move(*candidate));
  }
  return found;
}

// False: known at once that nobody listens.
bool begin_connect(Candidate& candidate) {
  candidate.socket = Socket(::socket(candidate.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (candidate.socket.fd() < 0) return false;
  return connect(candidate.socket.fd(), reinterpret_cast<const sockaddr*>(&candidate.address), candidate.size) == 0 ||
         errno == EINPROGRESS;
}

bool is_connected(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

}  // namespace

std::vector<std::string> exposed_addresses(const policy::Endpoint& cse) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::string> exposed;
  if (!is_local(cse)) return exposed;
  std::vector<Candidate> waiting = addresses_of_this_machine(cse.port);
  std::erase_if(waiting, [](Candidate& candidate) { return !begin_connect(candidate); });
  const auto end = Clock::now() + kBound;
  while (!waiting.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    std::vector<pollfd> polled;
    polled.reserve(waiting.size());
    for (const Candidate& candidate : waiting) polled.push_back({candidate.socket.fd(), POLLOUT, 0});
    const int ready = poll(polled.data(), polled.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR && left > 0) continue;
    if (ready <= 0) break;
    for (std::size_t i = polled.size(); i-- > 0;) {
      if (polled[i].revents == 0) continue;
      if (is_connected(polled[i].fd)) exposed.push_back(waiting[i].text);
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  std::ranges::sort(exposed);
  return exposed;
}

}  // namespace saproxy::proxy
