// IpAddress: an IPv4 or IPv6 address, without a port.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace saproxy::proxy {

class IpAddress {
 public:
  // A literal: "192.0.2.1" (four decimal numbers, no other form) or "2001:db8::1" (no brackets, no zone).
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
  // None for other families.
  [[nodiscard]] static std::optional<IpAddress> from(const sockaddr& address);

  [[nodiscard]] bool is_v4() const { return family_ == AF_INET; }
  // In network order; IPv4 uses the first four.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  // For connect().
  [[nodiscard]] sockaddr_storage with_port(std::uint16_t port) const;
  [[nodiscard]] std::string text() const;
  bool operator==(const IpAddress&) const = default;

 private:
  IpAddress(sa_family_t family, const void* bytes, std::size_t size);

  sa_family_t family_;
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace saproxy::proxy
