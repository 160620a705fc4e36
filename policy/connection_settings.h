// Parts of the configuration that listeners and outgoing connections share.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "identity/certificate_profile.h"
#include "policy/ip_address.h"

namespace saproxy::policy {

using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;

// host:port or a Unix socket path.
struct Endpoint {
  std::string host;        // literal IP address, "localhost", or empty when unix_path is set
  std::uint16_t port = 0;  // 0: the kernel picks (listeners only)
  std::string unix_path;
  [[nodiscard]] bool is_unix() const { return !unix_path.empty(); }
  // Of a port; localhost is 127.0.0.1.
  [[nodiscard]] std::optional<IpAddress> ip() const;
  // For the Host field of a request to it.
  [[nodiscard]] std::string http_host() const { return is_unix() ? "localhost" : text(); }
  [[nodiscard]] std::string text() const;  // "127.0.0.1:8080", "[::1]:443", "unix:/run/cse.sock"
  bool operator==(const Endpoint&) const = default;
};

struct TlsSettings {
  bool tls12 = true;
  bool tls13 = false;        // outside the letter of TS-0003 10.2
  bool prefer_psk = true;    // when a ClientHello offers both kinds of suites; listeners only
  bool extra_suites = true;  // AES-GCM, CCM and ECDHE_PSK besides the mandatory ones
  identity::ProfileSwitches profile;
};

}  // namespace saproxy::policy
