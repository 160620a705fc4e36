#include "proxy/registry/shared_registry.h"

#include <algorithm>

namespace saproxy::proxy {
namespace {

std::optional<policy::Registration> copy_of(const policy::Registration* registration) {
  return registration == nullptr ? std::nullopt : std::optional(*registration);
}

}  // namespace

policy::Claim SharedRegistry::claim(std::span<const std::string> ids, std::string_view credential_id, bool listed,
                                    const policy::RegistrationLimits& limits) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const policy::Claim claim = registry_.claim(ids[i], credential_id, listed);
    if (claim == policy::Claim::Granted) continue;
    for (const std::string& granted : ids.first(i)) registry_.release(granted);
    return claim;
  }
  const bool again = std::ranges::any_of(ids, [this](const std::string& id) { return registry_.find(id) != nullptr; });
  const policy::Claim room = again ? policy::Claim::Granted : registry_.room(credential_id, limits);
  if (room == policy::Claim::Granted) {
    registry_.begin(credential_id);
  } else {
    for (const std::string& id : ids) registry_.release(id);
  }
  return room;
}

void SharedRegistry::release(std::span<const std::string> ids, std::string_view credential_id) {
  const std::lock_guard lock(mutex_);
  for (const std::string& id : ids) registry_.release(id);
  registry_.end(credential_id);
}

void SharedRegistry::apply(std::span<const policy::RegistryChange> changes) {
  const std::lock_guard lock(mutex_);
  bool cses_changed = false;
  bool removed = false;
  for (const policy::RegistryChange& change : changes) {
    const policy::Registration* before = registry_.find(change.registration.entity_id);
    // A registration that goes to another credential is taken from the one that had it.
    removed = removed ||
              (before != nullptr && (change.kind == policy::RegistryChange::Kind::Erase || change.registration.ended ||
                                     before->credential_id != change.registration.credential_id));
    cses_changed = cses_changed || change.registration.entity_id.starts_with('/');
    registry_.apply(change);
  }
  cses_changed = cses_changed && registry_.registree_cses() != *cses_;
  if (cses_changed) {
    cses_ = std::make_shared<const policy::IdentifierSet>(registry_.registree_cses());
    cse_changes_.fetch_add(1, std::memory_order_release);
  }
  version_.fetch_add(1, std::memory_order_release);
  if (removed) removals_.fetch_add(1, std::memory_order_release);
}

identity::StemList SharedRegistry::stems_of(std::string_view credential_id) const {
  const std::lock_guard lock(mutex_);
  return registry_.stems_of(credential_id);
}

bool SharedRegistry::is_reserved(std::string_view entity_id) const {
  const std::lock_guard lock(mutex_);
  return registry_.is_reserved(entity_id);
}

bool SharedRegistry::is_reserved_for_other(std::string_view entity_id, std::string_view credential_id) const {
  const std::lock_guard lock(mutex_);
  return registry_.is_reserved_for_other(entity_id, credential_id);
}

std::optional<policy::Registration> SharedRegistry::find(std::string_view entity_id) const {
  const std::lock_guard lock(mutex_);
  return copy_of(registry_.find(entity_id));
}

bool SharedRegistry::has_resource(std::string_view to, const policy::GateRules& rules) const {
  const std::lock_guard lock(mutex_);
  return registry_.find_resource(to, rules) != nullptr;
}

std::optional<policy::RegistrationKey> SharedRegistry::find_resource(std::string_view to,
                                                                     const policy::GateRules& rules) const {
  const std::lock_guard lock(mutex_);
  const policy::Registration* found = registry_.find_resource(to, rules);
  return found == nullptr ? std::nullopt : std::optional(policy::key_of(*found));
}

std::optional<policy::Registration> SharedRegistry::find_route(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  return copy_of(registry_.find_route(token));
}

std::optional<RouteOwner> SharedRegistry::owner_of_route(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  const policy::Registration* found = registry_.find_route(token);
  if (found == nullptr) return std::nullopt;
  return RouteOwner{found->entity_id, registry_.revision_of(found->entity_id)};
}

std::optional<RouteOwner> SharedRegistry::owner_of_cse(std::string_view cse_id) const {
  const std::lock_guard lock(mutex_);
  const policy::Registration* found = registry_.find(cse_id);
  if (found == nullptr) found = registry_.find_ancestor(cse_id);
  if (found == nullptr) return std::nullopt;
  return RouteOwner{found->entity_id, registry_.revision_of(found->entity_id)};
}

std::uint64_t SharedRegistry::revision_of(std::string_view entity_id) const {
  const std::lock_guard lock(mutex_);
  return registry_.revision_of(entity_id);
}

std::optional<policy::NotificationTarget> SharedRegistry::find_target(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  const policy::NotificationTarget* target = registry_.targets().find(token);
  return target == nullptr ? std::nullopt : std::optional(*target);
}

std::optional<KnownTarget> SharedRegistry::target_at(const policy::PointOfAccess& point, std::string_view url,
                                                     std::string_view preferred) const {
  const std::lock_guard lock(mutex_);
  const policy::Registration* registration = registry_.find_at(point, preferred);
  if (registration == nullptr) return std::nullopt;
  const policy::NotificationTarget* target = registry_.targets().find(registration->entity_id, url);
  return KnownTarget{registration->entity_id, target == nullptr ? std::string() : target->token};
}

std::shared_ptr<const policy::IdentifierSet> SharedRegistry::registree_cses() const {
  const std::lock_guard lock(mutex_);
  return cses_;
}

std::vector<std::string> SharedRegistry::expired(std::int64_t now) const {
  const std::lock_guard lock(mutex_);
  return registry_.expired(now);
}

std::size_t SharedRegistry::size() const {
  const std::lock_guard lock(mutex_);
  return registry_.size();
}

SharedRegistry::Listing SharedRegistry::list() const {
  const std::lock_guard lock(mutex_);
  Listing listing;
  listing.ids.reserve(registry_.size());
  registry_.for_each([&listing](const policy::Registration& registration) {
    listing.ids.push_back(registration.entity_id);
    const std::string& path = registration.resource_path;
    if (listing.base.empty() && !path.empty() && !path.starts_with("-/")) listing.base = path.substr(0, path.find('/'));
  });
  return listing;
}

std::optional<policy::SeenRegistration> SharedRegistry::seen(std::string_view entity_id) const {
  const std::lock_guard lock(mutex_);
  const policy::Registration* found = registry_.find(entity_id);
  if (found == nullptr) return std::nullopt;
  return policy::SeenRegistration{found->kind,
                                  found->entity_id,
                                  found->resource_id,
                                  found->resource_path,
                                  registry_.revision_of(entity_id),
                                  registry_.is_claimed(entity_id)};
}

bool SharedRegistry::is_still(const policy::Drop& drop) const {
  const std::lock_guard lock(mutex_);
  return registry_.revision_of(drop.entity_id) == drop.revision && !registry_.is_claimed(drop.entity_id);
}

}  // namespace saproxy::proxy
