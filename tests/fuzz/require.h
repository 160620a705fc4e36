// What a fuzz target says of its input's result: a libFuzzer crash where it does not hold, in every build.
#pragma once

#include <cstdlib>

namespace saproxy::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace saproxy::fuzz
