// TlsSession: one TLS connection as bytes in, bytes out. No socket, no clock, no thread.
//
//   ciphertext ─▶ ClientHello looked at ▸ context chosen ▸ handshake watched in clear ▸ wolfSSL ─▶ plaintext
//                        └ AwaitHello        └ AwaitKey (parked)     └ Handshaking   └ AwaitStatus   └ Established
//
// The session asks its CredentialJudge for PSK keys and for admission of what the handshake proved. SA2 uses the same
// class of thing with roles reversed; DTLS has its sibling. Spec: TS-0003 8.2.1, 10.2
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "identity/certificate_profile.h"
#include "identity/credential.h"
#include "identity/secret.h"
#include "proxy/session/context_set.h"
#include "proxy/session/handshake_failure.h"
#include "proxy/session/tls_records.h"

namespace saproxy::proxy {

// The two questions a handshake has. Implemented in association/; synchronous answers, except that a key may be Later.
class CredentialJudge {
 public:
  struct Later {};  // the session parks in AwaitKey until key_arrived()
  struct Unknown {};
  using KeyAnswer = std::variant<const identity::Secret*, Unknown, Later>;

  virtual ~CredentialJudge() = default;
  // The pre-shared key of an identity; valid until the next call into the judge. Unknown goes on with a random key, so
  // that the peer cannot tell it from a wrong key by alert or time.
  [[nodiscard]] virtual KeyAnswer find_key(const identity::PskIdentity& identity) = 0;
  // What the peer's certificate is worth; chain already verified by wolfSSL, nearest issuer first, trust anchor last.
  [[nodiscard]] virtual identity::ProfileVerdict judge(const identity::Certificate& leaf,
                                                       std::span<const identity::Certificate> issuers) = 0;
  // What a raw key violates of the profile, and whether it is one that the configuration trusts.
  [[nodiscard]] virtual std::vector<identity::ProfileViolation> judge_key(const identity::RawPublicKey& key) = 0;
  [[nodiscard]] virtual bool trusts(const identity::RawPublicKey& key) = 0;
  // Is there an identity for this credential? Asked in the handshake (before its end), so that a refusal is an alert.
  [[nodiscard]] virtual std::optional<HandshakeFailure> admit(const identity::Credential& credential) = 0;
};

// Facts of an established session, for logs, headers and metrics.
struct SessionFacts {
  SessionKind kind = SessionKind::Psk;
  std::string_view version;  // "TLSv1.2"; wolfSSL's own text
  std::string_view suite;    // IANA name; likewise
  std::string server_name;   // SNI
  bool extended_master_secret = false;
};

class TlsSession {
 public:
  enum class State : std::uint8_t { AwaitHello, AwaitKey, Handshaking, AwaitStatus, Established, Closed };

  // `contexts` is pinned for the life of the session; `judge` must outlive the session.
  TlsSession(std::shared_ptr<const ContextSet> contexts, CredentialJudge& judge);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Takes ciphertext. While the handshake runs it is processed at once; afterwards read() decrypts it. The span must
  // stay valid until read() returned NeedBytes or hold() was called.
  void receive(std::span<const std::uint8_t> ciphertext, CipherOutput& out);
  // AwaitKey only: the key that find_key said would come later; null = there is none.
  void key_arrived(const identity::Secret* key, CipherOutput& out);

  // AwaitStatus only, where sessions with a certificate stop when their contexts ask for its status: it stands, or why
  // it is refused. Nothing is read before.
  void status_arrived(std::optional<HandshakeFailure> refusal, std::string detail, CipherOutput& out);
  // What the status is asked of: views into the session. Nothing when nobody is to ask.
  struct StatusSubject {
    identity::ByteView certificate, issuer;
  };
  [[nodiscard]] std::optional<StatusSubject> status_subject() const;

  using ReadStatus = TlsRecords::ReadStatus;
  using ReadResult = TlsRecords::ReadResult;
  // Decrypts into `plain`, at most one record (16 KiB) at a time. Established only.
  [[nodiscard]] ReadResult read(std::span<std::uint8_t> plain, CipherOutput& out);
  // Copies what of the last ciphertext has not been read yet, because reading pauses (back-pressure); read() goes on
  // with it later.
  void hold();
  // True when read() could return data without new ciphertext.
  [[nodiscard]] bool has_unread() const;

  // Encrypts all of `plain` into `out`, in records filled to 16 KiB. False: the session is broken.
  [[nodiscard]] bool write(std::span<const std::uint8_t> plain, CipherOutput& out);
  // close_notify, if the state allows it.
  void close(CipherOutput& out);

  // By other anchors, CRLs and rules than those of the handshake: why the peer's certificate would be refused now.
  // Nothing for who has none: keys are judged by whoever keeps their list.
  [[nodiscard]] std::optional<HandshakeFailure> judge_again(const ContextSet& contexts, CredentialJudge& judge);

  [[nodiscard]] State state() const;
  [[nodiscard]] std::optional<HandshakeFailure> failure() const;  // set when Closed before Established
  [[nodiscard]] const std::string& failure_detail()
      const;  // for the log: profile violations, wolfSSL error name; never secret
  [[nodiscard]] const std::optional<identity::Credential>& credential() const;  // set once proven (Established)
  [[nodiscard]] const SessionFacts& facts() const;
  // DER of the peer's X.509 certificate, or empty.
  [[nodiscard]] identity::ByteView peer_certificate() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace saproxy::proxy
