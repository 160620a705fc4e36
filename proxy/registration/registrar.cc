#include "proxy/registration/registrar.h"

#include <algorithm>
#include <map>
#include <utility>

namespace saproxy::proxy {

using identity::ErrorCode;
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
    SAPROXY_TRY(std::vector<policy::NotificationTarget> targets, store_->load_targets());
    changes.push_back({RegistryChange::Kind::PutTargets, {}, std::move(targets)});
    registry_.apply(changes);
  }
  const auto receive = [this](std::variant<Request, TargetsRequest>&& mail) {
    if (auto* request = std::get_if<Request>(&mail)) return take(std::move(*request));
    take_targets(std::get<TargetsRequest>(std::move(mail)));
  };
  const int status = mailbox_.open(loop, receive, [this] { commit_pending(); });
  if (status != 0) return identity::fail(identity::ErrorCode::Failed, std::string("registrar: ") + uv_strerror(status));
  return true;
}

void Registrar::record(std::string entity_id, Change change, Done done) {
  mailbox_.post(Request{std::move(entity_id), std::move(change), std::move(done)});
}

void Registrar::record_targets(std::vector<policy::NotificationTarget> targets, policy::TargetBounds bounds,
                               TargetsDone done) {
  mailbox_.post(TargetsRequest{std::move(targets), bounds, std::move(done)});
}

// A change of this registration waits to be stored.
bool Registrar::is_pending(std::string_view entity_id) const {
  return std::ranges::any_of(pending_, [entity_id](const RegistryChange& earlier) {
    if (earlier.kind != RegistryChange::Kind::PutTargets) return earlier.registration.entity_id == entity_id;
    return std::ranges::any_of(earlier.targets, [entity_id](const policy::NotificationTarget& target) {
      return target.entity_id == entity_id;
    });
  });
}

void Registrar::take_targets(TargetsRequest request) {
  const auto pending = [this](const policy::NotificationTarget& target) { return is_pending(target.entity_id); };
  if (std::ranges::any_of(request.targets, pending)) commit_pending();  // judged by what those leave
  if (const auto outcome = drop_known(request.targets, request.bounds)) return request.done(*outcome);
  pending_.push_back({RegistryChange::Kind::PutTargets, {}, std::move(request.targets)});
  waiting_.push_back([done = std::move(request.done)](bool recorded) {
    done(recorded ? TargetsOutcome::Recorded : TargetsOutcome::Failed);
  });
}

// Two workers may have wished for the same. Nothing: what is left is to be stored.
std::optional<TargetsOutcome> Registrar::drop_known(std::vector<policy::NotificationTarget>& targets,
                                                    const policy::TargetBounds& bounds) const {
  std::map<std::string_view, std::size_t> waiting;  // to be stored, by subscriber
  std::size_t total = 0;
  for (const RegistryChange& earlier : pending_)
    for (const policy::NotificationTarget& target : earlier.targets) ++waiting[target.subscriber], ++total;
  return registry_.look([&](const policy::Registry& registry) -> std::optional<TargetsOutcome> {
    const auto gone = [&](const policy::NotificationTarget& target) { return !registry.find(target.entity_id); };
    if (std::ranges::any_of(targets, gone)) return TargetsOutcome::Gone;
    std::erase_if(targets, [&](const policy::NotificationTarget& target) {
      return registry.targets().find(target.entity_id, target.url) != nullptr;
    });
    if (targets.empty()) return TargetsOutcome::Recorded;
    if (registry.targets().size() + total + targets.size() > bounds.total) return TargetsOutcome::Full;
    for (const policy::NotificationTarget& target : targets) ++waiting[target.subscriber];
    const bool full = std::ranges::any_of(waiting, [&](const auto& of_one) {
      return registry.targets().count_of(of_one.first) + of_one.second > bounds.of_one;
    });
    return full ? std::optional(TargetsOutcome::Full) : std::nullopt;
  });
}

void Registrar::take(Request request) {
  if (is_pending(request.entity_id)) commit_pending();  // it is judged by what that one leaves
  auto change = request.change(registry_.find(request.entity_id));
  if (!change) return request.done(true);
  pending_.push_back(*std::move(change));
  waiting_.push_back(std::move(request.done));
}

void Registrar::commit_pending() {
  const std::vector<RegistryChange> changes = std::exchange(pending_, {});
  const std::vector<Done> waiting = std::exchange(waiting_, {});
  if (changes.empty()) return;
  const std::optional<ErrorCode> failure = commit(changes);
  // One that no store could take must not be the failure of the others.
  const bool one_is_bad = failure == ErrorCode::BadSyntax && changes.size() > 1;
  for (std::size_t i = 0; i < changes.size(); ++i)
    waiting[i](one_is_bad ? !commit(std::span(&changes[i], 1)) : !failure);
}

// Nothing: it is stored and visible.
std::optional<ErrorCode> Registrar::commit(std::span<const RegistryChange> changes) {
  if (store_) {
    if (const auto stored = store_->apply(changes); !stored) {
      ++failures_;
      inform_(Level::Error, "registry: cannot be stored, nothing is confirmed: " + stored.error().detail);
      return stored.error().code;
    }
  }
  registry_.apply(changes);
  return std::nullopt;
}

Forgotten Registrar::forget(std::string_view entity_id) {
  if (!registry_.find(entity_id) && !registry_.is_reserved(entity_id)) return Forgotten::NotFound;
  RegistryChange change;
  change.kind = RegistryChange::Kind::Erase;
  change.registration.entity_id = entity_id;
  return commit(std::span(&change, 1)) ? Forgotten::Failed : Forgotten::Done;
}

Dropped Registrar::drop(std::span<const policy::Drop> drops) {
  Dropped done;
  std::vector<RegistryChange> changes;
  for (const policy::Drop& drop : drops) {
    auto present = registry_.find(drop.entity_id);
    if (!present || !registry_.is_still(drop)) continue;
    changes.push_back(policy::end_of(*std::move(present)));
    done.ids.push_back(drop.entity_id);
  }
  if (changes.empty() || !commit(changes)) return done;
  return {{}, changes.size()};
}

void Registrar::end_expired(std::int64_t now) {
  std::vector<RegistryChange> changes;
  for (std::string& id : registry_.expired(now)) {
    if (auto registration = registry_.find(id)) changes.push_back(policy::end_of(*std::move(registration)));
  }
  if (!changes.empty() && !commit(changes))
    inform_(Level::Info, "registry: " + std::to_string(changes.size()) + " registrations have expired");
}

}  // namespace saproxy::proxy
