#include "proxy/association/far_end.h"

#include <utility>

#include "proxy/loop/clock.h"

namespace saproxy::proxy {

using identity::CredentialType;

std::optional<SessionKind> FarEnd::kind_of(CredentialType type) {
  switch (type) {
    case CredentialType::SaefKey: return SessionKind::Psk;
    case CredentialType::RawPublicKey: return SessionKind::RawKey;
    case CredentialType::DeviceCertificate:
    case CredentialType::CseIdCertificate:
    case CredentialType::AeIdCertificate:
    case CredentialType::NodeIdCertificate: return SessionKind::Certificate;
    case CredentialType::MefKey:
    case CredentialType::MafKey: break;
  }
  return std::nullopt;
}

std::string FarEnd::psk_identity() const {
  return expected_.type() == CredentialType::SaefKey ? std::string(expected_.value()) : std::string();
}

void FarEnd::use(std::shared_ptr<const policy::Snapshot> snapshot, identity::LocalEntity local,
                 const identity::ProfileSwitches& switches) {
  snapshot_ = std::move(snapshot);
  local_ = std::move(local);
  switches_ = switches;
}

CredentialJudge::KeyAnswer FarEnd::find_key(const identity::PskIdentity& identity) {
  if (const policy::PskEntry* entry = snapshot_->find_psk(identity.text())) return &entry->key;
  return Unknown{};
}

identity::ProfileVerdict FarEnd::judge(const identity::Certificate& leaf,
                                       std::span<const identity::Certificate> issuers) {
  return identity::judge_certificate(leaf, issuers, local_, switches_, identity::PeerRole::Server,
                                     unix_milliseconds() / 1000);
}

std::vector<identity::ProfileViolation> FarEnd::judge_key(const identity::RawPublicKey& key) {
  return identity::judge_raw_public_key(key, switches_);
}

// Whether it is the right one of those is for admit() to say.
bool FarEnd::trusts(const identity::RawPublicKey& key) { return snapshot_->trusts_raw_key(key.public_key_info); }

std::optional<HandshakeFailure> FarEnd::admit(const identity::Credential& credential) {
  if (identity::is_named(credential, expected_)) return std::nullopt;
  return HandshakeFailure::NoIdentity;
}

}  // namespace saproxy::proxy
