#include "proxy/client/rule_schedule.h"

namespace saproxy::proxy {

RuleSchedule::RuleSchedule(policy::Milliseconds refresh, std::uint32_t seed, Time now)
    : refresh_(static_cast<Time>(refresh.count())), random_(seed), next_(now), begun_(now), ended_(now) {}

RuleSchedule::Time RuleSchedule::around(Time delay) {
  const Time tenth = delay / 10;
  return delay - tenth + std::uniform_int_distribution<Time>(0, 2 * tenth)(random_);
}

void RuleSchedule::succeeded(Time now) {
  failures_ = 0;
  ended_ = now;
  next_ = now + around(refresh_);
}

void RuleSchedule::failed(Time now) {
  const Time later = kFirstRetry << std::min(failures_, 20u);
  ++failures_;
  next_ = now + around(std::min(refresh_, later));
}

void RuleSchedule::wanted(Time now) {
  if (failures_ > 0) return;
  const Time took = ended_ > begun_ ? ended_ - begun_ : 0;
  next_ = std::min(next_, std::max(now, ended_ + std::max(kDemandSpacing, 5 * took)));
}

}  // namespace saproxy::proxy
