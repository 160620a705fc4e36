#include "proxy/session/tls_session.h"

#include <algorithm>

#include "proxy/session/tls_handshake.h"

namespace saproxy::proxy {
namespace {

constexpr std::size_t kMaxPlainRecord = 16384;

}  // namespace

struct TlsSession::Parts {
  Parts(std::shared_ptr<const ContextSet> set, CredentialJudge& judge)
      : contexts(std::move(set)), handshake(std::make_unique<TlsHandshake>(*contexts, judge, wire)) {}

  std::shared_ptr<const ContextSet> contexts;
  State state = State::AwaitHello;
  std::optional<HandshakeFailure> failure;
  std::string detail;
  std::optional<identity::Credential> credential;
  SessionFacts facts;
  PeerChain peer_chain;  // or the raw key; Established
  Wire wire;
  OwnedSsl ssl;                             // Established only
  std::unique_ptr<TlsHandshake> handshake;  // until then

  void follow(TlsHandshake::Progress progress);
  void break_off();
};

// What the handshake came to, and the end of its memory.
void TlsSession::Parts::follow(TlsHandshake::Progress progress) {
  switch (progress) {
    case TlsHandshake::Progress::AwaitHello: state = State::AwaitHello; return;
    case TlsHandshake::Progress::AwaitKey: state = State::AwaitKey; return;
    case TlsHandshake::Progress::Running: state = State::Handshaking; return;
    case TlsHandshake::Progress::Done:
      state = State::Established;
      credential = handshake->credential();
      facts = handshake->facts();
      peer_chain = handshake->take_peer_chain();
      ssl = handshake->take_ssl();
      wolfSSL_set_psk_callback_ctx(ssl.get(), nullptr);
      wolfSSL_SetCertCbCtx(ssl.get(), nullptr);
      break;
    case TlsHandshake::Progress::Failed:
      state = State::Closed;
      failure = handshake->failure();
      detail = handshake->detail();
      break;
  }
  handshake.reset();
}

void TlsSession::Parts::break_off() {
  state = State::Closed;
  ssl.reset();
  wire = {};
}

TlsSession::TlsSession(std::shared_ptr<const ContextSet> contexts, CredentialJudge& judge)
    : parts_(std::make_unique<Parts>(std::move(contexts), judge)) {}
TlsSession::~TlsSession() = default;

void TlsSession::receive(std::span<const std::uint8_t> ciphertext, CipherOutput& out) {
  Parts& parts = *parts_;
  if (ciphertext.empty() || parts.state == State::Closed) return;
  if (parts.state != State::Established) return parts.follow(parts.handshake->receive(ciphertext, out));
  if (parts.wire.has_input()) parts.wire.hold();
  parts.wire.input = ciphertext;
}

void TlsSession::key_arrived(const identity::Secret* key, CipherOutput& out) {
  if (parts_->state == State::AwaitKey) parts_->follow(parts_->handshake->key_arrived(key, out));
}

TlsSession::ReadResult TlsSession::read(std::span<std::uint8_t> plain, CipherOutput& out) {
  Parts& parts = *parts_;
  if (parts.state != State::Established) return {ReadStatus::Failed, 0};
  if (plain.empty()) return {ReadStatus::NeedBytes, 0};
  parts.wire.output = &out;
  const int size =
      wolfSSL_read(parts.ssl.get(), plain.data(), static_cast<int>(std::min(plain.size(), kMaxPlainRecord)));
  parts.wire.output = nullptr;
  if (size > 0) return {ReadStatus::Data, static_cast<std::size_t>(size)};
  switch (wolfSSL_get_error(parts.ssl.get(), size)) {
    case WOLFSSL_ERROR_WANT_READ: return {ReadStatus::NeedBytes, 0};
    case WOLFSSL_ERROR_ZERO_RETURN: return {ReadStatus::PeerClosed, 0};
    default: parts.break_off(); return {ReadStatus::Failed, 0};
  }
}

void TlsSession::hold() { parts_->wire.hold(); }

bool TlsSession::has_unread() const {
  const Parts& parts = *parts_;
  return parts.state == State::Established && (parts.wire.has_input() || wolfSSL_pending(parts.ssl.get()) > 0);
}

bool TlsSession::write(std::span<const std::uint8_t> plain, CipherOutput& out) {
  Parts& parts = *parts_;
  if (parts.state != State::Established) return false;
  parts.wire.output = &out;
  while (!plain.empty()) {
    constexpr std::size_t kMaxAtOnce = std::size_t{1} << 30;
    const int size = wolfSSL_write(parts.ssl.get(), plain.data(), static_cast<int>(std::min(plain.size(), kMaxAtOnce)));
    if (size <= 0) {
      parts.break_off();
      return false;
    }
    plain = plain.subspan(static_cast<std::size_t>(size));
  }
  parts.wire.output = nullptr;
  return true;
}

void TlsSession::close(CipherOutput& out) {
  Parts& parts = *parts_;
  if (parts.state == State::Established) {
    parts.wire.output = &out;
    wolfSSL_shutdown(parts.ssl.get());
    parts.wire.output = nullptr;
  }
  parts.handshake.reset();
  parts.break_off();
}

// Spec: design invariant 7: a revoked certificate or a removed trust anchor ends what it allowed.
std::optional<HandshakeFailure> TlsSession::judge_again(const ContextSet& contexts, CredentialJudge& judge) const {
  const Parts& parts = *parts_;
  if (parts.facts.kind == SessionKind::Psk) return std::nullopt;
  if (parts.peer_chain.empty() || !parts.credential) return HandshakeFailure::Internal;
  const std::vector<identity::ByteView> presented = parts.peer_chain.views();
  PeerVerification verification(contexts.anchors(), contexts.revocation(), judge);
  if (!verification.check_again(parts.facts.kind, presented, contexts.anchors() == parts.contexts->anchors())) {
    return verification.failure().value_or(HandshakeFailure::Internal);
  }
  // Rules may have come to read another name in it.
  const auto& now = verification.credential();
  const bool same =
      now && identity::credential_id_of(*now).text() == identity::credential_id_of(*parts.credential).text();
  return same ? std::nullopt : std::optional(HandshakeFailure::NoIdentity);
}

TlsSession::State TlsSession::state() const { return parts_->state; }
std::optional<HandshakeFailure> TlsSession::failure() const { return parts_->failure; }
const std::string& TlsSession::failure_detail() const { return parts_->detail; }
const std::optional<identity::Credential>& TlsSession::credential() const { return parts_->credential; }
identity::ByteView TlsSession::peer_certificate() const {
  return parts_->facts.kind == SessionKind::Certificate ? parts_->peer_chain.own() : identity::ByteView();
}
const SessionFacts& TlsSession::facts() const { return parts_->facts; }

}  // namespace saproxy::proxy
