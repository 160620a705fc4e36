// Control and the egress: its doors for the CSE, and what the CSE gets in place of points of access.
#include <sys/stat.h>

#include <utility>

#include "proxy/control.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using Level = policy::LogSettings::Level;

namespace {

constexpr int kBacklog = 4096;  // a CSE may notify many at once
// Nothing that speaks HTTP can be told of a Unix socket in a URL: whoever forwards to it listens here.
constexpr const char* kOriginOfUnixSocket = "http://127.0.0.1:80";

Result<policy::LocalAddresses> addresses_at(const policy::Endpoint& endpoint) {
  if (endpoint.is_unix()) return policy::LocalAddresses::make(kOriginOfUnixSocket);
  policy::Endpoint literal = endpoint;
  if (const auto ip = endpoint.ip()) literal.host = ip->text();
  return policy::LocalAddresses::make("http://" + literal.text());
}

}  // namespace

Reach Control::reach_of(const Live& live) {
  return {live.snapshot,     live.to_registrees, live.to_registrar,
          live.egress_rules, live.translation,   live.registrar_door};
}

Result<EgressSocket> Control::open_door(EgressDoor door, const policy::Endpoint& configured,
                                        const std::vector<std::uint32_t>& users) {
  const std::string name = door == EgressDoor::Registrees ? "egress" : "registrar";
  policy::Endpoint actual = configured;
  EgressSocket opened{door, configured.is_unix(), Socket()};
  if (configured.is_unix()) {
    SAPROXY_TRY(opened.socket, listen_unix(configured.unix_path, kBacklog));
    // Who may connect is decided by user, for each connection.
    if (!users.empty() && chmod(configured.unix_path.c_str(), 0666) != 0)
      return fail(ErrorCode::Failed, configured.unix_path + ": cannot be opened for other users");
  } else {
    SAPROXY_TRY(std::vector<Socket> sockets, listen_tcp(actual, 1, kBacklog));
    opened.socket = std::move(sockets.front());
  }
  doors_.emplace_back(name, actual);
  return opened;
}

Result<bool> Control::start_egress(const policy::Config& config) {
  std::vector<EgressSocket> sockets;
  if (config.egress) {
    SAPROXY_TRY(EgressSocket door,
                open_door(EgressDoor::Registrees, config.egress->listen, config.egress->allowed_users));
    sockets.push_back(std::move(door));
    SAPROXY_TRY(local_doors_.registrees, addresses_at(doors_.back().second));
  }
  if (config.registrar) {
    SAPROXY_TRY(EgressSocket door,
                open_door(EgressDoor::Registrar, config.registrar->listen, config.registrar->allowed_users));
    sockets.push_back(std::move(door));
    SAPROXY_TRY(local_doors_.registrar, addresses_at(doors_.back().second));
  }
  if (sockets.empty()) return true;
  live_ = with_local_addresses(live_);
  egress_ = std::make_unique<Egress>(*log_, registrar_->registry());
  SAPROXY_TRY([[maybe_unused]] const bool started, egress_->start(reach_of(*live_), std::move(sockets)));
  state_.egress = &egress_->counters();
  for (const auto& [name, endpoint] : doors_) inform(Level::Info, name + " on " + endpoint.text());
  return true;
}

std::shared_ptr<const Live> Control::with_local_addresses(std::shared_ptr<const Live> live) const {
  if (!local_doors_.registrees && !local_doors_.registrar) return live;
  SharedRegistry& registry = registrar_->registry();
  return with_doors(*live, local_doors_,
                    [&registry](std::string_view token) -> std::optional<std::vector<std::string>> {
                      if (policy::kind_of(token) == policy::LocalRoute::Target) {
                        auto target = registry.find_target(token);
                        return target ? std::optional(std::vector{std::move(target->url)}) : std::nullopt;
                      }
                      auto registration = registry.find_route(token);
                      return registration ? std::optional(std::move(registration->points_of_access)) : std::nullopt;
                    });
}

// Answered through the mailbox: this thread waits for no other.
std::string Control::ask_egress(SlotRef asker, const std::string& entity_id) {
  if (!egress_) return "this saproxy reaches no registrees: its configuration has no [egress]";
  const bool all = entity_id.empty();
  if (!all && !registrar_->registry().find(entity_id)) return entity_id + " is not registered";
  egress_->ask(entity_id, [this, asker, all](std::vector<FarEndState> states) {
    mailbox_.post(EgressTold{asker, all, std::move(states)});
  });
  return "";
}

bool Control::egress_moved(const policy::Config& config) const {
  const policy::Config& present = live_->snapshot->config();
  const auto moved = [](const auto& before, const auto& after) {
    return before.has_value() != after.has_value() || (before && before->listen != after->listen);
  };
  return moved(present.egress, config.egress) || moved(present.registrar, config.registrar);
}

}  // namespace saproxy::proxy
