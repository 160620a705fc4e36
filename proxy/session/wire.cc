#include "proxy/session/wire.h"

#include <algorithm>
#include <cstring>

#include "proxy/session/wolfssl_library.h"

namespace saproxy::proxy {

void Wire::hold() {
  if (held_at == held.size()) {
    held.clear();
    held_at = 0;
  }
  held.insert(held.end(), input.begin(), input.end());
  input = {};
}

int receive_from_wire(WOLFSSL*, char* buffer, int size, void* context) noexcept {
  auto& wire = *static_cast<Wire*>(context);
  const auto wanted = static_cast<std::size_t>(size);
  if (wire.held_at < wire.held.size()) {
    const std::size_t taken = std::min(wanted, wire.held.size() - wire.held_at);
    std::memcpy(buffer, wire.held.data() + wire.held_at, taken);
    wire.held_at += taken;
    // An idle session keeps no buffer.
    if (wire.held_at == wire.held.size()) std::vector<std::uint8_t>().swap(wire.held), wire.held_at = 0;
    return static_cast<int>(taken);
  }
  if (wire.input.empty()) return WOLFSSL_CBIO_ERR_WANT_READ;
  const std::size_t taken = std::min(wanted, wire.input.size());
  std::memcpy(buffer, wire.input.data(), taken);
  wire.input = wire.input.subspan(taken);
  return static_cast<int>(taken);
}

int send_to_wire(WOLFSSL*, char* buffer, int size, void* context) noexcept {
  auto& wire = *static_cast<Wire*>(context);
  if (wire.output == nullptr) return WOLFSSL_CBIO_ERR_GENERAL;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer);  // of one type, so that they are moved at once
  wire.output->insert(wire.output->end(), bytes, bytes + size);
  return size;
}

}  // namespace saproxy::proxy
