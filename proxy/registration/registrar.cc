#include "proxy/registration/registrar.h"

#include <utility>

namespace saproxy::proxy {

using policy::RegistryChange;
using Level = policy::LogSettings::Level;

identity::Result<bool> Registrar::open(uv_loop_t* loop, const std::string& file) {
  if (!file.empty()) {
    SAPROXY_TRY(store_, open_registry_store(file, StoreAccess::Own));
    SAPROXY_TRY(std::vector<policy::Registration> known, store_->load());
    std::vector<RegistryChange> changes;
    changes.reserve(known.size());
    for (policy::Registration& registration : known)
      changes.push_back({RegistryChange::Kind::Put, std::move(registration)});
    registry_.apply(changes);
  }
  const int status = mailbox_.open(
      loop,
      [this](Request&& request) {
        pending_.push_back(std::move(request.change));
        waiting_.push_back(std::move(request.done));
      },
      [this] { commit_pending(); });
  if (status != 0) return identity::fail(identity::ErrorCode::Failed, std::string("registrar: ") + uv_strerror(status));
  return true;
}

void Registrar::record(RegistryChange change, Done done) { mailbox_.post({std::move(change), std::move(done)}); }

void Registrar::commit_pending() {
  const std::vector<RegistryChange> changes = std::exchange(pending_, {});
  const std::vector<Done> waiting = std::exchange(waiting_, {});
  const bool recorded = commit(changes);
  for (const Done& done : waiting) done(recorded);
}

bool Registrar::commit(std::span<const RegistryChange> changes) {
  if (store_) {
    if (const auto stored = store_->apply(changes); !stored) {
      ++failures_;
      inform_(Level::Error, "registry: cannot be stored, nothing is confirmed: " + stored.error().detail);
      return false;
    }
  }
  registry_.apply(changes);
  return true;
}

Forgotten Registrar::forget(std::string_view entity_id) {
  if (!registry_.find(entity_id)) return Forgotten::NotFound;
  RegistryChange change;
  change.kind = RegistryChange::Kind::Erase;
  change.registration.entity_id = entity_id;
  return commit(std::span(&change, 1)) ? Forgotten::Done : Forgotten::Failed;
}

void Registrar::end_expired(std::int64_t now) {
  std::vector<RegistryChange> changes;
  for (std::string& id : registry_.expired(now)) {
    changes.push_back({RegistryChange::Kind::Erase, {}});
    changes.back().registration.entity_id = std::move(id);
  }
  if (!changes.empty() && commit(changes))
    inform_(Level::Info, "registry: " + std::to_string(changes.size()) + " registrations have expired");
}

}  // namespace saproxy::proxy
