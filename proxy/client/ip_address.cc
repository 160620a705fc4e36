#include "proxy/client/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace saproxy::proxy {

IpAddress::IpAddress(sa_family_t family, const void* bytes, std::size_t size) : family_(family) {
  std::memcpy(bytes_.data(), bytes, size);
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find('\0') != text.npos) return std::nullopt;
  const std::string ended(text);
  in_addr v4{};
  if (inet_pton(AF_INET, ended.c_str(), &v4) == 1) return IpAddress(AF_INET, &v4, sizeof v4);
  in6_addr v6{};
  if (inet_pton(AF_INET6, ended.c_str(), &v6) == 1) return IpAddress(AF_INET6, &v6, sizeof v6);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return IpAddress(AF_INET, &v4.sin_addr, sizeof v4.sin_addr);
  }
  if (address.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return IpAddress(AF_INET6, &v6.sin6_addr, sizeof v6.sin6_addr);
  }
  return std::nullopt;
}

sockaddr_storage IpAddress::with_port(std::uint16_t port) const {
  sockaddr_storage storage{};
  if (is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, bytes_.data(), sizeof v4.sin_addr);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, bytes_.data(), sizeof v6.sin6_addr);
  }
  return storage;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> space{};
  inet_ntop(family_, bytes_.data(), space.data(), space.size());
  return space.data();
}

}  // namespace saproxy::proxy
