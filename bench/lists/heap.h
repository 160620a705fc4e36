// What a value holds on the heap, by the allocator's account.
#pragma once

#include <malloc.h>

#include <cstddef>

namespace saproxy::bench {

[[nodiscard]] inline std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace saproxy::bench
