// Every operator new of a test binary that links counted_new.cc is counted.
#pragma once

#include <cstddef>

namespace saproxy::test {

[[nodiscard]] std::size_t allocations_of_this_thread();

}  // namespace saproxy::test
