// Addresses in the configuration: parsing without any resolver, loopback, and which two of them collide.
#pragma once

#include <string_view>

#include "identity/result.h"
#include "policy/config.h"

namespace saproxy::policy {

// "0.0.0.0:8443", "[::]:8443", "localhost:8443"; port 0 lets the kernel pick.
[[nodiscard]] identity::Result<Endpoint> parse_listen_address(std::string_view text);
// The same with a port above 0, or "unix:/run/saproxy.sock".
[[nodiscard]] identity::Result<Endpoint> parse_local_address(std::string_view text);
// "http://127.0.0.1:8080" or "unix:/run/cse.sock". Nothing may follow the port.
[[nodiscard]] identity::Result<Endpoint> parse_cse_address(std::string_view text);

// 127.0.0.0/8, ::1, localhost and Unix sockets.
[[nodiscard]] bool is_loopback(const Endpoint& endpoint);
// Could a socket on `a` take what is meant for `b`? Wildcard addresses collide with every address of their port; ports
// 0 never do.
[[nodiscard]] bool collide(const Endpoint& a, const Endpoint& b);

}  // namespace saproxy::policy
