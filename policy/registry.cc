#include "policy/registry.h"

#include <algorithm>

namespace saproxy::policy {
namespace {

// Without what says that it is this CSE: "/cse-in/x" and "//sp.com/cse-in/x" become "x". Another CSE's stays as it is.
std::string_view cse_relative(std::string_view to, const identity::CseId& cse) {
  if (to.starts_with("//")) to.remove_prefix(std::min(to.find('/', 2), to.size()));
  const std::string& own = cse.sp_relative();
  if (to.starts_with(own) && to.size() > own.size() && to[own.size()] == '/') to.remove_prefix(own.size() + 1);
  return to;
}

}  // namespace

Claim Registry::claim(std::string_view entity_id) {
  if (registrations_.contains(entity_id)) return Claim::Registered;
  if (!claims_.insert(std::string(entity_id)).second) return Claim::Pending;
  return Claim::Granted;
}

void Registry::release(std::string_view entity_id) {
  if (const auto found = claims_.find(entity_id); found != claims_.end()) claims_.erase(found);
}

void Registry::put(Registration registration) {
  erase(registration.entity_id);
  release(registration.entity_id);
  const std::string& id = registration.entity_id;
  by_credential_[registration.credential_id].push_back(id);
  if (!registration.resource_id.empty()) by_resource_id_[registration.resource_id] = id;
  if (!registration.resource_name.empty()) by_resource_name_[registration.resource_name] = id;
  if (registration.expires != 0) by_expiry_.emplace(registration.expires, id);
  std::string key = id;
  registrations_.emplace(std::move(key), std::move(registration));
}

bool Registry::erase(std::string_view entity_id) {
  const auto found = registrations_.find(entity_id);
  if (found == registrations_.end()) return false;
  forget(found->second);
  registrations_.erase(found);
  return true;
}

// Takes a registration out of all indexes.
void Registry::forget(const Registration& registration) {
  const auto credential = by_credential_.find(registration.credential_id);
  if (credential != by_credential_.end()) {
    std::erase(credential->second, registration.entity_id);
    if (credential->second.empty()) by_credential_.erase(credential);
  }
  const auto drop = [&](ByText& index, const std::string& key) {
    const auto entry = index.find(key);
    if (entry != index.end() && entry->second == registration.entity_id) index.erase(entry);
  };
  drop(by_resource_id_, registration.resource_id);
  drop(by_resource_name_, registration.resource_name);
  const auto [begin, end] = by_expiry_.equal_range(registration.expires);
  const auto ending = std::find_if(begin, end, [&](const auto& e) { return e.second == registration.entity_id; });
  if (ending != end) by_expiry_.erase(ending);
}

void Registry::apply(const RegistryChange& change) {
  if (change.kind == RegistryChange::Kind::Put) {
    put(change.registration);
  } else {
    erase(change.registration.entity_id);
  }
}

const Registration* Registry::find(std::string_view entity_id) const {
  const auto found = registrations_.find(entity_id);
  return found == registrations_.end() ? nullptr : &found->second;
}

// <AE> and <remoteCSE> are children of the CSEBase: their structured address is its name (or "-") and their own.
const Registration* Registry::find_resource(std::string_view to, const identity::CseId& cse) const {
  to = cse_relative(to, cse);
  const auto slash = to.find('/');
  const bool structured = slash != to.npos && slash > 0 && to.find('/', slash + 1) == to.npos;
  if (slash != to.npos && !structured) return nullptr;
  const ByText& index = structured ? by_resource_name_ : by_resource_id_;
  const auto found = index.find(structured ? to.substr(slash + 1) : to);
  if (found != index.end()) return find(found->second);
  return structured ? nullptr : find(to);  // the resource id of an <AE> is its stem (TS-0001 10.2.2.2)
}

identity::StemList Registry::stems_of(std::string_view credential_id) const {
  std::vector<identity::Pattern> stems;
  const auto found = by_credential_.find(credential_id);
  if (found == by_credential_.end()) return {};
  for (const std::string& id : found->second)
    if (auto stem = identity::Pattern::parse(id); stem && stem->is_concrete() && !id.starts_with('/'))
      stems.push_back(*std::move(stem));
  return identity::StemList(std::move(stems));
}

IdentifierSet Registry::registree_cses() const {
  IdentifierSet ids;
  for (const auto& [id, registration] : registrations_)
    if (registration.kind == identity::EntityKind::Cse) ids.insert(id);
  return ids;
}

std::vector<std::string> Registry::expired(std::int64_t now) const {
  std::vector<std::string> ids;
  for (auto it = by_expiry_.begin(); it != by_expiry_.end() && it->first <= now; ++it) ids.push_back(it->second);
  return ids;
}

std::vector<const Registration*> Registry::all() const {
  std::vector<const Registration*> sorted;
  sorted.reserve(registrations_.size());
  for (const auto& [id, registration] : registrations_) sorted.push_back(&registration);
  std::ranges::sort(sorted, {}, [](const Registration* r) -> const std::string& { return r->entity_id; });
  return sorted;
}

}  // namespace saproxy::policy
