#include "proxy/client/http_client.h"

#include <algorithm>
#include <utility>

namespace saproxy::proxy {

HttpClient::HttpClient(LinkRoom& room, LinkAddress address, ClientLimits limits, MakeTls tls)
    : room_(room),
      address_(std::move(address)),
      limits_(limits),
      make_tls_(std::move(tls)),
      parser_(limits.answer),
      link_(room, *this) {
  static_cast<void>(
      timer_.open(this, [&room](uv_timer_t* timer) { return uv_timer_init(room.loop, timer); }));  // never fails
}

void HttpClient::ask(std::string request, policy::Milliseconds timeout, Done done) {
  request_ = std::move(request);
  done_ = std::move(done);
  begun_ = false;
  reused_ = link_.is_up();
  uv_update_time(room_.loop);
  deadline_ = uv_now(room_.loop) + static_cast<std::uint64_t>(timeout.count());
  if (reused_) return send();
  link_.close();  // of a request that was abandoned
  connect();
}

void HttpClient::connect() {
  std::unique_ptr<TlsClient> tls;
  if (make_tls_) {
    tls = make_tls_();
    if (!tls) return fail_later({ClientError::Kind::NotProven, "no credential", HandshakeFailure::NoIdentity});
  }
  arm(Phase::Connecting, limits_.connect);
  if (const int status = link_.connect(address_, std::move(tls)); status != 0)
    fail_later({ClientError::Kind::NotReached, uv_strerror(status), {}});
}

void HttpClient::arm(Phase phase, policy::Milliseconds most) {
  phase_ = phase;
  const std::uint64_t now = uv_now(room_.loop);
  const std::uint64_t left = deadline_ - std::min(deadline_, now);
  uv_timer_start(timer_.get(), &on_timeout, std::min(left, static_cast<std::uint64_t>(most.count())), 0);
}

void HttpClient::on_link_connected() { arm(Phase::Handshaking, limits_.handshake); }

void HttpClient::on_link_up() {
  if (when_up_) when_up_();
  send();
}

void HttpClient::send() {
  parser_.expect(false);
  body_.clear();
  arm(Phase::Answer, policy::Milliseconds::max());
  link_.write({reinterpret_cast<const std::uint8_t*>(request_.data()), request_.size()});
}

void HttpClient::on_link_bytes(std::span<const std::uint8_t> bytes) {
  if (!done_) return link_.close();  // nothing was asked
  begun_ = true;
  while (true) {
    const http::Event event = parser_.feed(bytes);
    bytes = bytes.subspan(event.consumed);
    switch (event.kind) {
      case http::Event::Kind::NeedMore: link_.acknowledge(); return;
      case http::Event::Kind::Head: break;
      case http::Event::Kind::Body: body_.append(event.body.begin(), event.body.end()); break;
      case http::Event::Kind::End: return complete(parser_.head().keep_alive && bytes.empty());
      case http::Event::Kind::Error:
        return fail({ClientError::Kind::BadAnswer,
                     "what it answers is no HTTP: " + std::string(http::sentence(event.error)),
                     {}});
    }
  }
}

void HttpClient::on_link_down(const LinkEnd& end) {
  if (!done_) return;
  switch (end.kind) {
    case LinkEnd::Kind::NotReached: return fail({ClientError::Kind::NotReached, end.detail, {}});
    case LinkEnd::Kind::NotProven: return fail({ClientError::Kind::NotProven, end.detail, end.handshake});
    case LinkEnd::Kind::Closed:
      if (begun_ && parser_.finish().kind == http::Event::Kind::End) return complete(false);
      break;
    case LinkEnd::Kind::Broken: break;
  }
  if (reused_ && !begun_ && request_.starts_with("GET ")) {
    // Perhaps it had given the connection up when we asked. The deadline goes on.
    reused_ = false;
    return connect();
  }
  fail({ClientError::Kind::NoAnswer, end.detail + " before its answer was complete", {}});
}

// The last thing done here: whoever hears of it may destroy this.
void HttpClient::complete(bool keep) {
  if (!keep) link_.close();
  uv_timer_stop(timer_.get());
  const Done done = std::exchange(done_, nullptr);
  const std::string body = std::exchange(body_, {});
  std::string().swap(request_);  // a connection that is kept keeps nothing else
  done(ClientAnswer{parser_.head(), body});
}

void HttpClient::on_timeout(uv_timer_t* timer) noexcept {
  auto* client = owner_of<HttpClient>(timer);
  if (client != nullptr && client->done_) client->timed_out();
}

void HttpClient::timed_out() {
  if (failure_) return fail(*std::exchange(failure_, std::nullopt));
  switch (phase_) {
    case Phase::Connecting: return fail({ClientError::Kind::NotReached, "no connection in time", {}});
    case Phase::Handshaking:
      return fail({ClientError::Kind::NotProven, "no handshake in time", HandshakeFailure::Timeout});
    case Phase::Answer: return fail({ClientError::Kind::Timeout, "no answer in time", {}});
  }
}

void HttpClient::fail_later(ClientError error) {
  failure_ = std::move(error);
  uv_timer_start(timer_.get(), &on_timeout, 0, 0);
}

void HttpClient::fail(const ClientError& error) {
  link_.close();
  uv_timer_stop(timer_.get());
  const Done done = std::exchange(done_, nullptr);
  const ClientError told = error;  // may be ours, and we may be gone
  std::string().swap(request_);
  std::string().swap(body_);
  done(tl::make_unexpected(told));
}

void HttpClient::abandon() {
  if (!done_) return;
  done_ = nullptr;
  failure_.reset();
  std::string().swap(request_);
  std::string().swap(body_);
  uv_timer_stop(timer_.get());
  link_.close();
}

}  // namespace saproxy::proxy
