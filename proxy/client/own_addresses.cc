#include "proxy/client/own_addresses.h"

#include <uv.h>

#include <bit>
#include <memory>
#include <string>

#include "proxy/loop/socket_address.h"

namespace saproxy::proxy {
namespace {

// A netmask is as long as the address that it belongs to.
unsigned prefix_of(const uv_interface_address_t& interface) {
  const auto mask = ip_address_of(reinterpret_cast<const sockaddr&>(interface.netmask));
  if (!mask) return 128;  // this address alone
  unsigned ones = 0;
  for (const std::uint8_t byte : mask->bytes()) ones += static_cast<unsigned>(std::popcount(byte));
  return ones;
}

}  // namespace

identity::Result<std::vector<policy::OwnAddress>> own_addresses() {
  uv_interface_address_t* interfaces = nullptr;
  int count = 0;
  if (const int status = uv_interface_addresses(&interfaces, &count); status != 0)
    return identity::fail(identity::ErrorCode::Failed,
                          std::string("the addresses of this machine cannot be told: ") + uv_strerror(status));
  std::vector<policy::OwnAddress> own;
  for (int i = 0; i < count; ++i) {
    const auto address = ip_address_of(reinterpret_cast<const sockaddr&>(interfaces[i].address));
    if (address) own.push_back({*address, prefix_of(interfaces[i])});
  }
  uv_free_interface_addresses(interfaces, count);
  return own;
}

}  // namespace saproxy::proxy
