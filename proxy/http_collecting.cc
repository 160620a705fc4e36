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

// Room for all of it is set aside here, and nowhere else can it be refused for want of some.
void HttpStage::begin_collecting(bool for_registry) {
  const http::RequestHead& head = parser_.head();
  const policy::Config& config = host_.snapshot().config();
  const std::size_t whole =
      for_registry ? std::min<std::size_t>(config.cse.max_request, kLargestRegistration) : config.cse.max_request;
  const std::size_t most = whole - std::min(whole, head.storage.size());
  const std::uint64_t declared = head.content_length.value_or(0);
  if (declared > most) return refuse_oversized(413);
  const std::size_t size = head.chunked ? most : static_cast<std::size_t>(declared);
  if (!collected_.begin(services_.buffers, services_.collecting, size, config.server.max_collected))
    return refuse_crowded();
  const bool has_body = head.chunked || declared > 0;
  if (head.expects_continue && has_body && head.minor_version >= 1) http::write_continue(answer());
  for_registry_ = for_registry;
}

void HttpStage::collect(std::span<const std::uint8_t> body) {
  if (!collected_.append(body)) refuse_oversized(413);
}

void HttpStage::refuse_oversized(std::uint16_t status) {
  services_.counters.oversized.add();
  refuse({policy::ResponseCode::BadRequest, status, "request is larger than this CSE takes", primitive_.request_id,
          primitive_.release_version, http::answer_serialisation(parser_.head()), false, false});
}

void HttpStage::refuse_crowded() {
  services_.counters.crowded.add();
  refuse({policy::ResponseCode::TargetNotReachable, std::uint16_t{503}, "too many requests at the same time",
          primitive_.request_id, primitive_.release_version, http::answer_serialisation(parser_.head()), false, false});
}

// The whole body is here. The request is judged once more, as it stands now: the association may have been narrowed
// meanwhile.
void HttpStage::forward_collected() {
  phase_ = Phase::Answer;
  host_.set_phase_deadline(services_.after(host_.snapshot().config().cse.response_timeout));
  if (for_registry_) return register_collected();
  const CollectedBody body = std::move(collected_);
  const std::optional<policy::Forward> permission = judge();
  if (!permission) return;
  start_exchange(*permission, {http::BodyFraming::Kind::Length, body.bytes().size()});
  if (!exchange_.active()) return;
  request_out_->insert(request_out_->end(), body.bytes().begin(), body.bytes().end());
  flush_request();
  exchange_.finish_request();
}

}  // namespace saproxy::proxy
