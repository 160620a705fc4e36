// A peer and the status of its certificate: the first verdict decides about the handshake, later ones about the
// association. Design invariants 1 and 7.
#include <algorithm>

#include "proxy/peer.h"

namespace saproxy::proxy {
namespace {

HandshakeFailure failure_of(policy::OcspVerdict verdict) {
  switch (verdict) {
    case policy::OcspVerdict::Revoked: return HandshakeFailure::CertificateRevoked;
    case policy::OcspVerdict::Busy: return HandshakeFailure::Overload;
    default: return HandshakeFailure::RevocationUnknown;
  }
}

std::string text_of(const KnownVerdict& known, std::string_view credential_id) {
  std::string text = "OCSP: " + std::string(policy::to_text(known.verdict));
  if (!known.detail.empty()) text += ": " + known.detail;
  return text + "; " + std::string(credential_id);
}

}  // namespace

policy::OcspSettings::Mode Peer::ocsp_mode() const { return keeper_.live()->snapshot->config().ocsp.mode; }

bool Peer::ask_status(const TlsSession::StatusSubject& subject) {
  return services_.ocsp.ask(
      ref_, {identity::Bytes(subject.certificate.begin(), subject.certificate.end()),
             identity::Bytes(subject.issuer.begin(), subject.issuer.end()), association().credential_id.text()});
}

// The session is complete but for the verdict. Nothing is read from the client meanwhile: what it sends waits in the
// kernel. The deadline of the handshake goes on.
void Peer::await_status() {
  if (awaits_status_) return;
  const auto subject = session_.status_subject();
  if (!subject || !binder_.association())
    return fail_handshake(HandshakeFailure::Internal, "nothing to ask OCSP about");
  if (const auto known = services_.ocsp.find(subject->certificate, subject->issuer, services_.now())) {
    services_.counters.ocsp_known.add();
    return settle_handshake(*known);
  }
  pause_reading();
  leave_handshake();
  awaits_status_ = true;
  services_.counters.ocsp_waiting.add();
  if (!ask_status(*subject)) fail_handshake(HandshakeFailure::Internal, "nobody to ask OCSP");
}

void Peer::on_status(const KnownVerdict& known) {
  if (gone_ || closing_) return;
  if (stage_) {
    status_asked_ = false;
    return settle_association(known);
  }
  if (!awaits_status_) return;
  resume_reading();
  if (!gone_) settle_handshake(known);
}

void Peer::settle_handshake(const KnownVerdict& known) {
  std::optional<HandshakeFailure> refusal;
  std::string detail;
  if (!policy::accepts(ocsp_mode(), known.verdict)) {
    refusal = failure_of(known.verdict);
    detail = text_of(known, association().credential_id.text());
  } else if (known.verdict != policy::OcspVerdict::Good) {
    services_.counters.ocsp_unchecked.add();
  }
  {
    const BufferPool::Borrowed cipher = services_.buffers.borrow();
    session_.status_arrived(refusal, std::move(detail), *cipher);
    if (!flush(*cipher)) return;
  }
  if (!refusal) look_at_status_at(known);
  advance();
  if (!gone_ && session_.has_unread()) session_.hold();
}

void Peer::settle_association(const KnownVerdict& known) {
  if (!policy::accepts(ocsp_mode(), known.verdict)) {
    services_.counters.ocsp_ended.add();
    const std::string& credential_id = association().credential_id.text();
    services_.log.certificate_status(
        {listener().name, address_, association().id, credential_id, policy::to_text(known.verdict), known.detail});
    return finish(EndReason::Rejudged);
  }
  look_at_status_at(known);
  set_phase_deadline(phase_deadline_);
}

// Who was let in without an answer does not ask more often than those that had one.
void Peer::look_at_status_at(const KnownVerdict& known) {
  const policy::OcspSettings& settings = keeper_.live()->snapshot->config().ocsp;
  const LoopTime spacing = policy::is_answer(known.verdict) ? 0 : static_cast<LoopTime>(settings.min_age.count());
  status_look_ = std::max(known.ask_at, services_.now() + spacing);
}

// Others may have asked about the same certificate meanwhile.
void Peer::look_at_status() {
  status_look_ = kNever;
  if (!stage_ || closing_ || status_asked_ || ocsp_mode() == policy::OcspSettings::Mode::Off) return;
  const auto subject = session_.status_subject();
  if (!subject) return;
  const auto known = services_.ocsp.find(subject->certificate, subject->issuer, services_.now());
  if (known && services_.now() < known->ask_at) return settle_association(*known);
  status_asked_ = ask_status(*subject);
}

}  // namespace saproxy::proxy
