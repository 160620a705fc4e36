#include "proxy/registration/registration_desk.h"

#include <utility>

namespace saproxy::proxy {

RegistrationAttempt* RegistrationDesk::begin(const policy::Forward& permission, RegistrationCaller& caller,
                                             std::shared_ptr<const policy::Snapshot> snapshot, RegistryIntent intent,
                                             std::span<const std::uint8_t> request,
                                             std::optional<UpstreamFailure>& failure) {
  auto made = std::make_unique<RegistrationAttempt>(*this, caller, std::move(snapshot), std::move(intent));
  RegistrationAttempt* attempt = made.get();
  const SlotRef ref = attempts_.add(std::move(made));
  failure = attempt->send(permission, ref, request);
  return attempts_.find(ref);  // it may be over already
}

SlotRef RegistrationDesk::record_targets(std::vector<policy::NotificationTarget> targets, policy::TargetBounds bounds,
                                         TargetsCaller& caller) {
  const SlotRef wish = wishes_.add(std::make_unique<TargetsWish>(&caller));
  registrar_.record_targets(std::move(targets), bounds, [post = post_, wish](TargetsOutcome outcome) {
    post(TargetsRecorded{wish, outcome});
  });
  return wish;
}

void RegistrationDesk::deliver(const RegistrarWord& word) {
  if (const auto* recorded = std::get_if<RegistrationRecorded>(&word)) {
    if (RegistrationAttempt* attempt = attempts_.find(recorded->attempt)) attempt->recorded(recorded->durable);
    return;
  }
  const auto& recorded = std::get<TargetsRecorded>(word);
  const TargetsWish* wish = wishes_.find(recorded.wish);
  if (wish == nullptr) return;
  TargetsCaller& caller = *wish->caller;
  wishes_.retire(recorded.wish);
  caller.on_targets_recorded(recorded.outcome);
}

const policy::IdentifierSet* RegistrationDesk::registree_cses() {
  const std::uint64_t changes = registry().cse_changes();
  if (!cses_ || changes != cse_changes_) {
    cse_changes_ = changes;
    cses_ = registry().registree_cses();
  }
  return cses_.get();
}

void RegistrationDesk::close() {
  attempts_.for_each([](RegistrationAttempt& attempt) { attempt.leave(); });
  attempts_ = {};
  wishes_ = {};
}

}  // namespace saproxy::proxy
