#include "proxy/egress/router.h"

#include <algorithm>
#include <utility>

#include "identity/domain_name.h"

namespace saproxy::proxy {
namespace {

constexpr std::string_view kRegistrar = "registrar";  // no entity is called so
constexpr LoopTime kForgetAfter = 300'000;            // destinations without a session remember which points were dead

std::string with_slash(std::string_view rest) {
  if (rest.empty() || rest.starts_with('/')) return std::string(rest);
  return "/" + std::string(rest);
}

// tinyIoT writes the absolute form "/_//sp/...", and an empty segment names nothing.
std::string plain_path(std::string_view rest) {
  std::string path = with_slash(rest);
  if (path.starts_with("/_//") || path.starts_with("/~//")) path.erase(2, path.find_first_not_of('/', 2) - 3);
  return path;
}

// A CSE-ID; AE-ID-Stems begin with a letter.
bool is_cse(const std::string& entity_id) { return entity_id.starts_with('/'); }

constexpr std::string_view kAt = " at ";  // no identifier has a blank

// Only the points of `address` at this scheme, host and port. Nothing: there is none.
std::optional<FarEndAddress> only_at(FarEndAddress address, const std::string& origin) {
  const auto elsewhere = [&](const policy::PointOfAccess& point) { return point.origin() != origin; };
  if (std::erase_if(address.points, elsewhere) == 0) return address;  // the session that everybody uses
  if (address.points.empty()) return std::nullopt;
  (address.name += kAt) += origin;
  address.origin = origin;
  return address;
}

// CSEs send the query of the address that they have, which is that of the URL, with something behind it or not.
std::string joined_query(const std::string& of_url, std::string_view sent) {
  const bool repeated = sent.starts_with(of_url) && (sent.size() == of_url.size() || sent[of_url.size()] == '&');
  if (of_url.empty() || repeated) return std::string(sent);
  return sent.empty() ? of_url : of_url + "&" + std::string(sent);
}

// The one credential that the registrar has to prove.
identity::Result<identity::CredentialId> credential_of(const policy::RegistrarSettings& registrar,
                                                       const identity::SpId& sp) {
  using identity::CredentialId;
  using identity::CredentialType;
  if (const auto* psk = std::get_if<policy::RegistrarSettings::Psk>(&registrar.credential))
    return CredentialId::make(CredentialType::SaefKey, psk->kpsa_id);
  if (const auto* key = std::get_if<policy::RegistrarSettings::RawKey>(&registrar.credential))
    return CredentialId::make(CredentialType::RawPublicKey, key->peer.short_form());
  return CredentialId::make(CredentialType::CseIdCertificate, registrar.cse_id.absolute(sp));
}

}  // namespace

EgressRouter::~EgressRouter() = default;

std::optional<FarEndAddress> EgressRouter::address_of(const policy::Registration& registration) const {
  const auto credential = identity::CredentialId::parse(registration.credential_id);
  if (!credential) return std::nullopt;
  FarEndAddress address{registration.entity_id, registration.entity_id, *credential, {}, true};
  const std::size_t most = services_.snapshot->config().egress->max_points_of_access;
  for (const std::string& text : registration.points_of_access) {
    const auto point = policy::PointOfAccess::parse(text);
    if (point && address.points.size() < most) address.points.push_back(*point);
  }
  return address;
}

// At one origin, or wherever it is. The revision is read first: what has changed since is read again.
std::optional<EgressRouter::Registree> EgressRouter::present(const std::string& entity_id,
                                                             const std::string& origin) const {
  const std::uint64_t revision = registry_.revision_of(entity_id);
  const auto registration = registry_.find(entity_id);
  auto address = registration ? address_of(*registration) : std::nullopt;
  if (address && !origin.empty()) address = only_at(*std::move(address), origin);
  if (!address) return std::nullopt;
  return Registree{*std::move(address), registration->association, revision};
}

std::optional<FarEndAddress> EgressRouter::registrar_address() const {
  const policy::Config& config = services_.snapshot->config();
  if (!config.registrar) return std::nullopt;
  const auto credential = credential_of(*config.registrar, config.cse.sp);
  if (!credential) return std::nullopt;
  return FarEndAddress{
      std::string(kRegistrar), config.registrar->cse_id.sp_relative(), *credential, {config.registrar->address}, false};
}

void EgressRouter::retire(Destinations::iterator gone, CallResult result, std::string_view why,
                          std::string_view detail) {
  std::unique_ptr<Destination> destination = std::move(gone->second);
  destinations_.erase(gone);
  destination->close(result, why, detail);
  closing_.push_back(std::move(destination));
}

// False: it is somebody else now, and `known` is gone.
bool EgressRouter::follow(Destinations::iterator known, const FarEndAddress& address) {
  Destination& destination = *known->second;
  if (destination.address() == address) return true;
  if (destination.address().credential_id == address.credential_id) {
    destination.move_to(address);
    return true;
  }
  retire(known, CallResult::NotReached, "moved", "it has registered anew, by another credential");
  return false;
}

Destination* EgressRouter::use(const FarEndAddress& address, const std::shared_ptr<const Dialling>& dialling) {
  const auto known = destinations_.find(address.name);
  if (known != destinations_.end() && follow(known, address)) return known->second.get();
  auto fresh = std::make_unique<Destination>(services_, address, dialling);
  return destinations_.emplace(address.name, std::move(fresh)).first->second.get();
}

Destination* EgressRouter::use(const Registree& registree) {
  Destination* destination = use(registree.address, services_.to_registrees);
  destination->registered_by(registree.association, registree.revision);
  return destination;
}

Destination* EgressRouter::registree(const RouteOwner& owner) {
  if (!services_.to_registrees) return nullptr;
  Destination* known = find(owner.entity_id);
  if (known != nullptr && known->revision() == owner.revision) return known;
  const auto now = present(owner.entity_id, "");
  return now ? use(*now) : nullptr;
}

Destination* EgressRouter::registrar() {
  const auto address = registrar_address();
  return address && services_.to_registrar ? use(*address, services_.to_registrar) : nullptr;
}

// Behind a token that stands for one direct URL: its registree, at that URL and nowhere else.
std::optional<RoutedCall> EgressRouter::to_target(const policy::LocalTarget& local) {
  const auto target = registry_.find_target(local.token);
  if (!target || !services_.to_registrees) return std::nullopt;
  const auto url = policy::PointOfAccess::parse(target->url, policy::UriQuery::Allowed);
  const auto now = url ? present(target->entity_id, url->origin()) : std::nullopt;
  if (!now || now->address.points.empty()) return std::nullopt;
  std::string path = url->path;
  if (path.ends_with('/') && !local.rest.empty()) path.pop_back();
  return RoutedCall{use(*now), is_cse(target->entity_id), path + with_slash(local.rest),
                    joined_query(url->query, local.query), true};
}

// Spec: TS-0004 7.3.2.6 (what is not here and at no registree goes to the registrar)
std::optional<RoutedCall> EgressRouter::route(EgressDoor door, std::string_view target) {
  if (door == EgressDoor::Registrar) return route_to_registrar(target);
  const auto local = services_.translation->addresses.target_of(target);
  if (!local) return std::nullopt;
  if (local->token.empty()) return route_by_cse_id(*local);
  if (policy::kind_of(local->token) == policy::LocalRoute::Target) return to_target(*local);
  const auto owner = registry_.owner_of_route(local->token);
  return owner ? call_to(*owner, *local) : std::nullopt;
}

std::optional<RoutedCall> EgressRouter::route_to_registrar(std::string_view target) {
  if (!services_.registrar_door) return std::nullopt;
  const auto given = services_.registrar_door->path_of(target);
  Destination* destination = registrar();
  if (!given || destination == nullptr) return std::nullopt;
  const auto question = std::min(given->find('?'), given->size());
  const std::string_view query = given->substr(std::min(question + 1, given->size()));
  return RoutedCall{destination, true, with_slash(given->substr(0, question)), std::string(query)};
}

std::optional<RoutedCall> EgressRouter::route_by_cse_id(const policy::LocalTarget& target) {
  const policy::CseSettings& own = services_.snapshot->config().cse;
  if (target.cse_id.empty()) return std::nullopt;
  const bool of_our_sp = target.sp.empty() || identity::equals_ignoring_case(target.sp, own.sp.fqdn());
  const auto& up_there = services_.snapshot->config().registrar;
  const bool is_registrar = of_our_sp && up_there && target.cse_id == up_there->cse_id.name();
  if (of_our_sp && !is_registrar) {
    if (target.cse_id == own.id.name()) return std::nullopt;  // it would come back
    if (const auto owner = registry_.owner_of_cse("/" + std::string(target.cse_id))) return call_to(*owner, target);
  }
  Destination* up = registrar();
  if (up == nullptr) return std::nullopt;
  return RoutedCall{up, true, plain_path(target.rest), std::string(target.query)};
}

std::optional<RoutedCall> EgressRouter::call_to(const RouteOwner& owner, const policy::LocalTarget& target) {
  Destination* destination = registree(owner);
  if (destination == nullptr) return std::nullopt;
  return RoutedCall{destination, is_cse(owner.entity_id), plain_path(target.rest), std::string(target.query)};
}

Destination* EgressRouter::find(const std::string& name) {
  const auto found = destinations_.find(name);
  return found == destinations_.end() ? nullptr : found->second.get();
}

void EgressRouter::configure() {
  for (auto next = destinations_.begin(); next != destinations_.end();) {
    const auto one = next++;
    const bool up = one->first == kRegistrar;
    const auto& dialling = up ? services_.to_registrar : services_.to_registrees;
    const auto address = up ? registrar_address() : std::optional(one->second->address());
    if (!dialling || !address || *address != one->second->address()) {
      retire(one, CallResult::NotReached, "reconfigured", "the configuration is another one");
    } else {
      one->second->forget_revision();  // its bounds may be others now
      one->second->judge_again(dialling);
    }
  }
}

// The registry is another one. False: `known` is gone.
bool EgressRouter::look_again(Destinations::iterator known) {
  Destination& destination = *known->second;
  const std::uint64_t revision = registry_.revision_of(destination.address().entity_id);
  if (revision != 0 && revision == destination.revision()) return true;
  const auto now = present(destination.address().entity_id, destination.address().origin);
  if (!now) retire(known, CallResult::NoRoute, "unregistered", "it is not registered any more");
  if (!now || !follow(known, now->address)) return false;
  destination.registered_by(now->association, now->revision);
  return true;
}

void EgressRouter::look(LoopTime now) {
  closing_.clear();
  const std::uint64_t version = registry_.version();
  const bool changed = std::exchange(registry_version_, version) != version;
  for (auto next = destinations_.begin(); next != destinations_.end();) {
    const auto one = next++;
    Destination& destination = *one->second;
    if (changed && one->first != kRegistrar && !look_again(one)) continue;
    destination.look(now);
    if (destination.idle() && now - destination.last_used() > kForgetAfter)
      retire(one, CallResult::NotReached, "idle", "");
  }
}

bool EgressRouter::make_room(const Destination& destination, std::size_t most) {
  if (!destination.idle() || services_.places < most) return true;
  Destination* longest = nullptr;
  for (const auto& [name, one] : destinations_) {
    if (!one->in_session() || one->busy()) continue;
    if (longest == nullptr || one->last_used() < longest->last_used()) longest = one.get();
  }
  if (longest == nullptr) return false;
  longest->end_session("crowded");
  return true;
}

void EgressRouter::close() {
  while (!destinations_.empty()) retire(destinations_.begin(), CallResult::NotReached, "drained", "saproxy ends");
  closing_.clear();
}

FarEndState EgressRouter::state_of(const std::string& entity_id) const {
  FarEndState state;
  const auto found = destinations_.find(entity_id);
  if (found != destinations_.end()) state = found->second->state();
  state.name = entity_id;
  if (const auto registration = registry_.find(entity_id)) state.registered_over = registration->association;
  return state;
}

std::vector<FarEndState> EgressRouter::states() const {
  std::vector<FarEndState> all;
  all.reserve(destinations_.size());
  for (const auto& [name, destination] : destinations_) all.push_back(destination->state());
  return all;
}

}  // namespace saproxy::proxy
