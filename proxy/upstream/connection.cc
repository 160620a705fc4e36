#include "proxy/upstream/connection.h"

#include <chrono>
#include <memory>

#include "proxy/loop/quick_ack.h"
#include "proxy/loop/socket_address.h"
#include "proxy/upstream/pool.h"

namespace saproxy::proxy {

struct UpstreamConnection::ConnectRequest {
  uv_connect_t request{};
};

namespace {

UpstreamConnection* connection_of(const uv_stream_t* stream) {
  return static_cast<UpstreamConnection*>(owner_of<StreamOwner>(stream));
}

}  // namespace

uv_stream_t* UpstreamConnection::stream() const {
  if (tcp_) return reinterpret_cast<uv_stream_t*>(tcp_.get());
  return reinterpret_cast<uv_stream_t*>(pipe_.get());
}

int UpstreamConnection::open(uv_loop_t* loop, const policy::Endpoint& address) {
  auto* self = static_cast<StreamOwner*>(this);
  if (address.is_unix()) return pipe_.open(self, [&](uv_pipe_t* pipe) { return uv_pipe_init(loop, pipe, 0); });
  return tcp_.open(self, [&](uv_tcp_t* tcp) { return uv_tcp_init(loop, tcp); });
}

int UpstreamConnection::connect(uv_loop_t* loop, const policy::Endpoint& address, LoopTime now) {
  since_ = now;
  if (const int status = open(loop, address); status != 0) return status;
  auto request = std::make_unique<ConnectRequest>();
  request->request.data = request.get();
  int status = 0;
  if (address.is_unix()) {
    uv_pipe_connect(&request->request, pipe_.get(), address.unix_path.c_str(), &on_connected);
  } else {
    uv_tcp_nodelay(tcp_.get(), 1);
    const auto ip = address.ip();
    if (!ip) return UV_EINVAL;
    const sockaddr_storage target = socket_address(*ip, address.port);
    status = uv_tcp_connect(&request->request, tcp_.get(), reinterpret_cast<const sockaddr*>(&target), &on_connected);
  }
  if (status == 0) static_cast<void>(request.release());
  return status;
}

void UpstreamConnection::on_connected(uv_connect_t* raw, int status) noexcept {
  const std::unique_ptr<ConnectRequest> request(static_cast<ConnectRequest*>(raw->data));
  if (auto* connection = connection_of(raw->handle)) connection->connected(status);
}

void UpstreamConnection::connected(int status) {
  if (state_ != State::Connecting) return;
  if (status != 0) return fail(UpstreamFailure::ConnectFailed);
  state_ = State::Busy;
  if (exchange_ == nullptr) return pool_.became_idle(*this);
  send_waiting();
}

void UpstreamConnection::attach(Exchange& exchange) {
  exchange_ = &exchange;
  exchange.connection_ = this;
  exchange.answer_begun_ = false;
  parser_.expect(false);
  if (state_ == State::Connecting) return;
  reused_ = true;
  state_ = State::Busy;
  since_ = uv_now(pool_.loop_);
  send_waiting();
}

void UpstreamConnection::send_waiting() {
  resume();
  if (state_ != State::Busy || exchange_ == nullptr) return;
  if (!exchange_->waiting_bytes_) return;
  if (write(*exchange_->waiting_bytes_) != 0) return;              // reported by the read side
  if (!exchange_->repeatable_) exchange_->waiting_bytes_.reset();  // what may have to be sent again stays
  exchange_->sink_.on_request_drained();
}

int UpstreamConnection::write(std::span<const std::uint8_t> bytes) {
  pool_.counters_.bytes_sent.add(bytes.size());
  return write_stream(stream(), bytes);
}

std::size_t UpstreamConnection::backlog() const {
  return stream() == nullptr ? 0 : uv_stream_get_write_queue_size(stream());
}

void UpstreamConnection::pause() {
  if (!reading_ || stream() == nullptr) return;
  reading_ = false;
  uv_read_stop(stream());
}

void UpstreamConnection::resume() {
  if (reading_ || stream() == nullptr || state_ == State::Connecting) return;
  reading_ = true;
  if (uv_read_start(stream(), &on_alloc, &on_read) != 0) fail(UpstreamFailure::ClosedEarly);
}

void UpstreamConnection::read_on() {
  if (exchange_ == nullptr || !exchange_->paused_) resume();
}

void UpstreamConnection::on_alloc(uv_handle_t* handle, std::size_t /*suggested*/, uv_buf_t* buffer) noexcept {
  auto* connection = connection_of(reinterpret_cast<uv_stream_t*>(handle));
  if (connection == nullptr) {
    *buffer = uv_buf_init(nullptr, 0);
    return;
  }
  const std::span<std::uint8_t> space = connection->pool_.read_buffer();
  *buffer = uv_buf_init(reinterpret_cast<char*>(space.data()), static_cast<unsigned>(space.size()));
}

void UpstreamConnection::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept {
  auto* connection = connection_of(stream);
  if (connection == nullptr || size == 0) return;
  if (size < 0) return connection->ended();
  connection->received({reinterpret_cast<const std::uint8_t*>(buffer->base), static_cast<std::size_t>(size)});
  if (!connection->reading_ || static_cast<std::size_t>(size) < buffer->len) return;
  // There is more, and libuv would go on with it.
  connection->pause();
  connection->pool_.full_readers_.push_back(connection->ref_);
}

void UpstreamConnection::received(std::span<const std::uint8_t> bytes) {
  pool_.counters_.bytes_received.add(bytes.size());
  if (exchange_ == nullptr) return pool_.retire(*this);  // an idle CSE has nothing to say
  ResponseSink& sink = exchange_->sink_;
  Exchange* const exchange = exchange_;
  const bool begins = !exchange->answer_begun_;
  while (exchange_ == exchange) {
    const http::Event event = parser_.feed(bytes);
    bytes = bytes.subspan(event.consumed);
    if (event.kind == http::Event::Kind::NeedMore) {
      // Once for an answer that comes in pieces, never for one that is whole.
      if (begins && tcp_) acknowledge_now(tcp_.get());
      break;
    }
    if (event.kind == http::Event::Kind::End) {
      complete(!bytes.empty());
      break;
    }
    if (!deliver(event)) return;
  }
  sink.on_response_turn();
}

bool UpstreamConnection::deliver(const http::Event& event) {
  switch (event.kind) {
    case http::Event::Kind::Head:
      exchange_->answer_begun_ = true;
      exchange_->waiting_bytes_.reset();
      exchange_->sink_.on_response_head(parser_.head());
      break;
    case http::Event::Kind::Body: exchange_->sink_.on_response_body(event.body); break;
    case http::Event::Kind::Error: fail(UpstreamFailure::BadAnswer); return false;
    case http::Event::Kind::NeedMore:
    case http::Event::Kind::End: break;
  }
  return exchange_ != nullptr;
}

// The answer is complete: the connection is kept only when both sides are at a message boundary for certain.
void UpstreamConnection::complete(bool surplus) {
  Exchange& exchange = *exchange_;
  const bool keep = pool_.cse().keep_alive && parser_.head().keep_alive && !surplus && exchange.request_complete_ &&
                    backlog() == 0 && move_ == pool_.moves_ && !pool_.closed_;
  exchange_ = nullptr;
  exchange.connection_ = nullptr;
  exchange.pool_ = nullptr;
  pool_.counters_.answers.add();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  pool_.counters_.last_answer_unix.set(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count()));
  ResponseSink& sink = exchange.sink_;
  if (keep) {
    state_ = State::Idle;
    since_ = uv_now(pool_.loop_);
    resume();  // an idle connection is read, so that its end is noticed
    if (state_ == State::Idle) pool_.became_idle(*this);
  } else {
    pool_.retire(*this);
  }
  sink.on_response_end();
}

