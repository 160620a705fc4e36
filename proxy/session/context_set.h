// ContextSet: one WOLFSSL_CTX for each way a listener can serve a session (PSK, X.509, raw public key; by SNI
// certificate), and the choice among them for a ClientHello. Built whole from configuration or not at all; immutable
// and shared by workers afterwards. Spec: TS-0003 10.2 (TLS profile: suites, versions)
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "identity/result.h"
#include "policy/config.h"
#include "proxy/session/client_hello.h"
#include "proxy/session/handshake_failure.h"
#include "proxy/session/session_kind.h"

struct WOLFSSL_CTX;

namespace saproxy::proxy {

class Revocation;
class TrustAnchors;

struct ContextChoice {
  WOLFSSL_CTX* ctx;
  SessionKind kind;
  bool tls13_possible;
  bool server_raw_key;  // we show our raw public key instead of a certificate
};

class ContextSet {
 public:
  // Loads keys, chains, trust anchors and CRLs; fails with what the operator must mend (key and certificate that do not
  // match, bad PEM, ...).
  [[nodiscard]] static identity::Result<std::shared_ptr<const ContextSet>> make(
      const policy::Config& config, const policy::ListenerSettings& listener);
  ~ContextSet();
  ContextSet(const ContextSet&) = delete;
  ContextSet& operator=(const ContextSet&) = delete;

  [[nodiscard]] std::variant<ContextChoice, HandshakeFailure> choose(const ClientHello& hello) const;
  // What certificates of peers are checked against.
  [[nodiscard]] const TrustAnchors& anchors() const;
  [[nodiscard]] const Revocation& revocation() const;
  // Sessions with a certificate wait for its status.
  [[nodiscard]] bool asks_for_status() const;

 private:
  struct Parts;
  explicit ContextSet(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Once per process, before any thread starts: wolfSSL_Init and the checks that the library has what saproxy needs.
[[nodiscard]] identity::Result<bool> initialise_wolfssl();

}  // namespace saproxy::proxy
