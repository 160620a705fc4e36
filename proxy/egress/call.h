// EgressCall: one request of the CSE on its way to a registree, and what became of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "policy/point_of_access.h"
#include "proxy/admin/egress_counters.h"
#include "proxy/binding/http/message.h"
#include "proxy/loop/deadline_wheel.h"

namespace saproxy::proxy {

struct CallOutcome {
  CallResult result = CallResult::NotReached;
  std::string detail;                        // for logs
  const http::ResponseHead* head = nullptr;  // Answered; valid during the call
  std::string_view body;                     // likewise
};

struct EgressCall {
  // The whole request for one point of access.
  std::function<std::string(const policy::PointOfAccess& point)> request_for;
  std::string request_id;  // X-M2M-RI; empty: it has none
  // Called once, never from inside submit(). It may submit again.
  std::function<void(const CallOutcome&)> done;
  LoopTime deadline = 0;
  LoopTime budget = 0;  // milliseconds, of which what is left until the deadline is a part: it may wait behind others
};

}  // namespace saproxy::proxy
