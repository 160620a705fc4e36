#include "proxy/admin/connection.h"

#include <utility>

#include "proxy/admin/server.h"

namespace saproxy::proxy {
namespace {

constexpr http::ParseLimits kLimits{4096, 64, 1024};

}  // namespace

AdminConnection::AdminConnection(AdminHost& host) : host_(host), parser_(kLimits) {}

uv_stream_t* AdminConnection::stream() const {
  return tcp_ ? reinterpret_cast<uv_stream_t*>(tcp_.get()) : reinterpret_cast<uv_stream_t*>(pipe_.get());
}

bool AdminConnection::accept(uv_loop_t* loop, uv_stream_t* listener, SlotRef ref) {
  ref_ = ref;
  auto* owner = static_cast<StreamOwner*>(this);
  const int opened = listener->type == UV_TCP
                         ? tcp_.open(owner, [loop](uv_tcp_t* tcp) { return uv_tcp_init(loop, tcp); })
                         : pipe_.open(owner, [loop](uv_pipe_t* pipe) { return uv_pipe_init(loop, pipe, 0); });
  if (opened != 0 || uv_accept(listener, stream()) != 0) return false;
  if (timer_.open(this, [loop](uv_timer_t* timer) { return uv_timer_init(loop, timer); }) != 0) return false;
  restart_timer();
  return uv_read_start(stream(), &on_alloc, &on_read) == 0;
}

void AdminConnection::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
  *buffer = uv_buf_init(nullptr, 0);  // libuv then reports ENOBUFS, which nobody is left to hear
  if (auto* owner = owner_of<StreamOwner>(handle)) {
    auto* self = static_cast<AdminConnection*>(owner);
    *buffer = uv_buf_init(self->input_.data(), static_cast<unsigned>(self->input_.size()));
  }
}

void AdminConnection::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept {
  auto* owner = owner_of<StreamOwner>(stream);
  if (owner == nullptr || size == 0) return;
  auto* self = static_cast<AdminConnection*>(owner);
  if (size < 0) return self->stop();
  self->on_bytes({reinterpret_cast<const std::uint8_t*>(buffer->base), static_cast<std::size_t>(size)});
}

void AdminConnection::on_timeout(uv_timer_t* timer) noexcept {
  auto* self = owner_of<AdminConnection>(timer);
  if (self == nullptr) return;
  return self->waiting_ ? self->told(503, "the egress does not answer\n") : self->stop();
}

void AdminConnection::on_bytes(std::span<const std::uint8_t> bytes) {
  while (!gone_ && !ending_ && !waiting_) {
    const http::Event event = parser_.feed(bytes);
    bytes = bytes.subspan(event.consumed);
    switch (event.kind) {
      case http::Event::Kind::NeedMore: return;
      case http::Event::Kind::Head:
      case http::Event::Kind::Body: break;  // no request here has a content that matters
      case http::Event::Kind::End:
        if (!answer_request()) return;
        break;
      case http::Event::Kind::Error: send(refuse_malformed(http::http_status_of(event.error))); break;
    }
  }
}

// False: shutdown was called, which may have destroyed the server and this with it.
bool AdminConnection::answer_request() {
  AdminAnswer answer = route(parser_.head(), host_.callbacks());
  // A client that sends on without reading what it gets is not served further: answers do not pile up.
  if (uv_stream_get_write_queue_size(stream()) > 0) {
    stop();
    return true;
  }
  if (answer.asks_egress) {
    wait_for_egress(*answer.asks_egress);
    return true;
  }
  if (answer.shutdown) answer.close = true;
  send(answer);
  if (!answer.shutdown) return true;
  const auto shutdown = host_.callbacks().shutdown;
  shutdown();
  return false;
}

void AdminConnection::wait_for_egress(const std::string& entity_id) {
  waiting_ = true;
  restart_timer();
  const std::string why_not = host_.callbacks().ask_egress(ref_, entity_id);
  if (!why_not.empty()) told(404, why_not + "\n");
}

void AdminConnection::told(std::uint16_t status, std::string lines) {
  if (gone_ || !std::exchange(waiting_, false)) return;
  send(answer_later(status, std::move(lines)));
}

void AdminConnection::send(const AdminAnswer& answer) {
  const std::string out = serialise(answer);
  if (write_stream(stream(), {reinterpret_cast<const std::uint8_t*>(out.data()), out.size()}) != 0) return stop();
  restart_timer();
  if (answer.close) end_output();
}

// What the client may still send is read and dropped, so that no reset overtakes the answer; the timer bounds it.
void AdminConnection::end_output() {
  ending_ = true;
  auto* request = new uv_shutdown_t;
  if (uv_shutdown(request, stream(), [](uv_shutdown_t* done, int) { delete done; }) == 0) return;
  delete request;
  stop();
}

void AdminConnection::restart_timer() {
  uv_timer_start(timer_.get(), &on_timeout, static_cast<std::uint64_t>(host_.timeout().count()), 0);
}

void AdminConnection::on_drained() noexcept {}

void AdminConnection::on_write_failed(int) noexcept { stop(); }

void AdminConnection::stop() {
  if (gone_) return;
  gone_ = true;
  timer_.reset();
  tcp_.reset();
  pipe_.reset();
  host_.retire(ref_);
}

}  // namespace saproxy::proxy
