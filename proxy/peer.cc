#include "proxy/peer.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

namespace saproxy::proxy {
namespace {

// Far above what answers may pile up to.
constexpr std::size_t kMostUnread = std::size_t{4} << 20;
constexpr std::size_t kReadBuffer = std::size_t{64} << 10;

std::string address_text(const uv_tcp_t* tcp) {
  sockaddr_storage name{};
  int size = sizeof name;
  if (uv_tcp_getpeername(tcp, reinterpret_cast<sockaddr*>(&name), &size) != 0) return "unknown";
  char text[INET6_ADDRSTRLEN] = {};
  if (name.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&name);
    uv_ip4_name(v4, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(v4->sin_port));
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&name);
  uv_ip6_name(v6, text, sizeof text);
  return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6->sin6_port));
}

Peer* peer_of(const uv_stream_t* stream) { return static_cast<Peer*>(owner_of<StreamOwner>(stream)); }

}  // namespace

Peer::Peer(PeerKeeper& keeper, WorkerServices& services, const std::shared_ptr<const Live>& live,
           const LiveListener& listener, std::string id)
    : keeper_(keeper),
      services_(services),
      binder_(live->snapshot, *listener.settings, services.registrations.registry(), std::move(id), unix_seconds()),
      session_(listener.contexts, binder_) {}

Peer::~Peer() = default;

bool Peer::accept(uv_stream_t* server, SlotRef ref) {
  const int opened =
      tcp_.open(static_cast<StreamOwner*>(this), [&](uv_tcp_t* tcp) { return uv_tcp_init(services_.loop, tcp); });
  return opened == 0 && uv_accept(server, stream()) == 0 && begin(ref);
}

bool Peer::adopt(Socket socket, SlotRef ref) {
  const int opened =
      tcp_.open(static_cast<StreamOwner*>(this), [&](uv_tcp_t* tcp) { return uv_tcp_init(services_.loop, tcp); });
  if (opened != 0 || uv_tcp_open(tcp_.get(), socket.fd()) != 0) return false;
  static_cast<void>(socket.release());
  return begin(ref);
}

bool Peer::begin(SlotRef ref) {
  ref_ = ref;
  accepted_at_ = monotonic_microseconds();
  address_ = address_text(tcp_.get());
  services_.counters.connections_open.add();
  services_.counters.handshakes_pending.add();
  last_step_ = services_.now();
  set_phase_deadline(services_.after(listener().limits.handshake_timeout));
  resume_reading();
  return !gone_;
}

void Peer::on_alloc(uv_handle_t* /*handle*/, std::size_t /*suggested*/, uv_buf_t* buffer) noexcept {
  // One read buffer for each thread: what a read brings is used up, or copied by who must wait, before the callback
  // returns.
  static thread_local char space[kReadBuffer];
  *buffer = uv_buf_init(space, sizeof space);
}

void Peer::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept {
  Peer* peer = peer_of(stream);
  if (peer == nullptr || size == 0) return;
  if (size < 0) return peer->on_end();
  peer->on_bytes({reinterpret_cast<const std::uint8_t*>(buffer->base), static_cast<std::size_t>(size)});
}

void Peer::on_bytes(std::span<const std::uint8_t> bytes) {
  services_.counters.bytes_received.add(bytes.size());
  bytes_in_ += bytes.size();
  if (closing_) return;
  if (!stage_ && !keeper_.may_shake_hands(ref_)) {
    postponed_.assign(bytes.begin(), bytes.end());
    return pause_reading();
  }
  take(bytes);
  if (!stage_ || gone_ || closing_ || !reading_ || bytes.size() < kReadBuffer) return;
  // There is more, and libuv would go on with it.
  pause_reading();
  keeper_.read_on_next_turn(ref_);
}

void Peer::go_on_shaking_hands() {
  if (gone_ || closing_) return;
  resume_reading();
  const std::vector<std::uint8_t> bytes = std::exchange(postponed_, {});
  take(bytes);
}

void Peer::take(std::span<const std::uint8_t> bytes) {
  {
    const BufferPool::Borrowed cipher = services_.buffers.borrow();
    session_.receive(bytes, *cipher);
    if (!flush(*cipher)) return;
    if (!stage_ && !cipher->empty()) keeper_.handshake_went_on(ref_, last_step_ = services_.now());
  }
  advance();
  if (gone_) return;
  if (session_.has_unread()) session_.hold();
  if (stage_ && stage_->blocked() && session_.has_unread()) pause_reading();
}

