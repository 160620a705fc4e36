// The random generator of wolfSSL (CUSTOM_RAND_GENERATE_BLOCK): the kernel's, so that a session seeds and keeps none of
// its own.
#include "proxy/session/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include "identity/secret.h"

namespace {

bool fill(std::span<unsigned char> output) {
  while (!output.empty()) {
    const ssize_t got = getrandom(output.data(), output.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    output = output.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

// Every CBC record needs an initialisation vector, and a system call for each would be dear. Keys and nonces are
// longer and never come from here.
constexpr std::size_t kVector = 16;

class Vectors {
 public:
  bool take(std::span<unsigned char> output) {
    if (stock_.size() - used_ < output.size()) {
      if (!fill(stock_)) return false;
      used_ = 0;
    }
    const std::span<unsigned char> given = std::span(stock_).subspan(used_, output.size());
    std::copy(given.begin(), given.end(), output.begin());
    saproxy::identity::wipe(given);
    used_ += output.size();
    return true;
  }

 private:
  std::array<unsigned char, 64 * kVector> stock_{};
  std::size_t used_ = sizeof stock_;
};

}  // namespace

extern "C" int saproxy_rand_block(unsigned char* output, unsigned int size) {
  static thread_local Vectors vectors;
  const std::span<unsigned char> wanted(output, size);
  return (size <= kVector ? vectors.take(wanted) : fill(wanted)) ? 0 : -1;
}

bool saproxy::proxy::fill_random(std::span<std::uint8_t> bytes) { return fill(bytes); }
