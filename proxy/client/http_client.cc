#include "proxy/client/http_client.h"

#include <memory>
#include <utility>

namespace saproxy::proxy {
namespace {

// The links to 100,000 rules fill some megabytes.
constexpr http::ParseLimits kLimits{.max_head_bytes = 16384, .max_headers = 100, .max_body = 32u << 20};

int to_address(const policy::Endpoint& endpoint, sockaddr_storage& address) {
  const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
  if (uv_ip4_addr(host.c_str(), endpoint.port, reinterpret_cast<sockaddr_in*>(&address)) == 0) return 0;
  return uv_ip6_addr(host.c_str(), endpoint.port, reinterpret_cast<sockaddr_in6*>(&address));
}

template <class H>
HttpClient* client_of(const H* handle) {
  return static_cast<HttpClient*>(owner_of<StreamOwner>(handle));
}

}  // namespace

HttpClient::HttpClient(uv_loop_t* loop, policy::Endpoint address, policy::Milliseconds timeout)
    : loop_(loop), address_(std::move(address)), timeout_(timeout), parser_(kLimits) {
  static_cast<void>(
      timer_.open(this, [loop](uv_timer_t* timer) { return uv_timer_init(loop, timer); }));  // never fails
}

uv_stream_t* HttpClient::stream() const {
  return tcp_ ? reinterpret_cast<uv_stream_t*>(tcp_.get()) : reinterpret_cast<uv_stream_t*>(pipe_.get());
}

void HttpClient::get(std::string request, Done done) {
  request_ = std::move(request);
  done_ = std::move(done);
  begun_ = false;
  reused_ = connected_;
  uv_update_time(loop_);
  uv_timer_start(timer_.get(), &on_timeout, static_cast<std::uint64_t>(timeout_.count()), 0);
  if (connected_) return send();
  if (const int status = connect(); status != 0) fail_later(uv_strerror(status));
}

int HttpClient::connect() {
  auto* owner = static_cast<StreamOwner*>(this);
  auto request = std::make_unique<uv_connect_t>();
  if (address_.is_unix()) {
    const int opened = pipe_.open(owner, [this](uv_pipe_t* pipe) { return uv_pipe_init(loop_, pipe, 0); });
    if (opened != 0) return opened;
    // Reports through the callback alone.
    uv_pipe_connect(request.release(), pipe_.get(), address_.unix_path.c_str(), &on_connected);
    return 0;
  }
  sockaddr_storage address{};
  if (const int status = to_address(address_, address); status != 0) return status;
  if (const int opened = tcp_.open(owner, [this](uv_tcp_t* tcp) { return uv_tcp_init(loop_, tcp); }); opened != 0)
    return opened;
  uv_tcp_nodelay(tcp_.get(), 1);
  const int status =
      uv_tcp_connect(request.get(), tcp_.get(), reinterpret_cast<const sockaddr*>(&address), &on_connected);
  if (status == 0) static_cast<void>(request.release());
  return status;
}

void HttpClient::on_connected(uv_connect_t* request, int status) noexcept {
  const std::unique_ptr<uv_connect_t> done(request);
  if (HttpClient* client = client_of(request->handle)) client->connected(status);
}

void HttpClient::connected(int status) {
  if (status == 0) status = uv_read_start(stream(), &on_alloc, &on_read);
  if (status != 0) return fail(identity::ErrorCode::Failed, uv_strerror(status));
  connected_ = true;
  send();
}

void HttpClient::send() {
  parser_.expect(false);
  body_.clear();
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(request_.data()), request_.size());
  const int status = write_stream(stream(), bytes);
  if (status == 0) return;
  if (reused_) return ended(status);
  fail_later(uv_strerror(status));
}

void HttpClient::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
  *buffer = uv_buf_init(nullptr, 0);
  if (HttpClient* client = client_of(handle))
    *buffer = uv_buf_init(client->input_.data(), static_cast<unsigned>(client->input_.size()));
}

void HttpClient::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept {
  HttpClient* client = client_of(stream);
  if (client == nullptr || size == 0) return;
  if (size < 0) return client->ended(static_cast<int>(size));
  client->received({reinterpret_cast<const std::uint8_t*>(buffer->base), static_cast<std::size_t>(size)});
}

void HttpClient::received(std::span<const std::uint8_t> bytes) {
  if (!done_) return disconnect();  // nothing was asked
  begun_ = true;
  while (true) {
    const http::Event event = parser_.feed(bytes);
    bytes = bytes.subspan(event.consumed);
    switch (event.kind) {
      case http::Event::Kind::NeedMore: return;
      case http::Event::Kind::Head: break;
      case http::Event::Kind::Body: body_.append(event.body.begin(), event.body.end()); break;
      case http::Event::Kind::End: return complete(parser_.head().keep_alive && bytes.empty());
      case http::Event::Kind::Error:
        return fail(identity::ErrorCode::BadSyntax,
                    "what it answers is no HTTP: " + std::string(http::sentence(event.error)));
    }
  }
}

void HttpClient::ended(int status) {
  if (!done_) return disconnect();
  if (begun_ && status == UV_EOF && parser_.finish().kind == http::Event::Kind::End) return complete(false);
  if (reused_ && !begun_) {
    // It had given the connection up when we asked. The deadline goes on.
    reused_ = false;
    disconnect();
    if (const int again = connect(); again != 0) fail_later(uv_strerror(again));
    return;
  }
  fail(identity::ErrorCode::Failed,
       status == UV_EOF ? "it closed the connection before its answer was complete" : uv_strerror(status));
}

// The last thing done here: whoever hears of it may destroy this.
void HttpClient::complete(bool keep) {
  if (!keep) disconnect();
  uv_timer_stop(timer_.get());
  const Done done = std::exchange(done_, nullptr);
  const std::string body = std::exchange(body_, {});
  done(ClientAnswer{parser_.head(), body});
}

void HttpClient::on_write_failed(int status) noexcept {
  if (done_ && (!reused_ || begun_)) fail(identity::ErrorCode::Failed, uv_strerror(status));
}

void HttpClient::on_timeout(uv_timer_t* timer) noexcept {
  auto* client = owner_of<HttpClient>(timer);
  if (client == nullptr || !client->done_) return;
  client->fail(identity::ErrorCode::Failed,
               client->failure_.empty() ? "no answer in time" : std::exchange(client->failure_, {}));
}

void HttpClient::fail_later(std::string reason) {
  failure_ = std::move(reason);
  uv_timer_start(timer_.get(), &on_timeout, 0, 0);
}

void HttpClient::fail(identity::ErrorCode code, std::string reason) {
  disconnect();
  uv_timer_stop(timer_.get());
  const Done done = std::exchange(done_, nullptr);
  done(identity::fail(code, std::move(reason)));
}

void HttpClient::disconnect() {
  connected_ = false;
  tcp_.reset();
  pipe_.reset();
}

}  // namespace saproxy::proxy
