// RuleSchedule: when rules are fetched next. At `refresh`, give or take a tenth, so that many sidecars do not ask at
// once; after a failure soon and then ever later; sooner when somebody misses a rule, but never most of the time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "policy/config.h"

namespace saproxy::proxy {

// All times are milliseconds of one clock.
class RuleSchedule {
 public:
  using Time = std::uint64_t;

  // The first fetch is due at `now`.
  RuleSchedule(policy::Milliseconds refresh, std::uint32_t seed, Time now);

  [[nodiscard]] Time next() const { return next_; }
  void begun(Time now) { begun_ = now; }
  void succeeded(Time now);
  void failed(Time now);
  // Moves the next fetch forward. Not while the source fails, and then at most one fetch in kDemandSpacing and in five
  // times what the last one took: whoever has a credential may make us ask.
  void wanted(Time now);

  static constexpr Time kDemandSpacing = 2000;
  static constexpr Time kFirstRetry = 1000;

 private:
  [[nodiscard]] Time around(Time delay);

  Time refresh_;
  std::mt19937 random_;
  Time next_;
  Time begun_ = 0;
  Time ended_ = 0;              // of the last success
  std::uint32_t failures_ = 0;  // since the last success
};

}  // namespace saproxy::proxy
