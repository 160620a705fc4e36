#include "proxy/admin/process_state.h"

namespace saproxy::proxy {

Readiness readiness(const ProcessState& state) {
  if (state.draining) return {false, "draining"};
  if (!state.snapshot) return {false, "no configuration is loaded"};
  if (!state.listeners_up) return {false, "the listeners are not up"};
  if (state.snapshot->profile().state == policy::ServiceProfile::State::Pending)
    return {false, "the application rules are not here yet"};
  if (!state.cse_answers) return {false, "the CSE does not answer"};
  return {true, ""};
}

}  // namespace saproxy::proxy
