#include "proxy/association/binder.h"

#include <utility>
#include <variant>

namespace saproxy::proxy {

CredentialJudge::KeyAnswer AssociationBinder::find_key(const identity::PskIdentity& identity) {
  if (const policy::PskEntry* entry = snapshot_->find_psk(identity.text())) return &entry->key;
  return Unknown{};
}

identity::ProfileVerdict AssociationBinder::judge(const identity::Certificate& leaf,
                                                  std::span<const identity::Certificate> issuers) {
  return identity::judge_certificate(leaf, issuers, snapshot_->local(), listener_->tls.profile,
                                     identity::PeerRole::Client, started_);
}

std::vector<identity::ProfileViolation> AssociationBinder::judge_key(const identity::RawPublicKey& key) {
  return identity::judge_raw_public_key(key, listener_->tls.profile);
}

bool AssociationBinder::trusts(const identity::RawPublicKey& key) {
  return snapshot_->trusts_raw_key(key.public_key_info);
}

std::optional<HandshakeFailure> AssociationBinder::admit(const identity::Credential& credential) {
  auto outcome = policy::associate(*snapshot_, *listener_, credential, id_, started_);
  if (const auto* none = std::get_if<identity::NoIdentity>(&outcome)) {
    no_identity_ = *none;
    return HandshakeFailure::NoIdentity;
  }
  association_ = std::get<identity::Association>(std::move(outcome));
  begin_learning();
  return std::nullopt;
}

void AssociationBinder::begin_learning() {
  if (!association_->may_learn()) {
    learned_ = nullptr;
  } else if (!learned_) {
    learned_ = std::make_shared<identity::Learned>();
    static_cast<void>(learn());
  }
  association_->learned = learned_;
}

bool AssociationBinder::learn() {
  if (!learned_) return false;
  removals_ = registry_.removals();  // first: what changes meanwhile is seen the next time
  identity::StemList stems = registry_.stems_of(association_->credential_id.text());
  if (stems == learned_->stems) return false;
  learned_->stems = std::move(stems);
  return true;
}

policy::Rejudged AssociationBinder::judge_again(const identity::Credential& credential,
                                                std::shared_ptr<const policy::Snapshot> snapshot,
                                                const policy::ListenerSettings* listener, std::int64_t now) {
  if (!association_ || listener == nullptr) return policy::Rejudged::Ended;
  const policy::Rejudged verdict = policy::judge_again(*association_, credential, *snapshot, *listener, started_, now);
  snapshot_ = std::move(snapshot);
  listener_ = listener;
  begin_learning();
  return verdict;
}

}  // namespace saproxy::proxy
