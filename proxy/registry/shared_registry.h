// SharedRegistry: the registry as all threads see it. Workers look into it at handshakes, at registrations and before
// they refuse somebody who may have registered a moment ago; never for a request that passes. The registrar alone
// changes registrations; claims are anybody's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include "policy/reconciliation.h"
#include "policy/registry.h"

namespace saproxy::proxy {

// What became of the wish to forget a registration.
enum class Forgotten : std::uint8_t { Done, NotFound, Failed };  // Failed: still registered

// Whose local address a token stands for, or who is on the way. The registration is as it was while its revision is the
// same.
struct RouteOwner {
  std::string entity_id;
  std::uint64_t revision = 0;
};

// Whom a direct URL leads to, and the token that stands for it; empty: none yet.
struct KnownTarget {
  std::string entity_id;
  std::string token;
};

class SharedRegistry {
 public:
  // All of `ids` or none of them, and room for one more registration unless one of them is registered already. What was
  // granted is given back by release() with the same arguments, once.
  [[nodiscard]] policy::Claim claim(std::span<const std::string> ids, std::string_view credential_id,
                                    bool listed = false, const policy::RegistrationLimits& limits = {});
  void release(std::span<const std::string> ids, std::string_view credential_id);
  void apply(std::span<const policy::RegistryChange> changes);

  [[nodiscard]] identity::StemList stems_of(std::string_view credential_id) const;
  [[nodiscard]] bool is_reserved(std::string_view entity_id) const;
  [[nodiscard]] bool is_reserved_for_other(std::string_view entity_id, std::string_view credential_id) const;
  [[nodiscard]] std::optional<policy::Registration> find(std::string_view entity_id) const;
  // Does an address name the resource of a registration? Every UPDATE and DELETE asks, so nothing is copied.
  [[nodiscard]] bool has_resource(std::string_view to, const policy::GateRules& rules) const;
  // Which one it names.
  [[nodiscard]] std::optional<policy::RegistrationKey> find_resource(std::string_view to,
                                                                     const policy::GateRules& rules) const;
  [[nodiscard]] std::shared_ptr<const policy::IdentifierSet> registree_cses() const;
  [[nodiscard]] std::vector<std::string> expired(std::int64_t now) const;
  [[nodiscard]] std::size_t size() const;
  // For a look at all of it: nobody changes it meanwhile, and everybody waits.
  template <class Look>
  [[nodiscard]] auto look(Look&& look) const {
    const std::lock_guard lock(mutex_);
    return look(registry_);
  }

  // For reconciliation: who is registered, and the name of the CSEBase as far as some registration tells it.
  struct Listing {
    std::vector<std::string> ids;
    std::string base;
  };
  [[nodiscard]] Listing list() const;
  [[nodiscard]] std::optional<policy::SeenRegistration> seen(std::string_view entity_id) const;
  // It is as it was seen, and nobody is registering it anew.
  [[nodiscard]] bool is_still(const policy::Drop& drop) const;

  // Counts what may have taken an identity from somebody: who has learned identities reads them anew when it differs.
  [[nodiscard]] std::uint64_t removals() const { return removals_.load(std::memory_order_acquire); }
  [[nodiscard]] std::optional<policy::Registration> find_route(std::string_view token) const;
  [[nodiscard]] std::optional<RouteOwner> owner_of_route(std::string_view token) const;
  // The way to a CSE: its own registration or, if it has none, that of the CSE behind which it is.
  [[nodiscard]] std::optional<RouteOwner> owner_of_cse(std::string_view cse_id) const;
  // Of a registration; 0: there is none. See Registry::revision_of().
  [[nodiscard]] std::uint64_t revision_of(std::string_view entity_id) const;
  [[nodiscard]] std::optional<policy::NotificationTarget> find_target(std::string_view token) const;
  // `point` is what `url` says. Nothing: nobody who is registered has a point of access there. See Registry::find_at().
  [[nodiscard]] std::optional<KnownTarget> target_at(const policy::PointOfAccess& point, std::string_view url,
                                                     std::string_view preferred) const;
  // Counts changes of any kind.
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  // Counts changes of the set of registree CSEs.
  [[nodiscard]] std::uint64_t cse_changes() const { return cse_changes_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  policy::Registry registry_;
  std::shared_ptr<const policy::IdentifierSet> cses_ = std::make_shared<const policy::IdentifierSet>();
  std::atomic<std::uint64_t> version_ = 0;
  std::atomic<std::uint64_t> removals_ = 0;
  std::atomic<std::uint64_t> cse_changes_ = 0;
};

}  // namespace saproxy::proxy
