#include "proxy/http_stage.h"

#include <algorithm>
#include <utility>

#include "identity/bytes.h"

namespace saproxy::proxy {
namespace {

constexpr std::size_t kUpstreamHighWater = std::size_t{256} << 10;
constexpr std::size_t kTurnBytes = std::size_t{64} << 10;

http::ParseLimits limits_of(const policy::ListenerSettings& listener) {
  return {listener.limits.max_header_bytes, listener.limits.max_headers, listener.limits.max_body};
}

// Would other rules have let it through?
bool asks_for_rules(policy::Reason reason) {
  return reason == policy::Reason::NoAppRule || reason == policy::Reason::ProfileMissing;
}

}  // namespace

HttpStage::~HttpStage() {
  leave_attempt();
  leave_targets();
}

HttpStage::HttpStage(HttpStageHost& host, WorkerServices& services)
    : host_(host), services_(services), parser_(limits_of(host.listener())), exchange_(*this) {
  host_.set_phase_deadline(services_.after(host_.listener().limits.idle_timeout));
}

void HttpStage::feed(std::span<const std::uint8_t> plain) {
  if (phase_ == Phase::Over) return;
  // From the first byte on, not from the last: a head that drips must not live for ever.
  if (phase_ == Phase::Idle && request_deadline_ == kNever && !(plain.empty() && held_.empty())) request_begins();
  processing_ = true;
  if (!held_.empty()) {
    held_.insert(held_.end(), plain.begin(), plain.end());
    plain = {};
    process_held();
  } else {
    while (step(plain)) {
    }
    held_.assign(plain.begin(), plain.end());
  }
  processing_ = false;
  flush_request();
  flush_answer();
  if (held_.empty()) release_idle_memory();
}

// An idle association keeps nothing that its next request can get again.
void HttpStage::release_idle_memory() {
  if (held_.capacity() > 0) std::vector<std::uint8_t>().swap(held_);  // "= {}" would keep the memory
  if (phase_ == Phase::Idle) parser_.rest();
}

void HttpStage::request_begins() {
  const policy::Limits& limits = host_.listener().limits;
  request_deadline_ = services_.after(limits.request_timeout);
  host_.set_phase_deadline(std::min(request_deadline_, services_.after(limits.header_timeout)));
}

// Progress moves the deadline of a body, up to the one of the whole request.
void HttpStage::body_progress() {
  host_.set_phase_deadline(std::min(request_deadline_, services_.after(host_.listener().limits.body_timeout)));
}

void HttpStage::process_held() {
  const std::vector<std::uint8_t> bytes = std::exchange(held_, {});
  std::span<const std::uint8_t> rest = bytes;
  while (step(rest)) {
  }
  held_.assign(rest.begin(), rest.end());
}

// One parser event. False: nothing more can be done with these bytes now.
bool HttpStage::step(std::span<const std::uint8_t>& plain) {
  if (blocked() || phase_ == Phase::Over) return false;
  const http::Event event = parser_.feed(plain);
  plain = plain.subspan(event.consumed);
  switch (event.kind) {
    case http::Event::Kind::NeedMore: return false;
    case http::Event::Kind::Head: on_head(); break;
    case http::Event::Kind::Body: on_body(event.body); break;
    case http::Event::Kind::End: on_request_end(); break;
    case http::Event::Kind::Error: on_malformed(event.error); break;
  }
  return true;
}

void HttpStage::on_head() {
  const http::RequestHead& head = parser_.head();
  request_started_ = monotonic_microseconds();
  ++requests_;
  phase_ = Phase::Body;
  if (request_deadline_ == kNever) request_begins();
  discard_body_ = head_answered_ = answer_done_ = upstream_full_ = body_invited_ = false;
  close_after_ = draining_ || !head.keep_alive;
  body_progress();
  auto mapped = http::to_primitive(head, scratch_);
  if (const auto* error = std::get_if<http::MappingError>(&mapped)) {
    services_.counters.unmappable[static_cast<std::size_t>(*error)].add();
    primitive_ = {};
    const http::Field* request_id = head.find("X-M2M-RI");
    return refuse({http::code_of(*error), std::nullopt, http::sentence(*error),
                   request_id == nullptr ? std::nullopt : std::optional(request_id->value), std::nullopt,
                   http::answer_serialisation(head), false, head.method_text == "HEAD"});
  }
  primitive_ = std::get<policy::Primitive>(mapped);
  operation_ = primitive_.operation;
  if (!within_cse_limits()) return;
  collecting_ = Collecting::ForCse;
  root_.reset();
  const std::optional<policy::Forward> permission = judge();
  if (!permission) return;
  if (changes_registration()) return begin_collecting(Collecting::ForRegistry);
  if (may_write_targets()) return begin_targets(*permission);
  forward(*permission);
}

bool HttpStage::within_cse_limits() {
  const http::RequestHead& head = parser_.head();
  const policy::CseSettings& cse = host_.snapshot().config().cse;
  const bool body_too_large = head.content_length.value_or(0) + head.storage.size() > cse.max_request;
  if (!body_too_large && !http::oversized(head, cse)) return true;
  refuse_oversized(body_too_large ? 413 : 431);
  return false;
}

policy::Decision HttpStage::decide() {
  const policy::IdentifierSet* cses = services_.registered_cses(host_.association());
  if (host_.learn(true)) identity_changed();
  policy::Decision decision =
      host_.snapshot().gate().judge(&host_.association(), primitive_, unix_milliseconds(), cses);
  // Before somebody is refused: it may have registered a moment ago, on another connection.
  if (!std::holds_alternative<policy::Refuse>(decision) || !host_.learn(false)) return decision;
  identity_changed();
  return host_.snapshot().gate().judge(&host_.association(), primitive_, unix_milliseconds(), cses);
}

std::optional<policy::Forward> HttpStage::judge() {
  const policy::Decision decision = decide();
  if (const auto* permission = std::get_if<policy::Forward>(&decision)) return *permission;
  if (const auto* no = std::get_if<policy::Refuse>(&decision)) {
    if (asks_for_rules(no->reason)) services_.rule_demand.raise();
    refuse(no->reason, no->code);
    return std::nullopt;
  }
  if (primitive_.content == nullptr) {
    begin_collecting(Collecting::ForRegistry);  // only content is ever needed without it
  } else {
    wait_for_rules();
  }
  return std::nullopt;
}

void HttpStage::forward(const policy::Forward& permission) {
  const http::RequestHead& head = parser_.head();
  if (collects()) return begin_collecting(Collecting::ForCse);
  invite_body();
  http::BodyFraming framing;
  if (head.chunked) {
    framing.kind = http::BodyFraming::Kind::Chunked;
  } else if (head.has_body()) {
    framing = {http::BodyFraming::Kind::Length, *head.content_length};
  }
  start_exchange(permission, framing);
}

void HttpStage::start_exchange(const policy::Forward& permission, http::BodyFraming framing) {
  const policy::Config& config = host_.snapshot().config();
  const bool repeatable = operation_ == policy::Operation::Retrieve && framing.kind == http::BodyFraming::Kind::None;
  if (const std::optional<UpstreamFailure> failure = services_.upstream.start(permission, exchange_, repeatable))
    return refuse_failure(*failure);
  request_framing_ = framing;
  if (!request_out_) request_out_ = services_.buffers.borrow();
  http::write_request_head(*request_out_, parser_.head(), permission, config.cse, config.headers, identity_lines(),
                           framing);
}

void HttpStage::on_body(std::span<const std::uint8_t> body) {
  body_progress();
  if (discard_body_) return;
  if (collected_) return collect(body);
  if (targets_ && targets_->awaits_beginning) return look_at_beginning(body);
  append_request_body(body);
}

void HttpStage::append_request_body(std::span<const std::uint8_t> body) {
  if (!exchange_.active()) return;  // answered early: the rest of the body has no use
  if (root_ && !root_->feed(identity::as_text(body))) return second_resource();
  if (!request_out_) request_out_ = services_.buffers.borrow();
  if (request_framing_.kind == http::BodyFraming::Kind::Chunked) {
    http::write_chunk(*request_out_, body);
  } else {
    request_out_->insert(request_out_->end(), body.begin(), body.end());
  }
  if (request_out_->size() >= kTurnBytes) flush_request();
  upstream_full_ = exchange_.backlog() > kUpstreamHighWater;
}

// It comes while the first is on its way to the CSE.
void HttpStage::second_resource() {
  if (!head_answered_) return refuse_content({identity::ErrorCode::BadSyntax, "the content is more than one resource"});
  exchange_.abandon();
  phase_ = Phase::Over;
  host_.break_off(EndReason::BadRequest);
}

void HttpStage::on_request_end() {
  if (targets_ && targets_->awaits_beginning && !discard_body_) {
    phase_ = Phase::Answer;
    settle_beginning(policy::TopResource::Subscription);  // a content that is not whole; the reader says so
    if (!collected_) return;                              // refused, and answered
  }
  if (discard_body_ || answer_done_) return answered();
  if (collected_) return forward_collected();
  if (exchange_.active()) {
    if (request_framing_.kind == http::BodyFraming::Kind::Chunked) {
      if (!request_out_) request_out_ = services_.buffers.borrow();
      http::write_last_chunk(*request_out_);
    }
    flush_request();
    exchange_.finish_request();
  }
  phase_ = Phase::Answer;
  host_.set_phase_deadline(services_.after(host_.snapshot().config().cse.response_timeout));
}

void HttpStage::flush_request() {
  if (!request_out_) return;
  const BufferPool::Borrowed bytes = std::move(request_out_);
  if (exchange_.active()) exchange_.send(*bytes);
}

void HttpStage::on_malformed(http::ParseError error) {
  services_.counters.malformed[static_cast<std::size_t>(error)].add();
  exchange_.abandon();
  close_after_ = true;
  if (head_answered_) {
    phase_ = Phase::Over;
    return host_.break_off(EndReason::BadRequest);
  }
  http::write_refusal(answer(), {policy::ResponseCode::BadRequest, http::http_status_of(error), http::sentence(error),
                                 std::nullopt, std::nullopt, policy::Serialisation::Json, true, false});
  head_answered_ = true;
  flush_answer();
  if (phase_ == Phase::Over) return;
  phase_ = Phase::Over;
  host_.finish(EndReason::BadRequest);
}

void HttpStage::input_ended() {
  input_ended_ = true;
  const bool more_to_answer = phase_ == Phase::Answer || (client_full_ && !held_.empty());
  if (!more_to_answer) host_.finish(EndReason::PeerClosed);
}

void HttpStage::abandon() {
  phase_ = Phase::Over;
  forget_translation();
  exchange_.abandon();
  leave_attempt();
  leave_targets();
  waits_for_rules_ = false;
  request_out_.reset();
  collected_.reset();
}

void HttpStage::drain() {
  draining_ = true;
  close_after_ = true;
}

void HttpStage::deadline_passed() {
  switch (phase_) {
    case Phase::Idle:
      if (client_full_) return host_.break_off(EndReason::Timeout);
      if (idle()) return host_.finish(draining_ ? EndReason::Drained : EndReason::Idle);
      return host_.break_off(EndReason::Timeout);  // a head that takes too long
    case Phase::Body: return host_.break_off(EndReason::Timeout);
    case Phase::Answer:
      if (waits_for_rules_) return refuse_waiting();
      if (targets_ && targets_->wish.generation != 0) return on_targets_recorded(TargetsOutcome::Failed);
      if (head_answered_ || !exchange_.active()) {
        leave_attempt();
        return host_.break_off(EndReason::Timeout);
      }
      exchange_.abandon();
      services_.upstream.count(UpstreamFailure::Timeout);
      return on_response_failed(UpstreamFailure::Timeout);
    case Phase::Over: return;
  }
}

}  // namespace saproxy::proxy
