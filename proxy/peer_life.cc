// How a peer ends: deadlines, failed handshakes, judging again, drain.
#include <algorithm>
#include <utility>

#include "proxy/peer.h"

namespace saproxy::proxy {
namespace {

// How long we read on after our last byte, so that the peer sees it before a reset could overtake it.
constexpr LoopTime kLinger = 1000;
// An idle keep-alive connection gets this long at drain: a request may be on its way.
constexpr LoopTime kDrainIdle = 1000;

std::string identities_text(const identity::Association& association) {
  if (const identity::CseId* cse = association.cse_id()) return cse->sp_relative();
  std::string text;
  association.known_stems().any_pattern([&text](const identity::Pattern& pattern) {
    const bool long_enough = text.size() > 200;
    if (!text.empty()) text += ',';
    text += long_enough ? "..." : pattern.text();
    return long_enough;
  });
  return text;
}

}  // namespace

void Peer::set_phase_deadline(LoopTime deadline) {
  phase_deadline_ = deadline;
  const LoopTime wanted = next_event();
  if (wanted < next_look_) next_look_ = services_.wheel.schedule(ref_, wanted);
}

LoopTime Peer::next_event() const { return std::min({phase_deadline_, lifetime_end_, status_look_}); }

// A handshake that waits for OCSP is none any more that could be pushed out for its silence.
void Peer::leave_handshake() {
  if (std::exchange(awaits_status_, false)) return services_.counters.ocsp_waiting.subtract();
  services_.counters.handshakes_pending.subtract();
  keeper_.handshake_over();
}

void Peer::look_at_deadline(LoopTime time) {
  if (time != next_look_ || gone_) return;  // a stale entry: the look was moved
  next_look_ = kNever;
  const LoopTime now = services_.now();
  if (now >= status_look_) look_at_status();
  if (gone_) return;
  if (now < next_event()) {
    if (next_look_ == kNever) next_look_ = services_.wheel.schedule(ref_, next_event());
    return;
  }
  if (closing_) return stop(EndReason::PeerClosed);
  if (!stage_) return drop_handshake(HandshakeFailure::Timeout);
  if (now >= lifetime_end_) return finish(EndReason::Lifetime);
  stage_->deadline_passed();
  // Whoever handled it has set another deadline, or ended.
  if (!gone_ && next_look_ == kNever) next_look_ = services_.wheel.schedule(ref_, next_event());
}

void Peer::on_handshake_failed() {
  const HandshakeFailure failure = session_.failure().value_or(HandshakeFailure::Internal);
  std::string detail = session_.failure_detail();
  if (failure == HandshakeFailure::NoIdentity && binder_.no_identity()) {
    detail = identity::to_text(*binder_.no_identity());
    // A rule may have come for it since they were fetched.
    if (binder_.no_identity() == identity::NoIdentity::Unknown) services_.rule_demand.raise();
  }
  services_.counters.handshakes_failed[static_cast<std::size_t>(failure)].add();
  services_.log.handshake_failed({listener().name, address_, to_text(failure), detail, session_.facts().server_name});
  leave_handshake();
  end(EndReason::BadRequest);
}

void Peer::fail_handshake(HandshakeFailure failure, std::string_view detail) {
  services_.counters.handshakes_failed[static_cast<std::size_t>(failure)].add();
  services_.log.handshake_failed({listener().name, address_, to_text(failure), detail, session_.facts().server_name});
  leave_handshake();
  closing_ = true;
  stop(EndReason::Broken);
}

void Peer::drop_handshake(HandshakeFailure failure) { fail_handshake(failure, ""); }

void Peer::finish(EndReason reason) {
  if (gone_ || closing_) return;
  // Nothing that still waits may be forwarded: the association may be what has ended.
  if (stage_) stage_->abandon();
  {
    const BufferPool::Borrowed cipher = services_.buffers.borrow();
    session_.close(*cipher);
    if (!flush(*cipher)) return;
  }
  end(reason);
}

// Our side is over: what is queued goes out, then the end of the stream; the peer gets a moment to read it.
void Peer::end(EndReason reason) {
  closing_ = true;
  closing_for_ = reason;
  services_.counters.ended[static_cast<std::size_t>(reason)].add();
  auto* request = new uv_shutdown_t;
  const int status = uv_shutdown(request, stream(), [](uv_shutdown_t* done, int) { delete done; });
  if (status != 0) {
    delete request;
    return stop(reason);
  }
  resume_reading();
  set_phase_deadline(services_.now() + kLinger);
}

void Peer::stop(EndReason reason) {
  if (gone_) return;
  gone_ = true;
  if (!closing_) {
    services_.counters.ended[static_cast<std::size_t>(reason)].add();
    if (!stage_) leave_handshake();
  }
  if (stage_) {
    services_.counters.associations_open.subtract();
    services_.log.association_end({association().id, to_text(closing_ ? closing_for_ : reason), bytes_in_, bytes_out_,
                                   stage_->requests(),
                                   static_cast<double>(monotonic_microseconds() - accepted_at_) / 1e6});
  }
  services_.counters.connections_open.subtract();
  tcp_.reset();
  if (stage_) stage_->abandon();  // it may be on the stack: it dies with this peer, after the turn
  keeper_.retire(ref_);
}

void Peer::judge_again() {
  if (gone_ || closing_ || !stage_) return;
  const std::shared_ptr<const Live>& live = keeper_.live();
  const LiveListener* listener = live->find(binder_.listener().name);
  const policy::Rejudged verdict = binder_.judge_again(
      *session_.credential(), live->snapshot, listener == nullptr ? nullptr : listener->settings, unix_seconds());
  services_.counters.rejudged.add();
  // The binder judges by the new snapshot now; the session knows the chain that anchors and CRLs are about.
  const bool refused =
      verdict == policy::Rejudged::Ended || session_.judge_again(*listener->contexts, binder_).has_value();
  if (refused) return finish(EndReason::Rejudged);
  if (verdict == policy::Rejudged::Changed) services_.counters.narrowed.add();
  const std::int64_t left = association().expires - unix_seconds();
  lifetime_end_ = services_.now() + static_cast<LoopTime>(std::max<std::int64_t>(left, 0)) * 1000;
  // Other settings, another issuer: its status is looked at anew, right after this.
  status_look_ = session_.status_subject() ? services_.now() : kNever;
  set_phase_deadline(phase_deadline_);
  stage_->judged_again();
}

void Peer::drain() {
  if (gone_ || closing_ || !stage_) return;
  stage_->drain();
  if (stage_->idle()) set_phase_deadline(std::min(phase_deadline_, services_.now() + kDrainIdle));
}

void Peer::log_association() {
  const identity::Association& made = association();
  const SessionFacts& facts = session_.facts();
  const std::string identities = identities_text(made);
  AssociationLine line;
  line.listener = listener().name;
  line.peer = address_;
  line.association = made.id;
  line.credential_id = made.credential_id.text();
  line.saef = identity::to_text(made.saef);
  line.entity = identity::to_text(made.kind);
  line.identities = identities;
  line.source = identity::to_text(made.source);
  line.version = facts.version;
  line.suite = facts.suite;
  line.server_name = facts.server_name;
  services_.log.association(line);
}

}  // namespace saproxy::proxy
