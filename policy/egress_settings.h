// [egress]: how registrees and the registrar are reached over SA2 and SA1, and which addresses they may name.
// [registrar]: where our own CSE registers. conf/README.md explains every key.
// Spec: TS-0003 8.2.1 (SA2)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "identity/entity_id.h"
#include "identity/public_key_name.h"
#include "policy/connection_settings.h"
#include "policy/ip_address.h"
#include "policy/point_of_access.h"

namespace saproxy::policy {

// Times and bounds of the connections that we open, for registrees and for the registrar alike.
struct DialLimits {
  Milliseconds answer_timeout{9000};  // from the head of the CSE's request to our answer; default by CSE profile
  Milliseconds connect_timeout{1000};
  Milliseconds handshake_timeout{2000};
  Milliseconds idle_timeout{60000};
  Seconds session_lifetime{86400};  // a session ends then at the latest, and with the far end's certificate
  // A point of access that failed is left alone for this long; each further failure in a row doubles it, up to 16
  // times. Short, because a registree that has come back waits for it.
  Milliseconds dead_for{1000};
  std::uint32_t max_request = 1u << 20;  // bytes, head and body
  std::uint32_t max_answer = 1u << 20;   // bytes, head and body
  std::uint32_t max_waiting = 64;        // requests queued for one peer
  bool operator==(const DialLimits&) const = default;
};

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  [[nodiscard]] bool contains(std::uint16_t port) const { return port >= first && port <= last; }
  bool operator==(const PortRange&) const = default;
};

// What becomes of a direct URL in nu or su that leads to nobody who is registered.
enum class UnknownTarget : std::uint8_t {
  Refuse,  // the request is answered 4000
  Keep,    // the CSE gets it as it is, and may not be able to reach it
};

// Notification targets that are remembered: one for each direct URL of each registree. Nobody fills another's share.
struct TargetBounds {
  std::uint32_t of_one = 64;  // credential that subscribes
  std::uint32_t total = 100'000;
  bool operator==(const TargetBounds&) const = default;
};

struct EgressSettings {
  Endpoint listen;                           // loopback or a Unix socket; port 0: the kernel picks
  std::vector<std::uint32_t> allowed_users;  // user ids that may connect to the Unix socket; empty: ours and root
  std::string certificate_name;              // [[certificate]] shown as a client; empty: there is none
  std::string raw_key_name;                  // [[raw_key]]; empty: peers with raw keys are shown the certificate
  TlsSettings tls;
  DialLimits limits;
  std::uint32_t max_waiting_total = 10000;  // requests queued for all of them
  std::uint32_t max_connections = 10000;    // SA2 sessions altogether
  std::uint32_t max_points_of_access = 8;   // entries of one registree
  std::vector<AddressRange> allow;          // wins over deny, over deny_own_networks and over what is always denied
  std::vector<AddressRange> deny;
  bool deny_own_networks = true;  // the prefixes of the interfaces of this machine
  std::vector<PortRange> ports = {{443, 443}, {1024, 65535}};
  bool refuse_plain = false;               // http:// and coap:// that would be left to the CSE are answered 4000
  bool plain = false;                      // serve http:// and coap:// as well, in the clear
  bool translate_notification_uri = true;  // direct URLs in nu and su of <subscription>
  UnknownTarget unknown_target = UnknownTarget::Refuse;
  TargetBounds targets;
  std::vector<std::string> cse_points_of_access;     // as the CSE shows them in its CSEBase, byte for byte
  std::vector<std::string> public_points_of_access;  // what everybody else shall see instead
};

// [registrar]: SA1 as entity A.
struct RegistrarSettings {
  struct Certificate {
    std::string name;  // [[certificate]]
  };
  struct Psk {
    std::string kpsa_id;  // [[psk]]
  };
  struct RawKey {
    std::string name;              // [[raw_key]]
    identity::PublicKeyName peer;  // the registrar's
  };
  PointOfAccess address;  // https, no path
  identity::CseId cse_id = *identity::CseId::parse("/unset");
  // Public domain name of the registrar, one of the dNSNames of its certificate (TS-0001 6.5.1.1). Empty only with
  // another credential than a certificate.
  std::string domain_name;
  Endpoint listen;  // where our CSE finds its registrar; as for EgressSettings
  std::vector<std::uint32_t> allowed_users;
  std::variant<Certificate, Psk, RawKey> credential;
  TlsSettings tls;
  DialLimits limits;
};

}  // namespace saproxy::policy
