// In which order the addresses of a host are tried. c-ares has an order of its own, but it asks the kernel about each
// of the thousands of addresses that a hostile answer may hold; this one is for the few that are used.
// Spec: RFC 6724 6, rules 1, 5, 6 and 10
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "proxy/loop/socket_address.h"

namespace saproxy::proxy {

// The address that a connection to `destination` would come from; none: there is no route.
using SourceOf = std::function<std::optional<IpAddress>(const IpAddress& destination)>;

// Reachable ones first, IPv6 before IPv4 where it is as good a way; equal ones stay as they are.
void order_addresses(std::vector<IpAddress>& addresses, const SourceOf& source_of);

// Asks the kernel's routing table; nothing is sent.
[[nodiscard]] std::optional<IpAddress> kernel_source_of(const IpAddress& destination);

}  // namespace saproxy::proxy
