// IP addresses as the kernel takes and gives them.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "policy/ip_address.h"

namespace saproxy::proxy {

using policy::IpAddress;

// For connect().
[[nodiscard]] sockaddr_storage socket_address(const IpAddress& address, std::uint16_t port);
// None for other families than IP.
[[nodiscard]] std::optional<IpAddress> ip_address_of(const sockaddr& address);

}  // namespace saproxy::proxy