void Peer::advance() {
  switch (session_.state()) {
    case TlsSession::State::AwaitHello:
    case TlsSession::State::AwaitKey:
    case TlsSession::State::Handshaking: return;
    case TlsSession::State::AwaitStatus: return await_status();
    case TlsSession::State::Closed:
      if (!stage_) return on_handshake_failed();
      return stop(EndReason::PeerClosed);
    case TlsSession::State::Established:
      if (!stage_) on_established();
      if (!gone_) pump();
      return;
  }
}

void Peer::on_established() {
  if (!binder_.association()) return fail_handshake(HandshakeFailure::Internal, "established without an association");
  leave_handshake();
  services_.counters.handshakes_ok[static_cast<std::size_t>(association().saef)].add();
  services_.counters.handshake_duration.observe(monotonic_microseconds() - accepted_at_);
  services_.counters.associations_open.add();
  const std::int64_t left = association().expires - unix_seconds();
  lifetime_end_ = services_.now() + static_cast<LoopTime>(std::max<std::int64_t>(left, 0)) * 1000;
  stage_.emplace(*this, services_);
  log_association();
  if (keeper_.live()->snapshot->generation() != binder_.snapshot()->generation()) judge_again();
  if (!gone_ && keeper_.draining()) drain();
}

void Peer::pump() {
  if (pumping_) return;
  pumping_ = true;
  const BufferPool::Borrowed cipher = services_.buffers.borrow();
  while (!gone_ && !closing_ && !stage_->blocked() && session_.has_unread()) {
    if (!read_records(*cipher)) break;
  }
  pumping_ = false;
}

// One record into the stage. False: nothing more to read now.
bool Peer::read_records(BufferPool::Buffer& cipher) {
  const BufferPool::BorrowedRecord plain = services_.buffers.borrow_record();
  const TlsSession::ReadResult result = session_.read(*plain, cipher);
  if (!flush(cipher)) return false;
  cipher.clear();
  switch (result.status) {
    case TlsSession::ReadStatus::Data:
      stage_->feed(std::span<const std::uint8_t>(*plain).first(result.size));
      return true;
    case TlsSession::ReadStatus::NeedBytes: return false;
    case TlsSession::ReadStatus::PeerClosed: stage_->input_ended(); return false;
    case TlsSession::ReadStatus::Failed: stop(EndReason::Broken); return false;
  }
  return false;
}

void Peer::on_end() {
  if (stage_ && !closing_) {
    pause_reading();
    return stage_->input_ended();
  }
  if (!stage_ && !closing_) return fail_handshake(HandshakeFailure::PeerClosed, "");
  stop(EndReason::PeerClosed);
}

bool Peer::send(std::span<const std::uint8_t> plain) {
  if (gone_) return false;
  const BufferPool::Borrowed cipher = services_.buffers.borrow();
  if (!session_.write(plain, *cipher)) {
    stop(EndReason::Broken);
    return false;
  }
  return flush(*cipher);
}

bool Peer::flush(const BufferPool::Buffer& cipher) {
  if (gone_) return false;
  if (cipher.empty()) return true;
  bytes_out_ += cipher.size();
  services_.counters.bytes_sent.add(cipher.size());
  // What the TLS library answers by itself (a TLS 1.3 KeyUpdate) is not held back by the stage: who asks for it without
  // reading is dropped.
  const bool piles_up = send_backlog() > kMostUnread;
  if (!piles_up && write_stream(stream(), cipher) == 0) return true;
  if (!stage_) {
    fail_handshake(HandshakeFailure::PeerClosed, "");
  } else {
    stop(EndReason::PeerClosed);
  }
  return false;
}

std::size_t Peer::send_backlog() const { return gone_ ? 0 : uv_stream_get_write_queue_size(stream()); }

void Peer::input_wanted() {
  if (gone_ || closing_) return;
  pump();
  if (!gone_ && !closing_ && !stage_->blocked()) resume_reading();
}

void Peer::pause_reading() {
  if (!reading_ || gone_) return;
  reading_ = false;
  uv_read_stop(stream());
}

void Peer::resume_reading() {
  if (reading_ || gone_) return;
  reading_ = true;
  if (uv_read_start(stream(), &on_alloc, &on_read) != 0) stop(EndReason::Broken);
}

void Peer::on_drained() noexcept {
  if (stage_ && !gone_ && !closing_) stage_->output_drained();
}

void Peer::on_write_failed(int /*status*/) noexcept {
  if (!stage_ && !closing_) return fail_handshake(HandshakeFailure::PeerClosed, "");
  stop(EndReason::PeerClosed);
}

std::string_view Peer::peer_certificate() const {
  const identity::ByteView der = session_.peer_certificate();
  return {reinterpret_cast<const char*>(der.data()), der.size()};
}

}  // namespace saproxy::proxy
