// The answering half of HttpStage: refusals of our own, and the CSE's answer on its way to the client.
#include <algorithm>
#include <utility>

#include "policy/reason.h"
#include "proxy/http_stage.h"

namespace saproxy::proxy {
namespace {

constexpr std::size_t kUpstreamLowWater = std::size_t{64} << 10;
constexpr std::size_t kClientHighWater = std::size_t{256} << 10;
constexpr std::size_t kClientLowWater = std::size_t{64} << 10;
constexpr std::size_t kTurnBytes = std::size_t{64} << 10;
// A refused body up to this size is read and dropped, so that the connection can live on; a larger one costs the
// connection.
constexpr std::uint64_t kDroppedBody = std::uint64_t{64} << 10;

// TS-0009 maps 5103 to HTTP 404. A failing CSE is not a missing resource to anything that speaks HTTP only, so the
// status says 5xx and the response status code says 5103.
std::uint16_t status_of(UpstreamFailure failure) {
  switch (failure) {
    case UpstreamFailure::ConnectFailed:
    case UpstreamFailure::ConnectTimeout:
    case UpstreamFailure::Overloaded: return 503;
    case UpstreamFailure::ClosedEarly:
    case UpstreamFailure::BadAnswer: return 502;
    case UpstreamFailure::Timeout: return 504;
  }
  return 503;
}

}  // namespace

http::Output& HttpStage::answer() {
  if (!answer_out_) answer_out_ = services_.buffers.borrow();
  return *answer_out_;
}

const std::string& HttpStage::identity_lines() {
  if (identity_lines_.empty())
    identity_lines_ = http::identity_header_lines(host_.snapshot().config().headers, host_.association(),
                                                  host_.peer_address(), host_.peer_certificate());
  return identity_lines_;
}

void HttpStage::refuse(policy::Reason reason, policy::ResponseCode code) {
  count_refusal(reason, code);
  refuse(code, policy::info(reason).text);
}

void HttpStage::refuse(policy::ResponseCode code, std::string_view text, std::optional<std::uint16_t> status) {
  refuse({code, status, text, primitive_.request_id, primitive_.release_version,
          http::answer_serialisation(parser_.head()), false, false});
}

void HttpStage::count_refusal(policy::Reason reason, policy::ResponseCode code) {
  services_.counters.refused[static_cast<std::size_t>(reason)].add();
  const identity::Association& association = host_.association();
  RefusalLine line;
  line.listener = host_.listener().name;
  line.peer = host_.peer_address();
  line.association = association.id;
  line.credential_id = association.credential_id.text();
  line.operation = policy::to_text(operation_);
  line.to = primitive_.to;
  line.originator = primitive_.from.value_or(std::string_view());
  line.reason = policy::info(reason).word;
  line.clause = policy::info(reason).clause;
  line.response_code = static_cast<unsigned>(code);
  services_.log.refused(line);
}

// Our own answer instead of the CSE's. The rest of the request is dropped, or the connection ends when that would take
// too long.
void HttpStage::refuse(const http::RefusalText& text) {
  const http::RequestHead& head = parser_.head();
  const bool more_to_come = phase_ == Phase::Body && head.has_body();
  const bool too_much = head.chunked || head.expects_continue || head.content_length.value_or(0) > kDroppedBody;
  if (more_to_come && too_much) close_after_ = true;
  http::RefusalText full = text;
  full.close = close_after_;
  http::write_refusal(answer(), full);
  count_answer(static_cast<std::uint16_t>(text.code));
  head_answered_ = answer_done_ = discard_body_ = true;
  collected_.reset();
  request_out_.reset();
  exchange_.abandon();
  forget_translation();
  upstream_full_ = false;
  if (phase_ == Phase::Answer || (more_to_come && too_much)) answered();
}

void HttpStage::refuse_failure(UpstreamFailure failure) {
  const std::string_view text =
      failure == UpstreamFailure::Overloaded ? "the CSE is busy" : "the CSE cannot be reached";
  refuse(policy::ResponseCode::TargetNotReachable, text, status_of(failure));
}

void HttpStage::on_response_head(const http::ResponseHead& head) {
  const bool has_length = head.content_length.has_value();
  if (head.no_body) {
    answer_framing_ = {};
  } else if (has_length) {
    answer_framing_ = {http::BodyFraming::Kind::Length, *head.content_length};
  } else if (parser_.head().minor_version >= 1) {
    answer_framing_ = {http::BodyFraming::Kind::Chunked, 0};
  } else {
    answer_framing_ = {http::BodyFraming::Kind::UntilClose, 0};
    close_after_ = true;
  }
  if (begins_translated(head)) return;
  begin_answer(head);
}

void HttpStage::begin_answer(const http::ResponseHead& head) {
  head_answered_ = true;
  count_answer(head.response_code());
  http::write_response_head(answer(), head, answer_framing_, close_after_, host_.snapshot().config().headers);
  if (answer_deadline_ == kNever) answer_deadline_ = services_.after(host_.listener().limits.answer_timeout);
  answer_progress();
}

// Progress moves the deadline of an answer, up to the one of the whole answer: who reads one byte at a time must not
// hold a connection to the CSE.
void HttpStage::answer_progress() {
  const LoopTime next = services_.after(host_.listener().limits.body_timeout);
  host_.set_phase_deadline(std::min(answer_deadline_, next));
}

void HttpStage::on_response_body(std::span<const std::uint8_t> body) {
  answer_progress();
  if (held_head_ != nullptr) return hold_answer(body);
  if (translating_) return translate(body);
  write_answer_body(body);
}

void HttpStage::write_answer_body(std::span<const std::uint8_t> body) {
  if (answer_framing_.kind == http::BodyFraming::Kind::Chunked) {
    http::write_chunk(answer(), body);
  } else {
    answer().insert(answer().end(), body.begin(), body.end());
  }
  if (answer_out_->size() >= kTurnBytes) flush_answer();
}

void HttpStage::on_response_end() {
  if (translating_) end_translation();
  if (answer_framing_.kind == http::BodyFraming::Kind::Chunked) http::write_last_chunk(answer());
  answer_done_ = true;
  if (phase_ == Phase::Answer) return answered();
  // Answered before the request was complete: what is left of it has no use.
  discard_body_ = true;
  request_out_.reset();
  if (std::exchange(upstream_full_, false)) go_on();
}

void HttpStage::on_response_failed(UpstreamFailure failure) {
  forget_translation();
  if (phase_ == Phase::Over) return;
  if (head_answered_) {  // an answer that ends in the middle must not look complete
    phase_ = Phase::Over;
    return host_.break_off(EndReason::Broken);
  }
  refuse_failure(failure);
  if (!processing_) flush_answer();
}

void HttpStage::on_response_turn() { flush_answer(); }

void HttpStage::on_request_drained() {
  if (!upstream_full_ || exchange_.backlog() > kUpstreamLowWater) return;
  upstream_full_ = false;
  go_on();
}

void HttpStage::flush_answer() {
  if (!answer_out_) return;
  const BufferPool::Borrowed bytes = std::move(answer_out_);
  if (!host_.send(*bytes)) {
    phase_ = Phase::Over;
    exchange_.abandon();
    return;
  }
  if (host_.send_backlog() <= kClientHighWater) return;
  client_full_ = true;
  answer_progress();
  if (exchange_.active()) exchange_.pause();
}

void HttpStage::output_drained() {
  if (!client_full_) return;
  client_full_ = host_.send_backlog() >= kClientLowWater;
  if (!client_full_ && idle()) {
    host_.set_phase_deadline(services_.after(host_.listener().limits.idle_timeout));
  } else {
    answer_progress();
  }
  if (client_full_) return;
  if (exchange_.active()) exchange_.resume();
  go_on();
}

// Whatever held the client's bytes up is over.
void HttpStage::go_on() {
  if (processing_ || phase_ == Phase::Over) return;
  if (!held_.empty()) feed({});
  if (phase_ != Phase::Over && !blocked()) host_.input_wanted();
}

void HttpStage::answered() {
  services_.counters.request_duration.observe(monotonic_microseconds() - request_started_);
  next_request();
}

void HttpStage::count_answer(std::uint16_t response_code) {
  services_.counters.answers[static_cast<std::size_t>(operation_)][counted_code(response_code)].add();
}

void HttpStage::next_request() {
  phase_ = Phase::Idle;
  request_deadline_ = answer_deadline_ = kNever;
  head_answered_ = false;  // what is malformed from here on is not part of the request that was answered
  primitive_ = {};
  collected_.reset();
  leave_targets();
  if (close_after_ || (input_ended_ && held_.empty())) {
    flush_answer();
    if (phase_ == Phase::Over) return;
    phase_ = Phase::Over;
    return host_.finish(draining_ ? EndReason::Drained : EndReason::PeerClosed);
  }
  host_.set_phase_deadline(services_.after(host_.listener().limits.idle_timeout));
  if (processing_) return;  // feed() goes on by itself
  go_on();
  if (held_.empty()) release_idle_memory();
}

}  // namespace saproxy::proxy
