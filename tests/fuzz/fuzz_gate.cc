// Invariant: a Forward's originator is never denied, never the CSE's own, and always one that the association may use.
// The oracle (tests/policy/gate_oracle.h) shares no code with the gate.
#include <cstdio>
#include <cstdlib>

#include "tests/policy/gate_trial.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wrong = saproxy::policy::testing::Trial({data, size}).run();
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
