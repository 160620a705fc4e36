#include "proxy/live.h"

#include <utility>

#include "proxy/client/own_addresses.h"

namespace saproxy::proxy {

const LiveListener* Live::find(std::string_view listener_name) const {
  for (const LiveListener& listener : listeners)
    if (listener.settings->name == listener_name) return &listener;
  return nullptr;
}

// LiveListener::settings stay where they are: snapshots share their configuration.
std::shared_ptr<const Live> with_profile(const Live& live, policy::ServiceProfile profile, std::uint64_t generation) {
  auto next = std::make_shared<Live>(live);
  next->snapshot = live.snapshot->with_profile(std::move(profile), generation);
  return next;
}

identity::Result<std::shared_ptr<const Live>> make_live(policy::Config config, std::uint64_t generation) {
  auto live = std::make_shared<Live>();
  live->snapshot = policy::Snapshot::make(std::move(config), generation);
  const policy::Config& settled = live->snapshot->config();
  for (const policy::ListenerSettings& listener : settled.listeners) {
    auto contexts = ContextSet::make(settled, listener);
    if (!contexts)
      return identity::fail(contexts.error().code, "listener \"" + listener.name + "\": " + contexts.error().detail);
    live->listeners.push_back({&listener, *std::move(contexts)});
  }
  SAPROXY_TRY(live->to_registrees, dialling_to_registrees(*live->snapshot));
  SAPROXY_TRY(live->to_registrar, dialling_to_registrar(*live->snapshot));
  if (settled.egress) {
    SAPROXY_TRY(const std::vector<policy::OwnAddress> own, own_addresses());
    live->egress_rules = std::make_shared<const policy::EgressRules>(*settled.egress, own, own_endpoints(settled));
  }
  return std::shared_ptr<const Live>(std::move(live));
}

std::shared_ptr<const Live> with_doors(const Live& live, const LocalDoors& doors, policy::OriginalsOf originals_of) {
  auto next = std::make_shared<Live>(live);
  const policy::Config& config = live.snapshot->config();
  if (config.registrar) next->registrar_door = doors.registrar;
  if (!config.egress || !doors.registrees) return next;
  policy::AnswerTranslation translation{*doors.registrees, std::move(originals_of), config.egress->cse_points_of_access,
                                        config.egress->public_points_of_access};
  if (next->registrar_door) {
    translation.registrar_here = next->registrar_door->origin();
    translation.registrar_there = "https://" + config.registrar->address.authority();
  }
  next->translation = std::make_shared<const policy::AnswerTranslation>(std::move(translation));
  return next;
}

}  // namespace saproxy::proxy
