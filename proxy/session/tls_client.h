// TlsClient: one TLS connection that we begin, as bytes in, bytes out: SA2 towards a registree, SA1 towards our
// registrar. The sibling of TlsSession with roles reversed.
//
//   start ─▶ ClientHello ▸ handshake ▸ who is the far end? (CredentialJudge) ─▶ Established, or Closed
//
// Nothing but the handshake is sent before the judge has admitted what the far end has proven.
// Spec: TS-0003 8.2.1, 10.2
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "proxy/session/client_contexts.h"
#include "proxy/session/peer_certificate.h"
#include "proxy/session/tls_records.h"
#include "proxy/session/tls_session.h"

namespace saproxy::proxy {

// What a ClientHello says of us and of whom we want.
struct ClientOffer {
  SessionKind kind = SessionKind::Psk;
  std::string psk_identity;  // Psk: well-formed; the judge knows its key
  std::string server_name;   // SNI; empty: none
};

class TlsClient {
 public:
  enum class State : std::uint8_t { Handshaking, Established, Closed };

  // `judge` must outlive the client; the contexts are pinned.
  TlsClient(std::shared_ptr<const ClientContexts> contexts, CredentialJudge& judge, ClientOffer offer);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // The first flight. Once.
  void start(CipherOutput& out);
  // As in TlsSession.
  void receive(std::span<const std::uint8_t> ciphertext, CipherOutput& out);
  [[nodiscard]] TlsRecords::ReadResult read(std::span<std::uint8_t> plain, CipherOutput& out);
  [[nodiscard]] bool write(std::span<const std::uint8_t> plain, CipherOutput& out);
  void close(CipherOutput& out);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::optional<HandshakeFailure> failure() const { return failure_; }  // Closed before Established
  [[nodiscard]] const std::string& failure_detail() const { return detail_; }         // for the log; never secret
  [[nodiscard]] std::string_view version() const { return version_; }                 // Established; wolfSSL's own text
  [[nodiscard]] std::string_view suite() const { return suite_; }                     // likewise
  // Established: the earliest end of validity in the far end's chain, in Unix seconds. None for keys.
  [[nodiscard]] std::optional<std::int64_t> not_after() const { return not_after_; }
  // By other anchors, lists and rules than those of the handshake: why the far end would be refused now.
  [[nodiscard]] std::optional<HandshakeFailure> judge_again(const ClientContexts& contexts,
                                                            CredentialJudge& judge) const;

  // What offer_psk() asks. 0: no key.
  [[nodiscard]] std::size_t give_key(std::span<char> identity, std::span<std::uint8_t> key) noexcept;

 private:
  void advance(CipherOutput& out);
  [[nodiscard]] std::optional<HandshakeFailure> find_key();
  void finish(CipherOutput& out);
  void fail(HandshakeFailure failure, std::string detail);
  void fail_by_library(int error);

  std::shared_ptr<const ClientContexts> contexts_;
  CredentialJudge& judge_;
  ClientOffer offer_;
  State state_ = State::Handshaking;
  TlsRecords records_;
  OwnedSsl ssl_;                                  // while Handshaking
  std::optional<PeerVerification> verification_;  // likewise
  std::optional<VerifyContext> verify_context_;   // likewise
  identity::Secret psk_;                          // likewise
  bool psk_given_ = false;
  std::optional<identity::Digest> key_fingerprint_;  // of a PSK; Established
  PeerChain peer_chain_;                             // of the others; likewise
  std::optional<std::int64_t> not_after_;
  std::optional<HandshakeFailure> failure_;
  std::string detail_;
  std::string_view version_, suite_;
};

// The PSK callback of wolfSSL; its context is the TlsClient.
unsigned int offer_psk(WOLFSSL* ssl, const char* hint, char* identity, unsigned int identity_size, unsigned char* key,
                       unsigned int key_size) noexcept;

}  // namespace saproxy::proxy
