#include "proxy/session/tls_session.h"

#include "proxy/session/tls_handshake.h"

namespace saproxy::proxy {

struct TlsSession::Parts {
  Parts(std::shared_ptr<const ContextSet> set, CredentialJudge& judge)
      : contexts(std::move(set)), handshake(std::make_unique<TlsHandshake>(*contexts, judge, records.wire())) {}

  std::shared_ptr<const ContextSet> contexts;
  State state = State::AwaitHello;
  std::optional<HandshakeFailure> failure;
  std::string detail;
  std::optional<identity::Credential> credential;
  SessionFacts facts;
  PeerChain peer_chain;                     // or the raw key; Established
  TlsRecords records;                       // open once Established
  std::unique_ptr<TlsHandshake> handshake;  // until then

  void follow(TlsHandshake::Progress progress);
};

// What the handshake came to, and the end of its memory.
void TlsSession::Parts::follow(TlsHandshake::Progress progress) {
  switch (progress) {
    case TlsHandshake::Progress::AwaitHello: state = State::AwaitHello; return;
    case TlsHandshake::Progress::AwaitKey: state = State::AwaitKey; return;
    case TlsHandshake::Progress::Running: state = State::Handshaking; return;
    case TlsHandshake::Progress::AwaitStatus: state = State::AwaitStatus; return;
    case TlsHandshake::Progress::Done:
      state = State::Established;
      credential = handshake->credential();
      facts = handshake->facts();
      peer_chain = handshake->take_peer_chain();
      records.open(handshake->take_ssl());
      break;
    case TlsHandshake::Progress::Failed:
      state = State::Closed;
      failure = handshake->failure();
      detail = handshake->detail();
      break;
  }
  handshake.reset();
}

TlsSession::TlsSession(std::shared_ptr<const ContextSet> contexts, CredentialJudge& judge)
    : parts_(std::make_unique<Parts>(std::move(contexts), judge)) {}
TlsSession::~TlsSession() = default;

void TlsSession::receive(std::span<const std::uint8_t> ciphertext, CipherOutput& out) {
  Parts& parts = *parts_;
  if (ciphertext.empty() || parts.state == State::Closed) return;
  if (parts.state != State::Established) return parts.follow(parts.handshake->receive(ciphertext, out));
  parts.records.receive(ciphertext);
}

void TlsSession::key_arrived(const identity::Secret* key, CipherOutput& out) {
  if (parts_->state == State::AwaitKey) parts_->follow(parts_->handshake->key_arrived(key, out));
}

void TlsSession::status_arrived(std::optional<HandshakeFailure> refusal, std::string detail, CipherOutput& out) {
  if (parts_->state == State::AwaitStatus)
    parts_->follow(parts_->handshake->status_arrived(refusal, std::move(detail), out));
}

std::optional<TlsSession::StatusSubject> TlsSession::status_subject() const {
  const Parts& parts = *parts_;
  const bool awaits = parts.state == State::AwaitStatus;
  if (!awaits && parts.state != State::Established) return std::nullopt;
  const PeerChain& chain = awaits ? parts.handshake->peer_chain() : parts.peer_chain;
  if (chain.issuer().empty()) return std::nullopt;
  return StatusSubject{chain.own(), chain.issuer()};
}

TlsSession::ReadResult TlsSession::read(std::span<std::uint8_t> plain, CipherOutput& out) {
  const ReadResult result = parts_->records.read(plain, out);
  if (result.status == ReadStatus::Failed && parts_->state == State::Established) parts_->state = State::Closed;
  return result;
}

void TlsSession::hold() { parts_->records.hold(); }

bool TlsSession::has_unread() const { return parts_->records.has_unread(); }

bool TlsSession::write(std::span<const std::uint8_t> plain, CipherOutput& out) {
  const bool written = parts_->records.write(plain, out);
  if (!written && parts_->state == State::Established) parts_->state = State::Closed;
  return written;
}

void TlsSession::close(CipherOutput& out) {
  parts_->handshake.reset();
  parts_->records.close(out);
  parts_->state = State::Closed;
}

// Spec: design invariant 7: a revoked certificate or a removed trust anchor ends what it allowed.
std::optional<HandshakeFailure> TlsSession::judge_again(const ContextSet& contexts, CredentialJudge& judge) {
  Parts& parts = *parts_;
  if (parts.facts.kind == SessionKind::Psk) return std::nullopt;
  if (parts.peer_chain.empty() || !parts.credential) return HandshakeFailure::Internal;
  const std::vector<identity::ByteView> presented = parts.peer_chain.views();
  PeerVerification verification(contexts, judge);
  if (!verification.check_again(parts.facts.kind, presented, contexts.anchors() == parts.contexts->anchors())) {
    return verification.failure().value_or(HandshakeFailure::Internal);
  }
  if (const identity::ByteView issuer = verification.chain().issuer(); !issuer.empty())
    parts.peer_chain.set_issuer(issuer);
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
