#include "proxy/upstream/exchange.h"

#include "proxy/upstream/connection.h"
#include "proxy/upstream/pool.h"

namespace saproxy::proxy {

std::string_view to_text(UpstreamFailure failure) {
  switch (failure) {
    case UpstreamFailure::ConnectFailed: return "connect_failed";
    case UpstreamFailure::ConnectTimeout: return "connect_timeout";
    case UpstreamFailure::Overloaded: return "overloaded";
    case UpstreamFailure::ClosedEarly: return "closed_early";
    case UpstreamFailure::BadAnswer: return "bad_answer";
    case UpstreamFailure::Timeout: return "timeout";
  }
  return "unknown";
}

void Exchange::send(std::span<const std::uint8_t> bytes) {
  if (bytes.empty() || !active()) return;
  const bool standing = connection_ != nullptr && connection_->state() == UpstreamConnection::State::Busy;
  if (!standing || repeatable_) keep(bytes);
  if (!standing) return;
  // A broken connection is reported by its read side, where an early answer of the CSE may still be waiting.
  static_cast<void>(connection_->write(bytes));
}

void Exchange::keep(std::span<const std::uint8_t> bytes) {
  if (!waiting_bytes_) waiting_bytes_ = pool_->buffers_.borrow();
  waiting_bytes_->insert(waiting_bytes_->end(), bytes.begin(), bytes.end());
}

std::size_t Exchange::backlog() const {
  if (!active()) return 0;
  const bool standing = connection_ != nullptr && connection_->state() == UpstreamConnection::State::Busy;
  if (standing) return connection_->backlog();
  return waiting_bytes_ ? waiting_bytes_->size() : 0;
}

void Exchange::pause() {
  paused_ = true;
  if (connection_ != nullptr) connection_->pause();
}

void Exchange::resume() {
  paused_ = false;
  if (connection_ != nullptr) connection_->resume();
}

void Exchange::abandon() {
  if (!active()) return;
  UpstreamPool* pool = pool_;
  UpstreamConnection* connection = connection_;
  pool->forget_waiting(*this);
  if (connection != nullptr) {
    connection->detach();
    pool->retire(*connection);
  }
}

}  // namespace saproxy::proxy
