#include "proxy/loop/clock.h"

#include <ctime>

namespace saproxy::proxy {

std::int64_t unix_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

}  // namespace saproxy::proxy
