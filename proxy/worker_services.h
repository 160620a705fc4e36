// What a worker lends to its peers: its loop, buffers, pool, counters and clock. Belongs to one thread.
#pragma once

#include <uv.h>

#include <cstdint>

#include "policy/config.h"
#include "proxy/admin/counters.h"
#include "proxy/admin/log.h"
#include "proxy/client/rule_demand.h"
#include "proxy/collected_body.h"
#include "proxy/loop/buffer_pool.h"
#include "proxy/loop/clock.h"
#include "proxy/loop/deadline_wheel.h"
#include "proxy/ocsp_desk.h"
#include "proxy/registration/registration_desk.h"
#include "proxy/upstream/pool.h"

namespace saproxy::proxy {

struct WorkerServices {
  uv_loop_t* loop;
  BufferPool& buffers;
  DeadlineWheel& wheel;
  UpstreamPool& upstream;
  WorkerCounters& counters;
  Log& log;
  RegistrationDesk& registrations;
  RuleDemand& rule_demand;
  CollectingRoom& collecting;
  OcspDesk& ocsp;

  [[nodiscard]] LoopTime now() const { return uv_now(loop); }
  [[nodiscard]] LoopTime after(policy::Milliseconds duration) const {
    return now() + static_cast<LoopTime>(duration.count());
  }
  // Registree CSEs beside those of the configuration, for who relays the requests of others; null for an AE, whose
  // requests no rule holds against them.
  [[nodiscard]] const policy::IdentifierSet* registered_cses(const identity::Association& association) {
    return association.cse_id() == nullptr ? nullptr : registrations.registree_cses();
  }
};

}  // namespace saproxy::proxy
