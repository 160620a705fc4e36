#include "policy/egress_rules.h"

#include <algorithm>
#include <array>
#include <utility>

namespace saproxy::policy {

namespace {

struct Denied {
  std::string_view range;
  EgressDenial denial;
};
// What no registree lives at. Private networks (RFC 1918, RFC 4193, RFC 6598) are not here: devices live there; which
// of them are ours is for deny_own_networks.
constexpr std::array kDenied = {
    Denied{"0.0.0.0/8", EgressDenial::Unspecified},      // "this network": Linux connects it to the machine itself
    Denied{"127.0.0.0/8", EgressDenial::Loopback},       //
    Denied{"169.254.169.254", EgressDenial::Metadata},   // AWS, Azure, Google, OpenStack and others
    Denied{"100.100.100.200", EgressDenial::Metadata},   // Alibaba
    Denied{"168.63.129.16", EgressDenial::Metadata},     // Azure's wire server
    Denied{"192.0.0.192", EgressDenial::Metadata},       // Oracle
    Denied{"169.254.0.0/16", EgressDenial::LinkLocal},   //
    Denied{"224.0.0.0/4", EgressDenial::Multicast},      //
    Denied{"255.255.255.255", EgressDenial::Broadcast},  //
    Denied{"240.0.0.0/4", EgressDenial::Reserved},       //
    Denied{"192.0.0.0/24", EgressDenial::Reserved},      // IETF protocol assignments, DS-Lite
    Denied{"192.88.99.0/24", EgressDenial::Reserved},    // 6to4 relays
    Denied{"::", EgressDenial::Unspecified},             //
    Denied{"::1", EgressDenial::Loopback},               //
    Denied{"::/96", EgressDenial::Reserved},             // IPv4-compatible, deprecated
    Denied{"fd00:ec2::254", EgressDenial::Metadata},     // AWS
    Denied{"fd20:ce::254", EgressDenial::Metadata},      // Google
    Denied{"fe80::/10", EgressDenial::LinkLocal},        //
    Denied{"fec0::/10", EgressDenial::Reserved},         // site-local, deprecated
    Denied{"ff00::/8", EgressDenial::Multicast},         //
    Denied{"100::/64", EgressDenial::Reserved},          // discard
    Denied{"64:ff9b:1::/48", EgressDenial::Reserved},    // local translation: where it leads cannot be told
    Denied{"2001::/32", EgressDenial::Reserved},         // Teredo: the IPv4 address within is scrambled
};

struct Range {
  AddressRange range;
  EgressDenial denial;
};

const std::vector<Range>& always_denied() {
  static const std::vector<Range> kRanges = [] {
    std::vector<Range> ranges;
    for (const Denied& denied : kDenied) ranges.push_back({AddressRange::parse(denied.range).value(), denied.denial});
    return ranges;
  }();
  return kRanges;
}

bool begins_with(std::span<const std::uint8_t> bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

// The IPv4 address that a translator or tunnel would take out of an IPv6 address.
std::optional<IpAddress> embedded(const IpAddress& address) {
  if (address.is_v4()) return std::nullopt;
  const auto bytes = address.bytes();
  if (begins_with(bytes, {0x20, 0x02})) return IpAddress::of(bytes.subspan(2, 4));  // 6to4
  const bool nat64 = begins_with(bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
  const bool siit = begins_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0});  // ::ffff:0:a.b.c.d, RFC 2765
  const bool isatap = (bytes[8] & 0xfc) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
  if (nat64 || siit || isatap) return IpAddress::of(bytes.subspan(12, 4));
  return std::nullopt;
}

}  // namespace

std::string_view to_text(EgressDenial denial) {
  switch (denial) {
    case EgressDenial::Port: return "port";
    case EgressDenial::Unspecified: return "unspecified";
    case EgressDenial::Loopback: return "loopback";
    case EgressDenial::LinkLocal: return "link_local";
    case EgressDenial::Metadata: return "metadata";
    case EgressDenial::Multicast: return "multicast";
    case EgressDenial::Broadcast: return "broadcast";
    case EgressDenial::Reserved: return "reserved";
    case EgressDenial::OwnAddress: return "own_address";
    case EgressDenial::OwnNetwork: return "own_network";
    case EgressDenial::Configured: return "configured";
    case EgressDenial::NoAddress: return "no_address";
  }
  return "";
}

EgressRules::EgressRules(const EgressSettings& settings, const std::vector<OwnAddress>& own,
                         std::vector<OwnEndpoint> endpoints)
    : allow_(settings.allow), deny_(settings.deny), ports_(settings.ports), own_endpoints_(std::move(endpoints)) {
  for (const OwnAddress& one : own) {
    own_addresses_.push_back(one.address);
    if (settings.deny_own_networks) own_networks_.push_back(AddressRange::around(one.address, one.prefix));
  }
}

std::optional<EgressDenial> EgressRules::denies(const IpAddress& address, std::uint16_t port) const {
  const bool served = std::ranges::any_of(ports_, [port](const PortRange& range) { return range.contains(port); });
  if (port == 0 || !served) return EgressDenial::Port;
  const auto inner = embedded(address);
  if (is_own(address, port) || (inner && is_own(*inner, port))) return EgressDenial::OwnAddress;
  if (const auto denial = denies_host(address)) return denial;
  return inner ? denies_host(*inner) : std::nullopt;
}

bool EgressRules::is_own(const IpAddress& address, std::uint16_t port) const {
  // The unspecified address leads to this machine, too.
  const bool here = address.is_loopback() || address.is_unspecified() ||
                    std::ranges::find(own_addresses_, address) != own_addresses_.end();
  return std::ranges::any_of(own_endpoints_, [&](const OwnEndpoint& endpoint) {
    return endpoint.port == port &&
           (endpoint.address ? *endpoint.address == address || address.is_unspecified() : here);
  });
}

std::optional<EgressDenial> EgressRules::denies(std::span<const std::uint8_t> address, std::uint16_t port) const {
  const auto value = IpAddress::of(address);
  return value ? denies(*value, port) : EgressDenial::NoAddress;
}

std::optional<EgressDenial> EgressRules::denies_host(const IpAddress& address) const {
  const auto holds = [&address](const AddressRange& range) { return range.contains(address); };
  for (const auto& [range, denial] : always_denied()) {
    // Who allows 0.0.0.0/0 means the world, not loopback: that has to be meant.
    const auto opens = [&](const AddressRange& allowed) { return holds(allowed) && allowed.lies_within(range); };
    if (holds(range) && std::ranges::none_of(allow_, opens)) return denial;
  }
  if (allows(address)) return std::nullopt;
  if (std::ranges::find(own_addresses_, address) != own_addresses_.end()) return EgressDenial::OwnAddress;
  if (std::ranges::any_of(deny_, holds)) return EgressDenial::Configured;
  if (std::ranges::any_of(own_networks_, holds)) return EgressDenial::OwnNetwork;
  return std::nullopt;
}

// A range that opens the network around us is not meant to open the ports of this machine: its own addresses have to be
// named alone.
bool EgressRules::allows(const IpAddress& address) const {
  const bool own = std::ranges::find(own_addresses_, address) != own_addresses_.end() && !address.is_loopback();
  return std::ranges::any_of(
      allow_, [&](const AddressRange& range) { return range.contains(address) && (!own || range.is_single()); });
}

}  // namespace saproxy::policy
