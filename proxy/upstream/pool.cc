#include "proxy/upstream/pool.h"

#include <algorithm>

namespace saproxy::proxy {
namespace {

constexpr std::uint64_t kTickMilliseconds = 100;
constexpr std::size_t kReadBuffer = 65536;
// Heads of CSE answers are small; their bodies are streamed and need no bound here.
constexpr http::ParseLimits kAnswerLimits{65536, 256, ~std::uint64_t{0} >> 1};

}  // namespace

UpstreamPool::UpstreamPool(uv_loop_t* loop, BufferPool& buffers, UpstreamCounters& counters)
    : loop_(loop), buffers_(buffers), counters_(counters), read_buffer_(kReadBuffer) {}

UpstreamPool::~UpstreamPool() { close(); }

void UpstreamPool::next_turn() {
  for (const SlotRef ref : full_readers_)
    if (UpstreamConnection* connection = connections_.find(ref)) connection->read_on();
  full_readers_.clear();
  connections_.sweep();
}

void UpstreamPool::configure(std::shared_ptr<const policy::Snapshot> snapshot) {
  const bool moved = snapshot_ != nullptr && !(snapshot_->config().cse.address == snapshot->config().cse.address);
  snapshot_ = std::move(snapshot);
  if (!moved) return;
  ++moves_;
  const std::vector<SlotRef> idle = idle_;
  for (const SlotRef ref : idle)
    if (UpstreamConnection* connection = connections_.find(ref)) retire(*connection);
}

std::optional<UpstreamFailure> UpstreamPool::start(const policy::Forward& /*permission*/, Exchange& exchange,
                                                   bool repeatable) {
  if (closed_) return UpstreamFailure::Overloaded;
  exchange.pool_ = this;
  exchange.repeatable_ = repeatable;
  exchange.request_complete_ = false;
  exchange.answer_begun_ = false;
  exchange.paused_ = false;
  exchange.waiting_bytes_.reset();
  if (UpstreamConnection* idle = take_idle()) {
    counters_.connections_reused.add();
    idle->attach(exchange);
    return std::nullopt;
  }
  if (connections_.size() < cse().max_connections) {
    if (UpstreamConnection* fresh = open_connection()) {
      fresh->attach(exchange);
      return std::nullopt;
    }
    exchange.pool_ = nullptr;
    count(UpstreamFailure::ConnectFailed);
    return UpstreamFailure::ConnectFailed;
  }
  if (waiting_.size() >= cse().max_waiting) {
    exchange.pool_ = nullptr;
    count(UpstreamFailure::Overloaded);
    return UpstreamFailure::Overloaded;
  }
  waiting_.push_back(&exchange);
  counters_.waiting.set(waiting_.size());
  return std::nullopt;
}

UpstreamConnection* UpstreamPool::take_idle() {
  while (!idle_.empty()) {
    UpstreamConnection* connection = connections_.find(idle_.back());
    idle_.pop_back();
    if (connection != nullptr) return connection;
  }
  return nullptr;
}

UpstreamConnection* UpstreamPool::open_connection() {
  auto fresh = std::make_unique<UpstreamConnection>(*this, kAnswerLimits, moves_);
  UpstreamConnection* connection = fresh.get();
  connection->set_ref(connections_.add(std::move(fresh)));
  counters_.connections_opened.add();
  counters_.open.set(connections_.size());
  start_timer();
  if (connection->connect(loop_, cse().address, uv_now(loop_)) == 0) return connection;
  connection->stop();
  connections_.retire(connection->ref());
  counters_.open.set(connections_.size());
  return nullptr;
}

void UpstreamPool::became_idle(UpstreamConnection& connection) {
  if (!waiting_.empty()) {
    Exchange* next = waiting_.front();
    waiting_.pop_front();
    counters_.waiting.set(waiting_.size());
    connection.attach(*next);
    return;
  }
  idle_.push_back(connection.ref());
}

void UpstreamPool::retire(UpstreamConnection& connection) {
  if (connection.state() == UpstreamConnection::State::Gone) return;
  connection.stop();
  std::erase(idle_, connection.ref());
  connections_.retire(connection.ref());
  counters_.open.set(connections_.size());
  serve_waiting();
}

void UpstreamPool::serve_waiting() {
  // Goes on after a failure: with no connection left nobody else would come for those who wait.
  while (!closed_ && !waiting_.empty() && connections_.size() < cse().max_connections) {
    Exchange* next = waiting_.front();
    waiting_.pop_front();
    counters_.waiting.set(waiting_.size());
    if (UpstreamConnection* fresh = open_connection()) {
      fresh->attach(*next);
      return;
    }
    count(UpstreamFailure::ConnectFailed);
    next->pool_ = nullptr;
    next->waiting_bytes_.reset();
    next->sink_.on_response_failed(UpstreamFailure::ConnectFailed);
  }
}

void UpstreamPool::forget_waiting(Exchange& exchange) {
  if (exchange.connection_ == nullptr) std::erase(waiting_, &exchange);
  counters_.waiting.set(waiting_.size());
  exchange.pool_ = nullptr;
  exchange.connection_ = nullptr;
  exchange.waiting_bytes_.reset();
}

// A kept connection that the CSE had closed meanwhile: once more on a fresh one, for requests that change nothing.
bool UpstreamPool::repeat(Exchange& exchange) {
  if (closed_ || !exchange.waiting_bytes_) return false;
  exchange.repeatable_ = false;
  UpstreamConnection* fresh = open_connection();
  if (fresh == nullptr) return false;
  counters_.requests_repeated.add();
  fresh->attach(exchange);
  return true;
}

void UpstreamPool::start_timer() {
  if (ticking_) return;
  if (!timer_ && timer_.open(this, [&](uv_timer_t* timer) { return uv_timer_init(loop_, timer); }) != 0) return;
  ticking_ = true;
  uv_timer_start(timer_.get(), &on_tick, kTickMilliseconds, kTickMilliseconds);
}

void UpstreamPool::on_tick(uv_timer_t* timer) noexcept {
  if (auto* pool = owner_of<UpstreamPool>(timer)) pool->tick();
}

void UpstreamPool::tick() {
  const LoopTime now = uv_now(loop_);
  const auto idle_limit = static_cast<LoopTime>(cse().idle_timeout.count());
  const auto connect_limit = static_cast<LoopTime>(cse().connect_timeout.count());
  connections_.for_each([&](UpstreamConnection& connection) {
    const LoopTime age = now - std::min(now, connection.since());
    if (connection.state() == UpstreamConnection::State::Idle && age >= idle_limit) retire(connection);
    if (connection.state() == UpstreamConnection::State::Connecting && age >= connect_limit)
      connection.fail(UpstreamFailure::ConnectTimeout);
  });
  if (connections_.size() == 0) {
    ticking_ = false;
    uv_timer_stop(timer_.get());
  }
}

void UpstreamPool::close() {
  if (closed_) return;
  closed_ = true;
  while (!waiting_.empty()) {
    Exchange* next = waiting_.front();
    waiting_.pop_front();
    next->pool_ = nullptr;
    next->sink_.on_response_failed(UpstreamFailure::Overloaded);
  }
  connections_.for_each([](UpstreamConnection& connection) { connection.fail(UpstreamFailure::ClosedEarly); });
  timer_.reset();
}

}  // namespace saproxy::proxy
