#include "proxy/loop/socket_address.h"

#include <netinet/in.h>

#include <cstring>
#include <span>

namespace saproxy::proxy {

sockaddr_storage socket_address(const IpAddress& address, std::uint16_t port) {
  sockaddr_storage storage{};
  const auto bytes = address.bytes();
  if (address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
  }
  return storage;
}

std::optional<IpAddress> ip_address_of(const sockaddr& address) {
  const auto of = [](const auto& bytes) {
    return IpAddress::of({reinterpret_cast<const std::uint8_t*>(&bytes), sizeof bytes});
  };
  if (address.sa_family == AF_INET) return of(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  if (address.sa_family == AF_INET6) return of(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  return std::nullopt;
}

}  // namespace saproxy::proxy
