// Which signatures have verified. Verifying is a function of key, digest and signature alone, so a yes may be
// remembered: registrees come again with the same certificates, and all of them with those of the same CAs, while a
// verification is the dearest part of a handshake. The linker sends wc_ecc_verify_hash through this file (--wrap).
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "identity/digest.h"

namespace saproxy::proxy {

class SignatureMemo {
 public:
  // Each worker has its own: no lock.
  [[nodiscard]] static SignatureMemo& of_this_thread();

  // `name` is a digest of everything that the verification depends on. A hit outlives those that are never asked for
  // again, such as what a client signs in its handshake.
  [[nodiscard]] bool contains(const identity::Digest& name);
  void add(const identity::Digest& name);

 private:
  static constexpr std::size_t kSets = 1024;
  static constexpr std::size_t kWays = 4;
  using Set = std::array<identity::Digest, kWays>;  // lately hit first; all zero is none

  [[nodiscard]] Set& set_of(const identity::Digest& name);

  std::vector<Set> sets_;  // 128 KiB, from the first add() on
};

}  // namespace saproxy::proxy
