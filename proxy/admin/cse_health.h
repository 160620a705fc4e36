// CseHealth: does the CSE answer? Asked at an interval on the control loop, and only when no worker has heard from it
// lately.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "policy/config.h"

namespace saproxy::proxy {

class CseHealth {
 public:
  // `changed(up, why)` is called on each change, and once after the first answer. `last_answer` gives the Unix second
  // of the last answer any worker got, 0 for none. `why` is empty when it is up.
  CseHealth(uv_loop_t* loop, std::function<std::int64_t()> last_answer,
            std::function<void(bool up, const std::string& why)> changed);
  ~CseHealth();
  CseHealth(const CseHealth&) = delete;
  CseHealth& operator=(const CseHealth&) = delete;
  // Starts, or goes on with other settings after a reload: asks at once, then every health_interval.
  void configure(const policy::CseSettings& cse);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace saproxy::proxy
