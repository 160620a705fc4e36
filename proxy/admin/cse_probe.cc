#include "proxy/admin/cse_probe.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace saproxy::proxy {
namespace {

constexpr http::ParseLimits kLimits{16384, 100, 1u << 20};

int to_address(const policy::Endpoint& endpoint, sockaddr_storage& address) {
  const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
  if (uv_ip4_addr(host.c_str(), endpoint.port, reinterpret_cast<sockaddr_in*>(&address)) == 0) return 0;
  return uv_ip6_addr(host.c_str(), endpoint.port, reinterpret_cast<sockaddr_in6*>(&address));
}

}  // namespace

std::string health_request(const policy::CseSettings& cse) {
  const std::string host = cse.address.is_unix() ? "localhost" : cse.address.text();
  return fmt::format(
      "GET / HTTP/1.1\r\nHost: {}\r\nX-M2M-Origin: Csaproxy-health\r\nX-M2M-RI: saproxy-health\r\nX-M2M-RVI: {}\r\n"
      "Accept: application/json\r\nConnection: close\r\n\r\n",
      host, cse.release_version);
}

CseProbe::CseProbe(const policy::CseSettings& cse, Done done) : cse_(cse), done_(std::move(done)), parser_(kLimits) {
  parser_.expect(false);
}

uv_stream_t* CseProbe::stream() const {
  return tcp_ ? reinterpret_cast<uv_stream_t*>(tcp_.get()) : reinterpret_cast<uv_stream_t*>(pipe_.get());
}

int CseProbe::begin(uv_loop_t* loop) {
  if (const int status = timer_.open(this, [loop](uv_timer_t* timer) { return uv_timer_init(loop, timer); });
      status != 0)
    return status;
  uv_timer_start(timer_.get(), &on_timeout, static_cast<std::uint64_t>(cse_.connect_timeout.count()), 0);
  return connect(loop);
}

int CseProbe::connect(uv_loop_t* loop) {
  auto* owner = static_cast<StreamOwner*>(this);
  auto request = std::make_unique<uv_connect_t>();
  if (cse_.address.is_unix()) {
    const int opened = pipe_.open(owner, [loop](uv_pipe_t* pipe) { return uv_pipe_init(loop, pipe, 0); });
    if (opened != 0) return opened;
    uv_pipe_connect(request.release(), pipe_.get(), cse_.address.unix_path.c_str(),
                    &on_connected);  // reports through the callback alone
    return 0;
  }
  sockaddr_storage address{};
  if (const int status = to_address(cse_.address, address); status != 0) return status;
  if (const int opened = tcp_.open(owner, [loop](uv_tcp_t* tcp) { return uv_tcp_init(loop, tcp); }); opened != 0)
    return opened;
  const int status =
      uv_tcp_connect(request.get(), tcp_.get(), reinterpret_cast<const sockaddr*>(&address), &on_connected);
  if (status == 0) static_cast<void>(request.release());
  return status;
}

void CseProbe::on_connected(uv_connect_t* request, int status) noexcept {
  const std::unique_ptr<uv_connect_t> done(request);
  if (auto* owner = owner_of<StreamOwner>(request->handle)) static_cast<CseProbe*>(owner)->connected(status);
}

void CseProbe::connected(int status) {
  if (status != 0) return down(uv_strerror(status));
  if (!cse_.health_request) return finish({true, ""});
  const std::string request = health_request(cse_);
  // The answer may take as long as any other.
  uv_timer_start(timer_.get(), &on_timeout, static_cast<std::uint64_t>(cse_.response_timeout.count()), 0);
  int result = uv_read_start(stream(), &on_alloc, &on_read);
  if (result == 0)
    result = write_stream(stream(), {reinterpret_cast<const std::uint8_t*>(request.data()), request.size()});
  if (result != 0) down(uv_strerror(result));
}

void CseProbe::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
  *buffer = uv_buf_init(nullptr, 0);
  if (auto* owner = owner_of<StreamOwner>(handle)) {
    auto* self = static_cast<CseProbe*>(owner);
    *buffer = uv_buf_init(self->input_.data(), static_cast<unsigned>(self->input_.size()));
  }
}

void CseProbe::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept {
  auto* owner = owner_of<StreamOwner>(stream);
  if (owner == nullptr || size == 0) return;
  auto* self = static_cast<CseProbe*>(owner);
  if (size == UV_EOF) return self->down("it closed the connection without an answer");
  if (size < 0) return self->down(uv_strerror(static_cast<int>(size)));
  self->received({reinterpret_cast<const std::uint8_t*>(buffer->base), static_cast<std::size_t>(size)});
}

void CseProbe::received(std::span<const std::uint8_t> bytes) {
  const http::Event event = parser_.feed(bytes);
  switch (event.kind) {
    case http::Event::Kind::NeedMore: return;
    case http::Event::Kind::Head:
    case http::Event::Kind::Body:
    case http::Event::Kind::End: return finish({true, ""});
    case http::Event::Kind::Error:
      return down("what it answers is no HTTP: " + std::string(http::sentence(event.error)));
  }
}

void CseProbe::on_write_failed(int status) noexcept { down(uv_strerror(status)); }

void CseProbe::on_timeout(uv_timer_t* timer) noexcept {
  if (auto* self = owner_of<CseProbe>(timer)) self->down("it does not answer in time");
}

void CseProbe::down(std::string reason) { finish({false, std::move(reason)}); }

void CseProbe::finish(const CseCondition& condition) {
  tcp_.reset();
  pipe_.reset();
  timer_.reset();
  const Done done = std::move(done_);
  done(condition);
}

}  // namespace saproxy::proxy
