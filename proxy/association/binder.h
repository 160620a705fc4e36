// AssociationBinder: answers the questions of one handshake from the snapshot, and keeps the association that comes out
// of it. Spec: TS-0003 8.2.1 (entity B associates the security context with identities), 8.2.2.1, 8.2.2.2
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "identity/association.h"
#include "policy/judging.h"
#include "policy/snapshot.h"
#include "proxy/registry/shared_registry.h"
#include "proxy/session/tls_session.h"

namespace saproxy::proxy {

class AssociationBinder final : public CredentialJudge {
 public:
  // `id` becomes the association's; `started` is Unix seconds.
  AssociationBinder(std::shared_ptr<const policy::Snapshot> snapshot, const policy::ListenerSettings& listener,
                    const SharedRegistry& registry, std::string id, std::int64_t started)
      : snapshot_(std::move(snapshot)),
        listener_(&listener),
        registry_(registry),
        id_(std::move(id)),
        started_(started) {}

  [[nodiscard]] KeyAnswer find_key(const identity::PskIdentity& identity) override;
  [[nodiscard]] identity::ProfileVerdict judge(const identity::Certificate& leaf,
                                               std::span<const identity::Certificate> issuers) override;
  [[nodiscard]] std::vector<identity::ProfileViolation> judge_key(const identity::RawPublicKey& key) override;
  [[nodiscard]] bool trusts(const identity::RawPublicKey& key) override;
  [[nodiscard]] std::optional<HandshakeFailure> admit(const identity::Credential& credential) override;

  // What admit() made; counts only once the session is Established.
  [[nodiscard]] const std::optional<identity::Association>& association() const { return association_; }
  [[nodiscard]] std::optional<identity::NoIdentity> no_identity() const { return no_identity_; }
  [[nodiscard]] const std::shared_ptr<const policy::Snapshot>& snapshot() const { return snapshot_; }
  [[nodiscard]] const policy::ListenerSettings& listener() const { return *listener_; }

  // Judges the association again by another snapshot and pins that one. `listener` null: the listener is gone.
  [[nodiscard]] policy::Rejudged judge_again(const identity::Credential& credential,
                                             std::shared_ptr<const policy::Snapshot> snapshot,
                                             const policy::ListenerSettings* listener, std::int64_t now);

  // Reads anew which AE-IDs were registered through this credential. True: it is not what it was.
  [[nodiscard]] bool learn();
  // The same, when an AE-ID may have been taken away since.
  [[nodiscard]] bool learn_removals() { return learned_ && removals_ != registry_.removals() && learn(); }

 private:
  void begin_learning();

  std::shared_ptr<const policy::Snapshot> snapshot_;
  const policy::ListenerSettings* listener_;  // inside snapshot_
  const SharedRegistry& registry_;
  std::string id_;
  std::int64_t started_;
  std::optional<identity::Association> association_;
  std::shared_ptr<identity::Learned> learned_;  // the association's; none when nothing can be learned
  std::uint64_t removals_ = 0;                  // of the registry when it was read
  std::optional<identity::NoIdentity> no_identity_;
};

}  // namespace saproxy::proxy
