// Live: what a running proxy works by: a snapshot and the TLS contexts made from it. Built whole off to the side, then
// swapped in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "identity/result.h"
#include "policy/answer_translation.h"
#include "policy/snapshot.h"
#include "proxy/egress/dialling.h"
#include "proxy/session/context_set.h"

namespace saproxy::proxy {

struct LiveListener {
  const policy::ListenerSettings* settings;  // inside Live::snapshot
  std::shared_ptr<const ContextSet> contexts;
};

struct Live {
  std::shared_ptr<const policy::Snapshot> snapshot;
  std::vector<LiveListener> listeners;
  // Of the egress; null without [egress], or [registrar].
  std::shared_ptr<const Dialling> to_registrees, to_registrar;
  std::shared_ptr<const policy::EgressRules> egress_rules;
  std::shared_ptr<const policy::AnswerTranslation> translation;
  std::optional<policy::LocalAddresses> registrar_door;  // where our CSE finds its registrar

  [[nodiscard]] const LiveListener* find(std::string_view listener_name) const;
};

// The same with other rules: the contexts and all else are shared.
[[nodiscard]] std::shared_ptr<const Live> with_profile(const Live& live, policy::ServiceProfile profile,
                                                       std::uint64_t generation);

// The addresses at which our CSE finds the egress.
struct LocalDoors {
  std::optional<policy::LocalAddresses> registrees;  // what it gets in place of points of access
  std::optional<policy::LocalAddresses> registrar;
};
// The same, with points of access translated to and from addresses of `doors`; `originals_of` is for any thread.
[[nodiscard]] std::shared_ptr<const Live> with_doors(const Live& live, const LocalDoors& doors,
                                                     policy::OriginalsOf originals_of);

// Fails with everything the TLS library does not like about the configuration.
[[nodiscard]] identity::Result<std::shared_ptr<const Live>> make_live(policy::Config config, std::uint64_t generation);

}  // namespace saproxy::proxy
