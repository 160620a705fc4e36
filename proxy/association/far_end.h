// FarEnd: what the server of a session that we begin has to prove: that it is whom we mean, by the credential that
// stands for it, whatever host its address names. A proof of anything else ends the handshake before a byte of a
// request is sent. Spec: TS-0003 8.2.1 (SA2: the credentials of SA1); design invariant 6
#pragma once

#include <cstdint>
#include <memory>

#include "identity/certificate_profile.h"
#include "identity/credential_id.h"
#include "policy/snapshot.h"
#include "proxy/session/session_kind.h"
#include "proxy/session/tls_session.h"

namespace saproxy::proxy {

class FarEnd final : public CredentialJudge {
 public:
  // `switches`: departures from the certificate profile that are allowed.
  FarEnd(std::shared_ptr<const policy::Snapshot> snapshot, identity::LocalEntity local,
         const identity::ProfileSwitches& switches, identity::CredentialId expected)
      : snapshot_(std::move(snapshot)), local_(std::move(local)), switches_(switches), expected_(std::move(expected)) {}

  // Which kind of session proves a credential of this type. Nothing for what no handshake proves.
  [[nodiscard]] static std::optional<SessionKind> kind_of(identity::CredentialType type);
  // Of the expected credential, when it is a pre-shared key.
  [[nodiscard]] std::string psk_identity() const;
  [[nodiscard]] const identity::CredentialId& expected() const { return expected_; }
  // By another configuration, from now on.
  void use(std::shared_ptr<const policy::Snapshot> snapshot, identity::LocalEntity local,
           const identity::ProfileSwitches& switches);

  [[nodiscard]] KeyAnswer find_key(const identity::PskIdentity& identity) override;
  [[nodiscard]] identity::ProfileVerdict judge(const identity::Certificate& leaf,
                                               std::span<const identity::Certificate> issuers) override;
  [[nodiscard]] std::vector<identity::ProfileViolation> judge_key(const identity::RawPublicKey& key) override;
  [[nodiscard]] bool trusts(const identity::RawPublicKey& key) override;
  [[nodiscard]] std::optional<HandshakeFailure> admit(const identity::Credential& credential) override;

 private:
  std::shared_ptr<const policy::Snapshot> snapshot_;
  identity::LocalEntity local_;
  identity::ProfileSwitches switches_;
  identity::CredentialId expected_;
};

}  // namespace saproxy::proxy
