// What a worker counts of registrations. One writer, read by the scrape.
#pragma once

#include <array>

#include "policy/registering.h"
#include "proxy/loop/counter.h"

namespace saproxy::proxy {

struct RegistrationCounters {
  Counter recorded, removed;
  Counter not_recorded;                               // the store failed
  Counter taken_back, not_taken_back;                 // created in vain, and the CSE forgot it or did not
  std::array<Counter, policy::kMisfitCount> misfits;  // successes of the CSE that were not passed on
};

}  // namespace saproxy::proxy
