// Start-up check: does the CSE's plaintext port answer on an address that is not loopback? Then there is a way around
// saproxy.
#pragma once

#include <string>
#include <vector>

#include "policy/config.h"

namespace saproxy::proxy {

// The addresses of this machine ("192.0.2.7:8080") on which the CSE's TCP port accepts connections; empty when none
// does, when the CSE is on a Unix socket, and when it is on another machine. Blocks for at most 300 ms in all; an
// address of which nothing came by then counts as closed.
[[nodiscard]] std::vector<std::string> exposed_addresses(const policy::Endpoint& cse);

}  // namespace saproxy::proxy
