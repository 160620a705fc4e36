// Peer: one connected registree's way through the stages. Read this to see the stack:
//
//   TCP ─▶ on_bytes ▸ TlsSession ▸ AssociationBinder ▸ HttpStage (binding, gate, upstream)
//   TCP ◀─ send ◂ TlsSession ◂ HttpStage
//
// Owned by the worker's SlotTable; never deletes itself: retire() stops its handles at once, the object dies after the
// turn.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "proxy/association/binder.h"
#include "proxy/http_stage.h"
#include "proxy/live.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/socket.h"
#include "proxy/loop/stream_writer.h"
#include "proxy/loop/uv_handle.h"
#include "proxy/session/tls_session.h"
#include "proxy/worker_services.h"

namespace saproxy::proxy {

// The worker as its peers see it.
class PeerKeeper {
 public:
  virtual ~PeerKeeper() = default;
  virtual void retire(SlotRef peer) = 0;
  virtual void handshake_went_on(SlotRef peer, LoopTime at) = 0;
  virtual void handshake_over() = 0;
  // The next step of a handshake. False: it has to wait, until go_on_shaking_hands().
  [[nodiscard]] virtual bool may_shake_hands(SlotRef peer) = 0;
  // The peer has paused reading, so that others get their turn.
  virtual void read_on_next_turn(SlotRef peer) = 0;
  [[nodiscard]] virtual const std::shared_ptr<const Live>& live() const = 0;
  [[nodiscard]] virtual bool draining() const = 0;
};

class Peer final : public StreamOwner, public HttpStageHost {
 public:
  Peer(PeerKeeper& keeper, WorkerServices& services, const std::shared_ptr<const Live>& live,
       const LiveListener& listener, std::string id);
  ~Peer() override;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Takes the connection that waits on `server`. False: nothing was accepted.
  [[nodiscard]] bool accept(uv_stream_t* server, SlotRef ref);
  // Takes a connection that is accepted already.
  [[nodiscard]] bool adopt(Socket socket, SlotRef ref);
  void look_at_deadline(LoopTime time);
  // By the keeper's present Live.
  void judge_again();
  void drain();
  [[nodiscard]] bool handshaking() const { return !stage_ && !closing_ && !awaits_status_; }
  // When its handshake went on: at accept, and with each flight of ours.
  [[nodiscard]] LoopTime last_step() const { return last_step_; }
  [[nodiscard]] bool established() const { return stage_.has_value(); }
  // For the worker: a handshake dropped because there are too many.
  void drop_handshake(HandshakeFailure failure);
  // The step that was postponed.
  void go_on_shaking_hands();
  void stop(EndReason reason);
  // What OCSP says of the certificate, sooner or later.
  void on_status(const KnownVerdict& known);

  const identity::Association& association() const override { return *binder_.association(); }
  const policy::Snapshot& snapshot() const override { return *binder_.snapshot(); }
  std::shared_ptr<const policy::Snapshot> pinned_snapshot() const override { return binder_.snapshot(); }
  bool learn(bool removals_only) override { return removals_only ? binder_.learn_removals() : binder_.learn(); }
  const std::shared_ptr<const policy::AnswerTranslation>& translation() const override {
    return keeper_.live()->translation;
  }
  const policy::ListenerSettings& listener() const override { return binder_.listener(); }
  std::string_view peer_address() const override { return address_; }
  std::string_view peer_certificate() const override;
  bool send(std::span<const std::uint8_t> plain) override;
  std::size_t send_backlog() const override;
  void finish(EndReason reason) override;
  void break_off(EndReason reason) override { stop(reason); }
  void input_wanted() override;
  void set_phase_deadline(LoopTime deadline) override;

  void on_drained() noexcept override;
  void on_write_failed(int status) noexcept override;

 private:
  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer) noexcept;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept;
  [[nodiscard]] uv_stream_t* stream() const { return reinterpret_cast<uv_stream_t*>(tcp_.get()); }
  void on_bytes(std::span<const std::uint8_t> bytes);
  void take(std::span<const std::uint8_t> bytes);
  void on_end();
  [[nodiscard]] bool begin(SlotRef ref);
  void advance();
  void on_established();
  void on_handshake_failed();
  void pump();
  bool read_records(BufferPool::Buffer& cipher);
  void pause_reading();
  void resume_reading();
  bool flush(const BufferPool::Buffer& cipher);
  void end(EndReason reason);
  void fail_handshake(HandshakeFailure failure, std::string_view detail);
  void log_association();
  void leave_handshake();
  [[nodiscard]] LoopTime next_event() const;
  void await_status();
  void settle_handshake(const KnownVerdict& known);
  void settle_association(const KnownVerdict& known);
  void look_at_status();
  void look_at_status_at(const KnownVerdict& known);
  [[nodiscard]] bool ask_status(const TlsSession::StatusSubject& subject);
  [[nodiscard]] policy::OcspSettings::Mode ocsp_mode() const;

  PeerKeeper& keeper_;
  WorkerServices& services_;
  AssociationBinder binder_;
  TlsSession session_;
  UvHandle<uv_tcp_t> tcp_;
  std::optional<HttpStage> stage_;
  std::string address_;
  std::vector<std::uint8_t> postponed_;  // of a handshake that has to wait
  SlotRef ref_;
  std::uint64_t accepted_at_ = 0;  // microseconds
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  LoopTime last_step_ = 0;
  LoopTime phase_deadline_ = kNever;
  LoopTime lifetime_end_ = kNever;
  LoopTime status_look_ = kNever;  // when the status of the certificate is looked at again
  LoopTime next_look_ = kNever;    // time of this peer's valid entry in the wheel
  bool reading_ = false;
  bool closing_ = false;  // our last bytes are out; waiting for the peer's end
  EndReason closing_for_ = EndReason::PeerClosed;
  bool gone_ = false;
  bool pumping_ = false;
  bool awaits_status_ = false;  // the handshake is complete but for the first verdict
  bool status_asked_ = false;   // of a live association
};

}  // namespace saproxy::proxy