void UpstreamConnection::ended() {
  if (exchange_ == nullptr) return pool_.retire(*this);
  const http::Event event = parser_.finish();
  if (event.kind != http::Event::Kind::End) return fail(UpstreamFailure::ClosedEarly);
  ResponseSink& sink = exchange_->sink_;
  complete(true);
  sink.on_response_turn();
}

void UpstreamConnection::fail(UpstreamFailure failure) {
  Exchange* const exchange = exchange_;
  exchange_ = nullptr;
  const bool repeatable = exchange != nullptr && reused_ && exchange->repeatable_ && !exchange->answer_begun_;
  pool_.retire(*this);
  if (exchange == nullptr) return;
  exchange->connection_ = nullptr;
  if (repeatable && pool_.repeat(*exchange)) return;
  pool_.count(failure);
  exchange->pool_ = nullptr;
  exchange->waiting_bytes_.reset();
  exchange->sink_.on_response_failed(failure);
}

void UpstreamConnection::stop() {
  state_ = State::Gone;
  reading_ = false;
  tcp_.reset();
  pipe_.reset();
}

void UpstreamConnection::on_drained() noexcept {
  if (exchange_ != nullptr) exchange_->sink_.on_request_drained();
}

void UpstreamConnection::on_write_failed(int /*status*/) noexcept {
  // The read side reports the end, after an answer that may have come before it; a stream that is not read cannot.
  if (!reading_) fail(UpstreamFailure::ClosedEarly);
}

}  // namespace saproxy::proxy
