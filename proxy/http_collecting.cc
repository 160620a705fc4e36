// The part of HttpStage for bodies that are collected whole: because this CSE wants its requests in one write, or
// because the registry looks into them.
#include <algorithm>
#include <utility>

#include "proxy/http_stage.h"

namespace saproxy::proxy {
namespace {

// <AE> and <remoteCSE> are small; nobody fills our memory with them.
constexpr std::size_t kLargestRegistration = std::size_t{64} << 10;

}  // namespace

bool HttpStage::collects() const {
  const http::RequestHead& head = parser_.head();
  const bool has_body = head.chunked || head.content_length.value_or(0) > 0;
  return has_body && host_.snapshot().config().cse.whole_requests;
}

void HttpStage::collect_for_registry() {
  const http::RequestHead& head = parser_.head();
  const bool has_body = head.chunked || head.content_length.value_or(0) > 0;
  if (head.expects_continue && has_body && head.minor_version >= 1) http::write_continue(answer());
  for_registry_ = true;
  collected_ = services_.buffers.borrow();
}

void HttpStage::collect(std::span<const std::uint8_t> body) {
  const std::size_t whole = host_.snapshot().config().cse.max_request;
  const std::size_t most = for_registry_ ? std::min(whole, kLargestRegistration) : whole;
  if (collected_->size() + body.size() + parser_.head().storage.size() > most) {
    services_.counters.oversized.add();
    return refuse({policy::ResponseCode::BadRequest, std::uint16_t{413}, "request is larger than this CSE takes",
                   primitive_.request_id, primitive_.release_version, http::answer_serialisation(parser_.head()), false,
                   false});
  }
  collected_->insert(collected_->end(), body.begin(), body.end());
}

// The whole body is here. The request is judged once more, as it stands now: the association may have been narrowed
// meanwhile.
void HttpStage::forward_collected() {
  phase_ = Phase::Answer;
  host_.set_phase_deadline(services_.after(host_.snapshot().config().cse.response_timeout));
  if (for_registry_) return register_collected();
  const BufferPool::Borrowed body = std::move(collected_);
  const std::optional<policy::Forward> permission = judge();
  if (!permission) return;
  start_exchange(*permission, {http::BodyFraming::Kind::Length, body->size()});
  if (!exchange_.active()) return;
  request_out_->insert(request_out_->end(), body->begin(), body->end());
  flush_request();
  exchange_.finish_request();
}

}  // namespace saproxy::proxy
