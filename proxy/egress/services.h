// What the egress lends to its parts. Belongs to its one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "policy/answer_translation.h"
#include "policy/egress_rules.h"
#include "policy/snapshot.h"
#include "proxy/admin/egress_counters.h"
#include "proxy/admin/log.h"
#include "proxy/client/name_resolver.h"
#include "proxy/client/stream_link.h"
#include "proxy/egress/dialling.h"
#include "proxy/loop/deadline_wheel.h"

namespace saproxy::proxy {

// What a configuration has for the egress. Swapped in whole.
struct Reach {
  std::shared_ptr<const policy::Snapshot> snapshot;
  std::shared_ptr<const Dialling> to_registrees, to_registrar;  // null: not configured
  std::shared_ptr<const policy::EgressRules> rules;
  std::shared_ptr<const policy::AnswerTranslation> translation;
  std::optional<policy::LocalAddresses> registrar_door;  // where our CSE finds its registrar
};

// With what the present configuration has.
struct EgressServices : Reach {
  LinkRoom& room;
  NameResolver& names;
  EgressCounters& counters;
  Log& log;

  std::size_t places = 0;              // destinations that are used: a session, or calls
  std::uint32_t process_tag = 0;       // begins the ids of our associations
  std::uint64_t last_association = 0;  // counts them

  [[nodiscard]] LoopTime now() const { return uv_now(room.loop); }
};

}  // namespace saproxy::proxy
