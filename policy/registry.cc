#include "policy/registry.h"

#include <algorithm>

#include "policy/cse_address.h"

namespace saproxy::policy {
namespace {

// "ae1" of "cse-in/ae1".
std::string below_base(const std::string& path) { return path.empty() ? path : path.substr(path.find('/') + 1); }

// "x7" of "/cse1/x7" and "//sp.com/cse1/x7", as OM2M writes it; find_resource sees to it which CSE is asked for.
std::string below_cse(const std::string& id) {
  if (!id.starts_with('/')) return id;
  const auto cse = id.starts_with("//") ? id.find('/', 2) : 0;
  const auto slash = cse == id.npos ? cse : id.find('/', cse + 1);
  return slash == id.npos ? id : id.substr(slash + 1);
}

std::vector<std::string> origins_of(const Registration& registration) {
  std::vector<std::string> origins;
  for (const std::string& text : registration.points_of_access)
    if (const auto point = PointOfAccess::parse(text)) origins.push_back(point->origin());
  return origins;
}

}  // namespace

Claim Registry::may_claim(std::string_view entity_id, std::string_view credential_id, bool listed) const {
  const Registration* present = find(entity_id);
  if (present != nullptr && present->credential_id != credential_id) return Claim::Registered;
  return !listed && is_reserved_for_other(entity_id, credential_id) ? Claim::Reserved : Claim::Granted;
}

Claim Registry::claim(std::string_view entity_id, std::string_view credential_id, bool listed) {
  const Claim answer = may_claim(entity_id, credential_id, listed);
  if (answer != Claim::Granted) return answer;
  return claims_.insert(std::string(entity_id)).second ? Claim::Granted : Claim::Pending;
}

void Registry::release(std::string_view entity_id) {
  if (const auto found = claims_.find(entity_id); found != claims_.end()) claims_.erase(found);
}

bool Registry::is_reserved_for_other(std::string_view entity_id, std::string_view credential_id) const {
  const auto found = reserved_.find(entity_id);
  return found != reserved_.end() && found->second != credential_id;
}

Claim Registry::room(std::string_view credential_id, const RegistrationLimits& limits) const {
  if (limits.total != 0 && registrations_.size() + all_under_way_ >= limits.total) return Claim::Full;
  if (limits.per_credential == 0) return Claim::Granted;
  const auto owned = by_credential_.find(credential_id);
  const auto under_way = under_way_.find(credential_id);
  const std::size_t count = (owned == by_credential_.end() ? 0 : owned->second.ids.size()) +
                            (under_way == under_way_.end() ? 0 : under_way->second);
  return count >= limits.per_credential ? Claim::CredentialFull : Claim::Granted;
}

void Registry::begin(std::string_view credential_id) {
  ++under_way_[std::string(credential_id)];
  ++all_under_way_;
}

void Registry::end(std::string_view credential_id) {
  const auto found = under_way_.find(credential_id);
  if (found == under_way_.end()) return;
  --all_under_way_;
  if (--found->second == 0) under_way_.erase(found);
}

void Registry::put(Registration registration) {
  const Registration* before = find(registration.entity_id);
  if (before == nullptr || !keeps_targets(*before, registration)) targets_.erase_of(registration.entity_id);
  remove(registration.entity_id);
  if (registration.ended) {
    reserved_[registration.entity_id] = registration.credential_id;
    return;
  }
  const std::string& id = registration.entity_id;
  Owned& owned = by_credential_[registration.credential_id];
  owned.ids.insert(id);
  owned.stems.reset();
  if (registration.kind == identity::EntityKind::Cse) cses_.insert(id);
  if (!registration.resource_id.empty()) by_resource_id_[below_cse(registration.resource_id)] = id;
  if (!registration.route.empty()) by_route_[registration.route] = id;
  if (!registration.resource_path.empty()) {
    by_path_[registration.resource_path] = id;
    by_name_[below_base(registration.resource_path)] = id;
  }
  for (const std::string& origin : origins_of(registration)) by_origin_[origin].emplace(registration.registered, id);
  for (const std::string& cse : registration.descendant_cses) by_descendant_[cse].insert(id);
  if (registration.expires != 0) by_expiry_.emplace(registration.expires, id);
  std::string key = id;
  registrations_.emplace(std::move(key), Entry{std::move(registration), ++last_revision_});
}

bool Registry::erase(std::string_view entity_id) {
  const bool there = find(entity_id) != nullptr;
  targets_.erase_of(entity_id);
  remove(entity_id);
  return there;
}

void Registry::remove(std::string_view entity_id) {
  if (const auto reserved = reserved_.find(entity_id); reserved != reserved_.end()) reserved_.erase(reserved);
  const auto found = registrations_.find(entity_id);
  if (found == registrations_.end()) return;
  forget(found->second.registration);
  registrations_.erase(found);
}

// Takes a registration out of all indexes.
void Registry::forget(const Registration& registration) {
  const auto credential = by_credential_.find(registration.credential_id);
  if (credential != by_credential_.end()) {
    credential->second.ids.erase(registration.entity_id);
    credential->second.stems.reset();
    if (credential->second.ids.empty()) by_credential_.erase(credential);
  }
  const auto take_out = [&](ByText& index, const std::string& key) {
    const auto entry = index.find(key);
    if (entry != index.end() && entry->second == registration.entity_id) index.erase(entry);
  };
  take_out(by_resource_id_, below_cse(registration.resource_id));
  take_out(by_route_, registration.route);
  take_out(by_path_, registration.resource_path);
  take_out(by_name_, below_base(registration.resource_path));
  // What stands in a list twice is not there any more the second time.
  const auto drop = [](auto& index, const std::string& key, const auto& value) {
    const auto there = index.find(key);
    if (there == index.end()) return;
    there->second.erase(value);
    if (there->second.empty()) index.erase(there);
  };
  for (const std::string& origin : origins_of(registration))
    drop(by_origin_, origin, std::pair(registration.registered, registration.entity_id));
  for (const std::string& cse : registration.descendant_cses) drop(by_descendant_, cse, registration.entity_id);
  by_expiry_.erase({registration.expires, registration.entity_id});
  if (registration.kind == identity::EntityKind::Cse) cses_.erase(registration.entity_id);
}

void Registry::apply(const RegistryChange& change) {
  switch (change.kind) {
    case RegistryChange::Kind::Put: return put(change.registration);
    case RegistryChange::Kind::Erase: return static_cast<void>(erase(change.registration.entity_id));
    case RegistryChange::Kind::PutTargets:
      for (const NotificationTarget& target : change.targets)
        if (find(target.entity_id) != nullptr) targets_.put(target);
  }
}

const Registration* Registry::find(std::string_view entity_id) const {
  const auto found = registrations_.find(entity_id);
  return found == registrations_.end() ? nullptr : &found->second.registration;
}

std::uint64_t Registry::revision_of(std::string_view entity_id) const {
  const auto found = registrations_.find(entity_id);
  return found == registrations_.end() ? 0 : found->second.revision;
}

const Registration* Registry::find_resource(std::string_view to, const GateRules& rules) const {
  const CseAddress address = view_address(to, rules);
  const bool below_base = address.kind == CseAddress::Kind::BelowBase;
  if (address.kind != CseAddress::Kind::Inside && !below_base) return nullptr;
  const bool is_id = !below_base && address.rest.find('/') == address.rest.npos;
  const ByText& index = below_base ? by_name_ : is_id ? by_resource_id_ : by_path_;
  if (const auto found = index.find(address.rest); found != index.end()) return find(found->second);
  // Where the CSE named none, the resource id of an <AE> is its stem (TS-0001 10.2.2.2).
  const Registration* by_stem = is_id ? find(address.rest) : nullptr;
  const bool has_no_id =
      by_stem != nullptr && by_stem->kind == identity::EntityKind::Ae && by_stem->resource_id.empty();
  return has_no_id ? by_stem : nullptr;
}

const Registration* Registry::find_route(std::string_view token) const {
  const auto found = by_route_.find(token);
  return found == by_route_.end() ? nullptr : find(found->second);
}

const Registration* Registry::find_ancestor(std::string_view cse_id) const {
  const auto found = by_descendant_.find(cse_id);
  return found == by_descendant_.end() || found->second.size() != 1 ? nullptr : find(*found->second.begin());
}

const Registration* Registry::find_at(const PointOfAccess& point, std::string_view preferred) const {
  const auto found = by_origin_.find(point.origin());
  if (found == by_origin_.end()) return nullptr;
  const Registration* own = find(preferred);
  if (own != nullptr && found->second.contains({own->registered, own->entity_id})) return own;
  return find(found->second.begin()->second);
}

identity::StemList Registry::stems_of(std::string_view credential_id) const {
  const auto found = by_credential_.find(credential_id);
  if (found == by_credential_.end()) return {};
  const Owned& owned = found->second;
  if (!owned.stems) {
    std::vector<identity::Pattern> stems;
    for (const std::string& id : owned.ids)
      if (auto stem = identity::Pattern::parse(id); stem && stem->is_concrete() && !id.starts_with('/'))
        stems.push_back(*std::move(stem));
    owned.stems = identity::StemList(std::move(stems));
  }
  return *owned.stems;
}

std::vector<std::string> Registry::expired(std::int64_t now) const {
  std::vector<std::string> ids;
  for (auto it = by_expiry_.begin(); it != by_expiry_.end() && it->first <= now; ++it) ids.push_back(it->second);
  return ids;
}

std::vector<const Registration*> Registry::all() const {
  std::vector<const Registration*> sorted;
  sorted.reserve(registrations_.size());
  for (const auto& [id, entry] : registrations_) sorted.push_back(&entry.registration);
  std::ranges::sort(sorted, {}, [](const Registration* r) -> const std::string& { return r->entity_id; });
  return sorted;
}

}  // namespace saproxy::policy
