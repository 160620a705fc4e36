// RegistrationDesk: a worker's side of the registry: the attempts that are under way, and the road to the registrar.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>

#include "proxy/loop/slot_table.h"
#include "proxy/registration/registrar.h"
#include "proxy/registration/registration_attempt.h"
#include "proxy/registration/registration_counters.h"
#include "proxy/upstream/pool.h"

namespace saproxy::proxy {

// The registrar's word on one attempt, by the worker's mailbox.
struct RegistrationRecorded {
  SlotRef attempt;
  bool durable = false;
};
// And on notification targets.
struct TargetsRecorded {
  SlotRef wish;
  TargetsOutcome outcome = TargetsOutcome::Failed;
};
using RegistrarWord = std::variant<RegistrationRecorded, TargetsRecorded>;

// Who waits for notification targets.
class TargetsCaller {
 public:
  virtual ~TargetsCaller() = default;
  virtual void on_targets_recorded(TargetsOutcome outcome) = 0;
};

class RegistrationDesk {
 public:
  using Complain = std::function<void(const std::string&)>;  // a line in the log
  using Post = std::function<void(RegistrarWord)>;           // from any thread, to this worker

  RegistrationDesk(uv_loop_t* loop, UpstreamPool& upstream, RegistrationCounters& counters, Complain complain,
                   Registrar& registrar, Post post)
      : loop_(loop),
        upstream_(upstream),
        counters_(counters),
        complain_(std::move(complain)),
        registrar_(registrar),
        post_(std::move(post)) {}

  // Sends the whole request. The caller hears of the outcome later, or not at all once it has called leave(). Null,
  // and a failure in `failure`: nothing was sent.
  [[nodiscard]] RegistrationAttempt* begin(const policy::Forward& permission, RegistrationCaller& caller,
                                           std::shared_ptr<const policy::Snapshot> snapshot, RegistryIntent intent,
                                           std::span<const std::uint8_t> request,
                                           std::optional<UpstreamFailure>& failure);
  // The caller hears of it in a later turn, once, unless it has left.
  [[nodiscard]] SlotRef record_targets(std::vector<policy::NotificationTarget> targets, policy::TargetBounds bounds,
                                       TargetsCaller& caller);
  void leave_targets(SlotRef wish) { wishes_.retire(wish); }
  void deliver(const RegistrarWord& word);
  // After the callbacks of a turn.
  void sweep() {
    attempts_.sweep();
    wishes_.sweep();
  }
  [[nodiscard]] bool idle() const {
    return attempts_.size() == 0 && !attempts_.has_retired() && wishes_.size() == 0 && !wishes_.has_retired();
  }
  void close();
  [[nodiscard]] SharedRegistry& registry() { return registrar_.registry(); }
  // Read anew when one has come or gone.
  [[nodiscard]] const policy::IdentifierSet* registree_cses();

 private:
  friend class RegistrationAttempt;

  uv_loop_t* loop_;
  UpstreamPool& upstream_;
  RegistrationCounters& counters_;
  Complain complain_;
  Registrar& registrar_;
  Post post_;
  struct TargetsWish {
    TargetsCaller* caller;
  };
  SlotTable<RegistrationAttempt> attempts_;
  SlotTable<TargetsWish> wishes_;
  std::shared_ptr<const policy::IdentifierSet> cses_;
  std::uint64_t cse_changes_ = 0;
};

}  // namespace saproxy::proxy
