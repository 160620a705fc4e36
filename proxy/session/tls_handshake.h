// TlsHandshake: all that a session needs until it is established, and throws away then.
//   bytes ▸ ClientHello ▸ context ▸ watch ▸ wolfSSL ▸ credential ▸ admitted
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "identity/digest.h"
#include "proxy/session/handshake_watch.h"
#include "proxy/session/peer_certificate.h"
#include "proxy/session/tls_session.h"
#include "proxy/session/wire.h"
#include "proxy/session/wolfssl_library.h"

namespace saproxy::proxy {

class TlsHandshake {
 public:
  enum class Progress : std::uint8_t { AwaitHello, AwaitKey, Running, AwaitStatus, Done, Failed };
  // Most bytes that are held while AwaitStatus: one read, and another.
  static constexpr std::size_t kMaxAwaiting = std::size_t{256} << 10;
  // Bytes kept while parked in AwaitKey: a client has nothing more to say before it has heard from us.
  static constexpr std::size_t kMaxParked = 8192;

  // All must outlive the handshake.
  TlsHandshake(const ContextSet& contexts, CredentialJudge& judge, Wire& wire);
  ~TlsHandshake();
  TlsHandshake(const TlsHandshake&) = delete;
  TlsHandshake& operator=(const TlsHandshake&) = delete;

  // Takes all of `bytes`; what comes behind the end of the handshake is left in the wire.
  Progress receive(std::span<const std::uint8_t> bytes, CipherOutput& out);
  // AwaitKey only.
  Progress key_arrived(const identity::Secret* key, CipherOutput& out);

  // AwaitStatus only: the certificate stands, or why it is refused.
  Progress status_arrived(std::optional<HandshakeFailure> refusal, std::string detail, CipherOutput& out);

  [[nodiscard]] Progress progress() const { return progress_; }
  // Failed:
  [[nodiscard]] HandshakeFailure failure() const { return failure_; }
  [[nodiscard]] const std::string& detail() const { return detail_; }
  // AwaitStatus:
  [[nodiscard]] const PeerChain& peer_chain() const { return verification_.chain(); }
  // Done:
  [[nodiscard]] OwnedSsl take_ssl();
  [[nodiscard]] const identity::Credential& credential() const { return *credential_; }
  [[nodiscard]] SessionFacts facts() const;
  [[nodiscard]] PeerChain take_peer_chain() { return verification_.take_chain(); }

  // What answer_psk() asks: the key for the identity that wolfSSL found. 0 = none.
  [[nodiscard]] std::size_t give_key(std::string_view identity, std::span<std::uint8_t> key) noexcept;

 private:
  using Bytes = std::vector<std::uint8_t>;
  enum class Found : std::uint8_t { Now, Later };

  void read_hello(std::span<const std::uint8_t> bytes, CipherOutput& out);
  void begin(CipherOutput& out);
  void advance(std::span<const std::uint8_t> bytes, CipherOutput& out);
  void push(std::span<const std::uint8_t> approved, CipherOutput& out);
  void finish(std::size_t mark, CipherOutput& out);
  void await_status(std::size_t mark, CipherOutput& out);
  void park(std::span<const std::uint8_t> rest, std::size_t watched);
  Found look_up(std::span<const std::uint8_t> identity);
  void fail(HandshakeFailure failure, std::string detail, std::size_t mark, CipherOutput& out,
            std::optional<Alert> alert = {});
  void end(HandshakeFailure failure, std::string detail);
  void fail_by_library(int error, std::size_t mark, CipherOutput& out);
  [[nodiscard]] bool is_tls13() const;

  const ContextSet& contexts_;
  CredentialJudge& judge_;
  Wire& wire_;
  Progress progress_ = Progress::AwaitHello;
  // AwaitHello: all so far; AwaitKey: what wolfSSL has not seen yet; AwaitStatus: what the peer has not seen yet
  Bytes kept_;
  std::size_t kept_watched_ = 0;  // AwaitKey: how much of it the watch has passed
  std::size_t record_at_ = 0;     // AwaitHello: where the record under way begins
  std::size_t retry_at_ = 0;      // AwaitHello: how many bytes must be there before another look is worth it
  bool encrypted_ = false;        // the watch has seen all it can
  ClientHello hello_;
  std::optional<ContextChoice> choice_;
  std::optional<HandshakeWatch> watch_;
  PeerVerification verification_;
  std::optional<VerifyContext> verify_context_;
  OwnedSsl ssl_;
  Bytes psk_wire_identity_;
  std::optional<identity::PskIdentity> psk_identity_;  // well-formed; whether we know it is another matter
  identity::Secret psk_;                               // a decoy unless known
  bool psk_known_ = false;
  bool psk_given_ = false;
  std::optional<identity::Credential> credential_;
  HandshakeFailure failure_ = HandshakeFailure::Internal;
  std::string detail_;
};

// The PSK callback of wolfSSL; its context is the TlsHandshake.
unsigned int answer_psk(WOLFSSL* ssl, const char* identity, unsigned char* key, unsigned int size) noexcept;

}  // namespace saproxy::proxy
