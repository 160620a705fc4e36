// EgressRouter: from the target of a request of the CSE to the far end that it is meant for. Only who is registered is
// reached, at the points of access that it registered, and only once it has proven the credential that registered it.
// Spec: TS-0003 8.2.1 (SA1 before SA2)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/local_address.h"
#include "proxy/egress/destination.h"
#include "proxy/egress/services.h"
#include "proxy/registry/shared_registry.h"

namespace saproxy::proxy {

// Which local endpoint a request came in by.
enum class EgressDoor : std::uint8_t { Registrees, Registrar };

struct RoutedCall {
  Destination* destination;
  bool to_cse = false;  // a remote CSE or the registrar; otherwise an AE
  std::string path;     // behind the path of the point of access; empty, or begins with '/'
  std::string query;
  bool instead = false;  // `path` stands instead of the path of the point of access
};

class EgressRouter {
 public:
  // Both must outlive it.
  EgressRouter(EgressServices& services, const SharedRegistry& registry) : services_(services), registry_(registry) {}
  ~EgressRouter();
  EgressRouter(const EgressRouter&) = delete;
  EgressRouter& operator=(const EgressRouter&) = delete;

  // Nothing: nobody is there. The destination lives until look() or configure().
  [[nodiscard]] std::optional<RoutedCall> route(EgressDoor door, std::string_view target);
  [[nodiscard]] Destination* registrar();  // null: none is configured
  // The destination that was routed to, if it is still there.
  [[nodiscard]] Destination* find(const std::string& name);
  // Services hold another configuration.
  void configure();
  // Now and then: ends what is registered no more, and forgets what is not used.
  void look(LoopTime now);
  void close();
  // Makes room for a session with `destination`, of `most` altogether. False: all are in use.
  [[nodiscard]] bool make_room(const Destination& destination, std::size_t most);
  // Of a registree, whether or not it is being reached.
  [[nodiscard]] FarEndState state_of(const std::string& entity_id) const;
  // Of all that are reached, or were a while ago.
  [[nodiscard]] std::vector<FarEndState> states() const;

 private:
  // As its registration says now.
  struct Registree {
    FarEndAddress address;
    std::string association;  // that registered it
    std::uint64_t revision;   // of the registration
  };
  using Destinations = std::unordered_map<std::string, std::unique_ptr<Destination>>;  // by name

  [[nodiscard]] std::optional<RoutedCall> route_to_registrar(std::string_view target);
  [[nodiscard]] std::optional<RoutedCall> route_by_cse_id(const policy::LocalTarget& target);
  [[nodiscard]] std::optional<RoutedCall> call_to(const RouteOwner& owner, const policy::LocalTarget& target);
  [[nodiscard]] Destination* registree(const RouteOwner& owner);
  [[nodiscard]] std::optional<RoutedCall> to_target(const policy::LocalTarget& local);
  [[nodiscard]] std::optional<Registree> present(const std::string& entity_id, const std::string& origin) const;
  [[nodiscard]] Destination* use(const FarEndAddress& address, const std::shared_ptr<const Dialling>& dialling);
  [[nodiscard]] Destination* use(const Registree& registree);
  [[nodiscard]] bool look_again(Destinations::iterator known);
  [[nodiscard]] bool follow(Destinations::iterator known, const FarEndAddress& address);
  // `why`: a word in the log; those who wait get `result` with `detail`.
  void retire(Destinations::iterator gone, CallResult result, std::string_view why, std::string_view detail);
  [[nodiscard]] std::optional<FarEndAddress> address_of(const policy::Registration& registration) const;
  [[nodiscard]] std::optional<FarEndAddress> registrar_address() const;

  EgressServices& services_;
  const SharedRegistry& registry_;
  Destinations destinations_;
  std::vector<std::unique_ptr<Destination>> closing_;  // die in look(): calls may be on the stack
  std::uint64_t registry_version_ = 0;
};

}  // namespace saproxy::proxy
