#include "proxy/client/address_order.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

#include "proxy/loop/socket.h"

namespace saproxy::proxy {
namespace {

// Spec: RFC 6724 2.1, the default policy table
struct Policy {
  int precedence;
  int label;
};

Policy policy_of(const IpAddress& address) {
  if (address.is_v4()) return {35, 4};
  const auto& bytes = address.bytes();
  const auto word = static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
  const auto zeros_until = static_cast<std::size_t>(
      std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; }) - bytes.begin());
  if (zeros_until == 15 && bytes[15] == 1) return {50, 0};
  if (zeros_until == 10 && bytes[10] == 0xff && bytes[11] == 0xff) return {35, 4};
  if (zeros_until >= 12) return {1, 3};
  if (word == 0x2002) return {30, 2};
  if (word == 0x2001 && bytes[2] == 0 && bytes[3] == 0) return {5, 5};
  if ((word & 0xfe00) == 0xfc00) return {3, 13};
  if ((word & 0xffc0) == 0xfec0) return {1, 11};
  if (word == 0x3ffe) return {1, 12};
  return {40, 1};
}

}  // namespace

void order_addresses(std::vector<IpAddress>& addresses, const SourceOf& source_of) {
  if (addresses.size() < 2) return;
  using Rank = std::tuple<bool, bool, int, std::size_t>;  // the smaller the better; the last keeps equal ones in place
  std::vector<std::pair<Rank, IpAddress>> ranked;
  ranked.reserve(addresses.size());
  for (const IpAddress& address : addresses) {
    const Policy policy = policy_of(address);
    const auto source = source_of(address);
    const bool same_label = source && policy_of(*source).label == policy.label;
    ranked.emplace_back(Rank(!source, !same_label, -policy.precedence, ranked.size()), address);
  }
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::transform(ranked.begin(), ranked.end(), addresses.begin(), [](const auto& entry) { return entry.second; });
}

std::optional<IpAddress> kernel_source_of(const IpAddress& destination) {
  const sockaddr_storage there = socket_address(destination, 53);
  const Socket socket(::socket(there.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
  if (socket.fd() < 0) return std::nullopt;
  if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) return std::nullopt;
  sockaddr_storage here{};
  socklen_t size = sizeof here;
  if (getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&here), &size) != 0) return std::nullopt;
  return ip_address_of(reinterpret_cast<const sockaddr&>(here));
}

}  // namespace saproxy::proxy
