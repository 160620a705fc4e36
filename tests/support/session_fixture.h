// What tests of sessions share: a demonstration PKI made once for the process, a judge that says what a test wants,
// configuration around both, and a link that joins a TlsClient and a TlsSession.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "policy/config.h"
#include "proxy/session/tls_session.h"
#include "tests/support/tls_client.h"

namespace saproxy::tests {

class DemoPki {
 public:
  static const DemoPki& instance();
  ~DemoPki();
  DemoPki(const DemoPki&) = delete;
  DemoPki& operator=(const DemoPki&) = delete;
  [[nodiscard]] std::string text(const std::string& file) const;
  [[nodiscard]] Bytes der_of(const std::string& pem_file, const std::string& label) const;

 private:
  DemoPki();
  std::string folder_;
};

class FakeJudge : public proxy::CredentialJudge {
 public:
  KeyAnswer find_key(const identity::PskIdentity& identity) override;
  identity::ProfileVerdict judge(const identity::Certificate& leaf,
                                 std::span<const identity::Certificate> issuers) override;
  std::vector<identity::ProfileViolation> judge_key(const identity::RawPublicKey& key) override;
  bool trusts(const identity::RawPublicKey& key) override;
  std::optional<proxy::HandshakeFailure> admit(const identity::Credential& credential) override;

  std::map<std::string, identity::Secret> keys;
  bool keys_come_later = false;
  std::string asked_for;
  identity::ProfileSwitches switches;
  std::vector<identity::PublicKeyName> trusted;
  std::vector<identity::ProfileViolation> key_violations;
  std::optional<proxy::HandshakeFailure> refusal;
  std::size_t issuers_seen = 0;
  std::size_t admissions = 0;
  identity::PeerRole role = identity::PeerRole::Client;
};

// A configuration and listener that serve everything out of the demonstration PKI.
struct SessionSetup {
  SessionSetup();
  [[nodiscard]] std::shared_ptr<const proxy::ContextSet> contexts() const;
  policy::Config config;
  policy::ListenerSettings listener;
};

[[nodiscard]] ClientSettings psk_client(std::string suites = "PSK-AES128-CBC-SHA256");
[[nodiscard]] ClientSettings certificate_client(const std::string& name = "ae-c",
                                                std::string suites = "ECDHE-ECDSA-AES128-SHA256");
[[nodiscard]] ClientSettings raw_key_client(std::string suites = "ECDHE-ECDSA-AES128-SHA256");

// A judge that knows the PSK and the raw public key of the demonstration.
class SessionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  void SetUp() override;

  SessionSetup setup;
  FakeJudge judge;
};

// Gives a session bytes in pieces of at most `piece`, and reads nothing.
struct Link {
  Link(TlsClient& c, proxy::TlsSession& s) : client(c), server(s) {}
  // Until neither has anything to say. Returns true when both are established.
  bool shake_hands(std::size_t piece = SIZE_MAX);
  TlsClient& client;
  proxy::TlsSession& server;
  Bytes last_from_server;
  Bytes all_from_client;
};

// Reads all that a session has; the bytes it answers with go to `out`.
struct ReadAll {
  Bytes plain;
  proxy::TlsSession::ReadStatus status;
};
ReadAll read_all(proxy::TlsSession& session, proxy::CipherOutput& out);

}  // namespace saproxy::tests
