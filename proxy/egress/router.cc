#include "proxy/egress/router.h"

#include <utility>

namespace saproxy::proxy {
namespace {

constexpr std::string_view kRegistrar = "registrar";  // no entity is called so
constexpr LoopTime kForgetAfter = 300'000;            // destinations without a session remember which points were dead

std::string with_slash(std::string_view rest) {
  if (rest.empty() || rest.starts_with('/')) return std::string(rest);
  return "/" + std::string(rest);
}

// The one credential that the registrar has to prove.
identity::Result<identity::CredentialId> credential_of(const policy::RegistrarSettings& registrar,
                                                       const identity::SpId& sp) {
  using identity::CredentialId;
  using identity::CredentialType;
  if (const auto* psk = std::get_if<policy::RegistrarSettings::Psk>(&registrar.credential))
    return CredentialId::make(CredentialType::SaefKey, psk->kpsa_id);
  if (const auto* key = std::get_if<policy::RegistrarSettings::RawKey>(&registrar.credential))
    return CredentialId::make(CredentialType::RawPublicKey, key->peer.uri());
  return CredentialId::make(CredentialType::CseIdCertificate, registrar.cse_id.absolute(sp));
}

}  // namespace

EgressRouter::~EgressRouter() = default;

std::optional<FarEndAddress> EgressRouter::address_of(const policy::Registration& registration) const {
  const auto credential = identity::CredentialId::parse(registration.credential_id);
  if (!credential) return std::nullopt;
  FarEndAddress address{registration.entity_id, *credential, {}, true};
  const std::size_t most = services_.snapshot->config().egress->max_points_of_access;
  for (const std::string& text : registration.points_of_access) {
    const auto point = policy::PointOfAccess::parse(text);
    if (point && address.points.size() < most) address.points.push_back(*point);
  }
  return address;
}

std::optional<FarEndAddress> EgressRouter::registrar_address() const {
  const policy::Config& config = services_.snapshot->config();
  if (!config.registrar) return std::nullopt;
  const auto credential = credential_of(*config.registrar, config.cse.sp);
  if (!credential) return std::nullopt;
  return FarEndAddress{std::string(kRegistrar), *credential, {config.registrar->address}, false};
}

void EgressRouter::retire(std::unordered_map<std::string, std::unique_ptr<Destination>>::iterator gone) {
  std::unique_ptr<Destination> destination = std::move(gone->second);
  destinations_.erase(gone);
  destination->close(CallResult::NoRoute);
  closing_.push_back(std::move(destination));
}

Destination* EgressRouter::use(FarEndAddress address, const std::shared_ptr<const Dialling>& dialling) {
  const auto known = destinations_.find(address.name);
  if (known != destinations_.end()) {
    if (known->second->address() == address) return known->second.get();
    retire(known);  // it has moved, or is somebody else now
  }
  auto fresh = std::make_unique<Destination>(services_, address, dialling);
  return destinations_.emplace(address.name, std::move(fresh)).first->second.get();
}

Destination* EgressRouter::registree(const policy::Registration& registration) {
  if (!services_.to_registrees) return nullptr;
  auto address = address_of(registration);
  return address ? use(*std::move(address), services_.to_registrees) : nullptr;
}

Destination* EgressRouter::registrar() {
  auto address = registrar_address();
  if (!address || !services_.to_registrar) return nullptr;
  return use(*std::move(address), services_.to_registrar);
}

std::optional<RoutedCall> EgressRouter::route(EgressDoor door, std::string_view target) {
  if (door == EgressDoor::Registrar) {
    const auto question = target.find('?');
    Destination* destination = registrar();
    if (destination == nullptr) return std::nullopt;
    return RoutedCall{destination, with_slash(target.substr(0, question)),
                      question == target.npos ? std::string() : std::string(target.substr(question + 1))};
  }
  const auto local = services_.translation->addresses.target_of(target);
  if (!local) return std::nullopt;
  std::optional<policy::Registration> registration;
  if (!local->token.empty()) {
    registration = registry_.find_route(local->token);
  } else if (!local->cse_id.empty()) {
    registration = registry_.find("/" + std::string(local->cse_id));
    // What belongs to nobody here is the registrar's to pass on.
    if (!registration) {
      if (Destination* up = registrar()) return RoutedCall{up, with_slash(local->rest), std::string(local->query)};
    }
  }
  if (!registration) return std::nullopt;
  Destination* destination = registree(*registration);
  if (destination == nullptr) return std::nullopt;
  return RoutedCall{destination, with_slash(local->rest), std::string(local->query)};
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
      retire(one);
    } else {
      one->second->judge_again(dialling);
    }
  }
}

void EgressRouter::look(LoopTime now) {
  closing_.clear();
  const std::uint64_t version = registry_.version();
  const bool changed = std::exchange(registry_version_, version) != version;
  for (auto next = destinations_.begin(); next != destinations_.end();) {
    const auto one = next++;
    Destination& destination = *one->second;
    if (changed && one->first != kRegistrar) {
      const auto registration = registry_.find(one->first);
      const auto address = registration ? address_of(*registration) : std::nullopt;
      if (!address || *address != destination.address()) {
        retire(one);
        continue;
      }
    }
    destination.look(now);
    if (destination.idle() && now - destination.last_used() > kForgetAfter) retire(one);
  }
}

bool EgressRouter::make_room(std::size_t most) {
  if (services_.counters.sessions.value() < most) return true;
  Destination* longest = nullptr;
  for (const auto& [name, destination] : destinations_) {
    if (!destination->in_session() || destination->busy()) continue;
    if (longest == nullptr || destination->last_used() < longest->last_used()) longest = destination.get();
  }
  if (longest == nullptr) return false;
  longest->end_session();
  return true;
}

void EgressRouter::close() {
  while (!destinations_.empty()) retire(destinations_.begin());
  closing_.clear();
}

std::string EgressRouter::state_of(std::string_view entity) const {
  const auto found = destinations_.find(std::string(entity));
  return found == destinations_.end() ? "none" : found->second->state_text();
}

}  // namespace saproxy::proxy
