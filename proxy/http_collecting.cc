// The part of HttpStage for bodies that are collected whole: because this CSE wants its requests in one write, or
// because the registry, or the translation of notification targets, looks into them.
#include <algorithm>
#include <utility>

#include "proxy/http_stage.h"

namespace saproxy::proxy {

bool HttpStage::collects() const {
  const http::RequestHead& head = parser_.head();
  return head.has_body() && host_.snapshot().config().cse.whole_requests;
}

// Room for all of it is set aside here, and nowhere else can it be refused for want of some.
void HttpStage::begin_collecting(Collecting why) {
  const http::RequestHead& head = parser_.head();
  const policy::Config& config = host_.snapshot().config();
  const std::size_t whole = why == Collecting::ForCse
                                ? config.cse.max_request
                                : std::min<std::size_t>(config.cse.max_request, kLargestLookedInto);
  const std::size_t most = whole - std::min(whole, head.storage.size());
  const std::uint64_t declared = head.content_length.value_or(0);
  if (declared > most) return refuse_oversized(413);
  const std::size_t size = head.chunked ? most : static_cast<std::size_t>(declared);
  if (!collected_.begin(services_.buffers, services_.collecting, size, config.server.max_collected))
    return refuse_crowded();
  collecting_ = why;
  invite_body();
}

// Once for each request.
void HttpStage::invite_body() {
  const http::RequestHead& head = parser_.head();
  if (std::exchange(body_invited_, true) || !head.expects_continue || !head.has_body() || head.minor_version < 1)
    return;
  http::write_continue(answer());
}

void HttpStage::collect(std::span<const std::uint8_t> body) {
  if (!collected_.append(body)) refuse_oversized(413);
}

void HttpStage::refuse_oversized(std::uint16_t status) {
  services_.counters.oversized.add();
  refuse(policy::ResponseCode::BadRequest, "request is larger than this CSE takes", status);
}

void HttpStage::refuse_crowded() {
  services_.counters.crowded.add();
  refuse(policy::ResponseCode::TargetNotReachable, "too many requests at the same time", 503);
}

// The whole body is here. The request is judged once more, as it stands now: the association may have been narrowed
// meanwhile.
void HttpStage::forward_collected() {
  phase_ = Phase::Answer;
  host_.set_phase_deadline(services_.after(host_.snapshot().config().cse.response_timeout));
  if (collecting_ == Collecting::ForRegistry) return register_collected();
  if (collected_targets()) return forward_with_targets();
  const CollectedBody body = std::move(collected_);
  send_whole(body.bytes());
}

void HttpStage::send_whole(std::span<const std::uint8_t> body) {
  const std::optional<policy::Forward> permission = judge();
  if (!permission) return;
  start_exchange(*permission, {http::BodyFraming::Kind::Length, body.size()});
  if (!exchange_.active()) return;
  request_out_->insert(request_out_->end(), body.begin(), body.end());
  flush_request();
  exchange_.finish_request();
}

}  // namespace saproxy::proxy
