// Wire: what wolfSSL reads from and writes to instead of a socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

struct WOLFSSL;

namespace saproxy::proxy {

struct Wire {
  std::span<const std::uint8_t> input;  // borrowed from the caller of the session, read after `held`
  std::vector<std::uint8_t> held;       // our own copy, while reading pauses
  std::size_t held_at = 0;
  std::vector<std::uint8_t>* output = nullptr;  // set for the length of one call

  [[nodiscard]] bool has_input() const { return held_at < held.size() || !input.empty(); }
  // Copies the rest of the borrowed input, so that its owner may reuse the memory.
  void hold();
};

// Callbacks of wolfSSL; the context is the Wire.
int receive_from_wire(WOLFSSL* ssl, char* buffer, int size, void* wire) noexcept;
int send_to_wire(WOLFSSL* ssl, char* buffer, int size, void* wire) noexcept;

}  // namespace saproxy::proxy
