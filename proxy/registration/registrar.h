// Registrar: the one that changes the registry. Workers tell it what the CSE has confirmed; it makes that durable, then
// visible, then says so: a registree sees its success only after that (design invariant 9). What comes in together goes
// to the store together. Lives on the control thread; record() is for all threads.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/config.h"
#include "policy/reconciliation.h"
#include "policy/registration.h"
#include "proxy/loop/mailbox.h"
#include "proxy/registry/shared_registry.h"
#include "proxy/registry/store.h"

namespace saproxy::proxy {

// What became of registrations that the CSE no longer has.
struct Dropped {
  std::vector<std::string> ids;
  std::size_t not_stored = 0;  // still registered
};

// What became of the wish to remember notification targets.
enum class TargetsOutcome : std::uint8_t {
  Recorded,  // durable and visible
  Gone,      // a registree of them is registered no more
  Full,      // the subscriber has too many already, or all have
  Failed,    // the store could not take them
};

class Registrar {
 public:
  // On the control thread: it is durable and visible, or it is neither.
  using Done = std::function<void(bool recorded)>;

  using Inform = std::function<void(policy::LogSettings::Level, const std::string&)>;  // a line in the log

  explicit Registrar(Inform inform) : inform_(std::move(inform)) {}
  // Reads all registrations from `file`; empty: they live in memory only.
  [[nodiscard]] identity::Result<bool> open(uv_loop_t* loop, const std::string& file);
  void close() { mailbox_.close(); }

  // What becomes of a registration, judged when its turn comes; nothing: it is no longer there to be changed.
  using Change =
      std::function<std::optional<policy::RegistryChange>(const std::optional<policy::Registration>& present)>;

  // From any thread. `done` is called on the control thread; never, when the registrar is closed already.
  void record(std::string entity_id, Change change, Done done);
  // From any thread. All of `targets` or none of them; for one whose URL has a token already, that token stays. `done`
  // is called as for record().
  using TargetsDone = std::function<void(TargetsOutcome)>;
  void record_targets(std::vector<policy::NotificationTarget> targets, policy::TargetBounds bounds, TargetsDone done);
  // Control thread.
  [[nodiscard]] Forgotten forget(std::string_view entity_id);
  void end_expired(std::int64_t now);  // Unix seconds
  // Those that are still as they were seen.
  [[nodiscard]] Dropped drop(std::span<const policy::Drop> drops);

  [[nodiscard]] SharedRegistry& registry() { return registry_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  struct Request {
    std::string entity_id;
    Change change;
    Done done;
  };
  struct TargetsRequest {
    std::vector<policy::NotificationTarget> targets;
    policy::TargetBounds bounds;
    TargetsDone done;
  };
  void take(Request request);
  void take_targets(TargetsRequest request);
  [[nodiscard]] bool is_pending(std::string_view entity_id) const;
  [[nodiscard]] std::optional<TargetsOutcome> drop_known(std::vector<policy::NotificationTarget>& targets,
                                                         const policy::TargetBounds& bounds) const;
  void commit_pending();
  [[nodiscard]] std::optional<identity::ErrorCode> commit(std::span<const policy::RegistryChange> changes);

  Inform inform_;
  SharedRegistry registry_;
  std::unique_ptr<RegistryStore> store_;  // none: memory only
  std::vector<policy::RegistryChange> pending_;
  std::vector<Done> waiting_;  // parallel to pending_
  Mailbox<std::variant<Request, TargetsRequest>> mailbox_;
  std::uint64_t failures_ = 0;  // groups that could not be stored
};

}  // namespace saproxy::proxy
