#include "proxy/admin/cse_probe.h"

#include <fmt/format.h>

#include <utility>

namespace saproxy::proxy {
namespace {

constexpr http::ParseLimits kLimits{16384, 100, 1u << 20};

}  // namespace

std::string health_request(const policy::CseSettings& cse) {
  const std::string host = cse.address.http_host();
  return fmt::format(
      "GET / HTTP/1.1\r\nHost: {}\r\nX-M2M-Origin: Csaproxy-health\r\nX-M2M-RI: saproxy-health\r\nX-M2M-RVI: {}\r\n"
      "Accept: application/json\r\nConnection: close\r\n\r\n",
      host, cse.release_version);
}

CseProbe::CseProbe(uv_loop_t* loop, const policy::CseSettings& cse, Done done)
    : cse_(cse), done_(std::move(done)), parser_(kLimits), room_(loop), link_(room_, *this) {
  parser_.expect(false);
}

int CseProbe::begin() {
  const auto init = [this](uv_timer_t* timer) { return uv_timer_init(room_.loop, timer); };
  if (const int status = timer_.open(this, init); status != 0) return status;
  start_timer(cse_.connect_timeout);
  const auto address = link_address(cse_.address);
  return address ? link_.connect(*address, nullptr) : UV_EINVAL;
}

void CseProbe::start_timer(policy::Milliseconds limit) {
  uv_timer_start(timer_.get(), &on_timeout, static_cast<std::uint64_t>(limit.count()), 0);
}

void CseProbe::on_link_up() {
  if (!cse_.health_request) return finish({true, ""});
  // The answer may take as long as any other.
  start_timer(cse_.response_timeout);
  const std::string request = health_request(cse_);
  link_.write({reinterpret_cast<const std::uint8_t*>(request.data()), request.size()});
}

void CseProbe::on_link_bytes(std::span<const std::uint8_t> bytes) {
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

void CseProbe::on_link_down(const LinkEnd& end) {
  down(end.kind == LinkEnd::Kind::Closed ? "it closed the connection without an answer" : end.detail);
}

void CseProbe::on_timeout(uv_timer_t* timer) noexcept {
  if (auto* self = owner_of<CseProbe>(timer)) self->down("it does not answer in time");
}

void CseProbe::down(std::string reason) { finish({false, std::move(reason)}); }

void CseProbe::finish(const CseCondition& condition) {
  link_.close();
  timer_.reset();
  const Done done = std::move(done_);
  done(condition);
}

}  // namespace saproxy::proxy
