// RuleDemand: how workers tell the control thread that a rule may be missing: a credential is known to nobody, or no
// rule covers a registration. Many may say so at once; it costs a flag.
#pragma once

#include <atomic>

namespace saproxy::proxy {

class RuleDemand {
 public:
  // Any thread.
  void raise() {
    // Reading first keeps the cache line shared when everybody says the same.
    if (!raised_.load(std::memory_order_relaxed)) raised_.store(true, std::memory_order_relaxed);
  }
  // Control thread. True: raised since the last call.
  [[nodiscard]] bool take() { return raised_.exchange(false, std::memory_order_relaxed); }

 private:
  std::atomic<bool> raised_{false};
};

}  // namespace saproxy::proxy
