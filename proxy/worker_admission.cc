// Who gets in, and when: accepting, the number of handshakes, and their share of a turn of the loop. A handshake costs
// as much as ten requests; a few for each turn, so that a crowd at the door does not keep those inside waiting.
#include <sys/socket.h>

#include <cstdio>

#include "proxy/worker.h"

namespace saproxy::proxy {
namespace {

constexpr unsigned kStepsEachTurn = 1;  // flights of clients that handshakes wait for
constexpr unsigned kAcceptsEachTurn = 4;
constexpr std::size_t kMostPostponed = 128;  // above it nobody is accepted

}  // namespace

void Worker::on_connection(uv_stream_t* server, int status) noexcept {
  auto* listening = owner_of<Listening>(server);
  if (listening == nullptr || status != 0) return;
  Worker& worker = *listening->worker;
  if (worker.may_accept(*listening)) return worker.accept(*listening);
  // libuv looks at the port no further until this one is taken.
  listening->waits = true;
  worker.look_at_waiting();
}

bool Worker::may_accept(const Listening& listening) {
  return accepts_left_ > 0 && postponed_.size() < kMostPostponed && !crowded(listening);
}

// As many unfinished handshakes as there may be, and each has gone on a moment ago: those at the door wait in the
// kernel's queue. Honest clients get through one after the other, instead of each pushing out the one before it; who
// says nothing for longer makes room.
bool Worker::crowded(const Listening& listening) {
  const LiveListener* listener = live_->find(listening.name);
  if (listener == nullptr) return false;
  const policy::Limits& limits = listener->settings->limits;
  if (counters_.handshakes_pending.value() < limits.max_handshakes) return false;
  const Peer* silent = longest_silent();
  return silent != nullptr &&
         services_->now() < silent->last_step() + static_cast<LoopTime>(limits.handshake_patience.count());
}

Peer* Worker::longest_silent() {
  while (!handshakes_.empty()) {
    Peer* peer = peers_.find(handshakes_.front().peer);
    if (peer != nullptr && peer->handshaking() && peer->last_step() == handshakes_.front().since) return peer;
    handshakes_.pop_front();
  }
  return nullptr;
}

std::unique_ptr<Peer> Worker::make_peer(const LiveListener& listener) {
  char id[40];
  std::snprintf(id, sizeof id, "%08x-%u-%llu", process_tag_, index_,
                static_cast<unsigned long long>(next_association_++));
  return std::make_unique<Peer>(*this, *services_, live_, listener, id);
}

bool Worker::has_room(const LiveListener& listener) {
  const policy::Limits& limits = listener.settings->limits;
  if (peers_.size() >= limits.max_connections) return false;
  if (counters_.handshakes_pending.value() >= limits.max_handshakes) {
    if (Peer* silent = longest_silent()) silent->drop_handshake(HandshakeFailure::Overload);
  }
  return true;
}

// `take` gives the connection to the peer it is handed, or to nobody when that is null.
template <class Take>
void Worker::enter(const Listening& listening, Take&& take) {
  counters_.connections_accepted.add();
  const LiveListener* listener = live_->find(listening.name);
  if (listener == nullptr || !has_room(*listener)) {
    counters_.connections_refused.add();
    static_cast<void>(take(nullptr, SlotRef{}));
    return;
  }
  std::unique_ptr<Peer> made = make_peer(*listener);
  Peer* peer = made.get();
  const SlotRef ref = peers_.add(std::move(made));
  if (!take(peer, ref)) return peers_.retire(ref);
  handshakes_.push_back({ref, peer->last_step()});
  watch_deadlines();
}

void Worker::accept(Listening& listening) {
  auto* server = reinterpret_cast<uv_stream_t*>(listening.handle.get());
  listening.waits = false;
  if (accepts_left_ > 0) --accepts_left_;
  enter(listening, [&](Peer* peer, SlotRef ref) {
    if (peer != nullptr) return peer->accept(server, ref);
    UvHandle<uv_tcp_t> unwanted;
    const int opened = unwanted.open(nullptr, [&](uv_tcp_t* tcp) { return uv_tcp_init(&loop_, tcp); });
    return opened == 0 && uv_accept(server, reinterpret_cast<uv_stream_t*>(unwanted.get())) == 0;
  });
}

void Worker::handshake_went_on(SlotRef peer, LoopTime at) { handshakes_.push_back({peer, at}); }

void Worker::handshake_over() {
  static_cast<void>(longest_silent());  // forgets the entries that no longer hold
  look_at_waiting();
}

// Whoever waits at a port may have got room.
void Worker::look_at_waiting() {
  for (const std::unique_ptr<Listening>& listening : listening_)
    if (listening->waits && !crowded(*listening)) uv_idle_start(admission_.get(), &on_admission);
}

bool Worker::may_shake_hands(SlotRef peer) {
  if (postponed_.empty() && steps_left_ > 0) {
    --steps_left_;
    return true;
  }
  postponed_.push_back(peer);
  uv_idle_start(admission_.get(), &on_admission);
  return false;
}

void Worker::read_on_next_turn(SlotRef peer) { full_readers_.push_back(peer); }

// Between two looks at the sockets.
void Worker::next_turn() {
  steps_left_ = postponed_.empty() ? kStepsEachTurn : 0;
  accepts_left_ = kAcceptsEachTurn;
  for (const SlotRef ref : full_readers_)
    if (Peer* peer = peers_.find(ref)) peer->input_wanted();
  full_readers_.clear();
}

void Worker::on_admission(uv_idle_t* idle) noexcept {
  if (auto* worker = owner_of<Worker>(idle)) worker->admit();
}

// The share of this turn for those that had to wait, in the order in which they came.
void Worker::admit() {
  for (unsigned steps = kStepsEachTurn; steps > 0 && !postponed_.empty();) {
    Peer* peer = peers_.find(postponed_.front());
    postponed_.pop_front();
    if (peer == nullptr) continue;
    peer->go_on_shaking_hands();
    --steps;
  }
  bool more = !postponed_.empty();
  for (const std::unique_ptr<Listening>& listening : listening_) {
    if (listening->waits && may_accept(*listening)) accept(*listening);
    more = more || (listening->waits && !crowded(*listening));
  }
  if (!more) uv_idle_stop(admission_.get());
}

// What the kernel has accepted for us is served; then the port closes.
void Worker::accept_rest(Listening& listening) {
  uv_os_fd_t server = -1;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(listening.handle.get()), &server) != 0) return;
  if (listening.waits) accept(listening);
  // A client that goes on connecting must not hold the drain up.
  for (int most = 2 * kAcceptBacklog; most > 0; --most) {
    Socket socket(accept4(server, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.fd() < 0) return;
    enter(listening, [&](Peer* peer, SlotRef ref) { return peer != nullptr && peer->adopt(std::move(socket), ref); });
  }
}

}  // namespace saproxy::proxy
