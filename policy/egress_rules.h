// Egress rules: which addresses and ports a point of access may lead to. Asked for each address after each name
// resolution, and for literal addresses too: a name that was harmless may lead elsewhere the next time.
// Spec: RFC 6890, RFC 4291 2.5, RFC 6052 2.1, RFC 3056 2, RFC 5214 6.1
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "policy/egress_settings.h"
#include "policy/ip_address.h"

namespace saproxy::policy {

// Why not; each is a word in logs and metrics.
enum class EgressDenial : std::uint8_t {
  Port,         // not one of `ports`
  Unspecified,  // 0.0.0.0/8, ::
  Loopback,     // 127.0.0.0/8, ::1
  LinkLocal,    // 169.254.0.0/16, fe80::/10
  Metadata,     // of cloud hosts: 169.254.169.254, fd00:ec2::254 and others
  Multicast,
  Broadcast,
  Reserved,    // no address of a host, or of a tunnel that hides one
  OwnAddress,  // an address of this machine
  OwnNetwork,  // a network this machine is in, with deny_own_networks
  Configured,  // `deny`
  NoAddress,   // neither 4 nor 16 bytes
};
inline constexpr std::size_t kEgressDenialCount = static_cast<std::size_t>(EgressDenial::NoAddress) + 1;
[[nodiscard]] std::string_view to_text(EgressDenial denial);  // "own_network"

// One address of an interface of this machine.
struct OwnAddress {
  IpAddress address;
  unsigned prefix = 0;
};

// Where this process, or the CSE behind it, listens.
struct OwnEndpoint {
  std::optional<IpAddress> address;  // nothing: at every address of this machine
  std::uint16_t port = 0;
};

class EgressRules {
 public:
  // `own`: read anew when interfaces may have changed. `endpoints` are denied whatever `allow` says: a registree that
  // names one would have us talk to ourselves, or to the CSE in our place.
  EgressRules(const EgressSettings& settings, const std::vector<OwnAddress>& own,
              std::vector<OwnEndpoint> endpoints = {});

  // Nothing: the address may be connected to. An IPv4-mapped IPv6 address is judged as the IPv4 address it is. One that
  // embeds an IPv4 address (NAT64, 6to4, ISATAP) is permitted only if the embedded one is, too.
  [[nodiscard]] std::optional<EgressDenial> denies(const IpAddress& address, std::uint16_t port) const;
  [[nodiscard]] std::optional<EgressDenial> denies(std::span<const std::uint8_t> address, std::uint16_t port) const;

 private:
  [[nodiscard]] std::optional<EgressDenial> denies_host(const IpAddress& address) const;
  [[nodiscard]] bool allows(const IpAddress& address) const;
  [[nodiscard]] bool is_own(const IpAddress& address, std::uint16_t port) const;

  std::vector<AddressRange> allow_;
  std::vector<AddressRange> deny_;
  std::vector<PortRange> ports_;
  std::vector<IpAddress> own_addresses_;
  std::vector<AddressRange> own_networks_;  // empty without deny_own_networks
  std::vector<OwnEndpoint> own_endpoints_;
};

}  // namespace saproxy::policy
