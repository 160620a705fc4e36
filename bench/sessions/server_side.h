// Everything that a TlsSession asks for, so that sessions can be made without a proxy around them.
#pragma once

#include <memory>
#include <string>

#include "proxy/session/tls_session.h"

namespace saproxy::bench {

inline constexpr const char* kPskIdentity = "ae1@sp.example.com";
inline constexpr std::uint8_t kPskKey[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

// A file of that folder; ends the program when there is none.
[[nodiscard]] std::string text_of(const std::string& folder, const std::string& file);

class ServerSide final : public proxy::CredentialJudge {
 public:
  // `pki`: a folder that deploy/demo-pki made, for sessions with certificates; empty: pre-shared key.
  explicit ServerSide(const std::string& pki);
  [[nodiscard]] std::unique_ptr<proxy::TlsSession> new_session();

  KeyAnswer find_key(const identity::PskIdentity& identity) override;
  identity::ProfileVerdict judge(const identity::Certificate& leaf,
                                 std::span<const identity::Certificate> issuers) override;
  std::vector<identity::ProfileViolation> judge_key(const identity::RawPublicKey& key) override;
  bool trusts(const identity::RawPublicKey& key) override;
  std::optional<proxy::HandshakeFailure> admit(const identity::Credential& credential) override;

 private:
  identity::Secret key_{kPskKey};
  identity::LocalEntity local_;
  std::shared_ptr<const proxy::ContextSet> contexts_;
};

}  // namespace saproxy::bench
