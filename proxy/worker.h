// Worker: one thread with its loop, listeners, peers, connections to the CSE and counters. A peer never leaves its
// worker; other threads reach it by mail only.
#pragma once

#include <uv.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "proxy/admin/counters.h"
#include "proxy/admin/log.h"
#include "proxy/live.h"
#include "proxy/loop/buffer_pool.h"
#include "proxy/loop/deadline_wheel.h"
#include "proxy/loop/mailbox.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/socket.h"
#include "proxy/ocsp_desk.h"
#include "proxy/peer.h"
#include "proxy/registration/registration_desk.h"
#include "proxy/upstream/pool.h"
#include "proxy/worker_services.h"

namespace saproxy::proxy {

// A listening socket on its way to a worker.
struct NamedSocket {
  std::string listener;
  Socket socket;
};

class Worker final : public PeerKeeper {
 public:
  // How many associations are judged again in one turn of the loop, and for how long at most: no stall of the others.
  // With a signature to verify one takes as long as a hundred with a pre-shared key.
  static constexpr std::uint32_t kJudgedAtOnce = 256;
  static constexpr std::uint64_t kJudgingTime = 500'000;  // nanoseconds

  // `on_finished` is called on the worker's thread when it has drained or stopped and its loop is about to end.
  Worker(unsigned index, std::uint32_t process_tag, Log& log, Registrar& registrar, RuleDemand& rule_demand,
         OcspClient& ocsp, std::function<void()> on_finished);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Control thread.
  [[nodiscard]] identity::Result<bool> start(std::shared_ptr<const Live> live, std::vector<NamedSocket> sockets);
  // Another Live: new listeners open, those it no longer has close, associations are judged again in slices.
  void swap(std::shared_ptr<const Live> live, std::vector<NamedSocket> fresh);
  void drain();  // accept no more, finish requests
  void cut();    // end everything now
  void join();
  [[nodiscard]] const WorkerCounters& counters() const { return counters_; }

  void retire(SlotRef peer) override;
  void handshake_went_on(SlotRef peer, LoopTime at) override;
  void handshake_over() override;
  [[nodiscard]] bool may_shake_hands(SlotRef peer) override;
  void read_on_next_turn(SlotRef peer) override;
  [[nodiscard]] const std::shared_ptr<const Live>& live() const override { return live_; }
  [[nodiscard]] bool draining() const override { return draining_; }

 private:
  static constexpr int kAcceptBacklog = 4096;  // a fleet that comes back waits there for its turn
  struct Listening {
    Worker* worker;
    std::string name;
    UvHandle<uv_tcp_t> handle;
    bool waits = false;  // a connection has come that was not accepted yet
  };
  // A handshake, and when it last went on.
  struct Unfinished {
    SlotRef peer;
    LoopTime since;
  };
  struct Swap {
    std::shared_ptr<const Live> live;
    std::vector<NamedSocket> fresh;
  };
  struct Drain {};
  struct Cut {};
  using Mail = std::variant<Swap, Drain, Cut, RegistrarWord, OcspArrived>;

  static void on_connection(uv_stream_t* server, int status) noexcept;
  static void on_tick(uv_timer_t* timer) noexcept;
  static void on_turn(uv_prepare_t* prepare) noexcept;
  static void on_idle(uv_idle_t* idle) noexcept;
  static void on_admission(uv_idle_t* idle) noexcept;
  void receive(Mail mail);
  void apply(Swap swap);
  void begin_drain();
  void cut_all();
  void accept(Listening& listening);
  template <class Take>
  void enter(const Listening& listening, Take&& take);
  [[nodiscard]] bool may_accept(const Listening& listening);
  [[nodiscard]] bool crowded(const Listening& listening);
  [[nodiscard]] bool has_room(const LiveListener& listener);
  [[nodiscard]] Peer* longest_silent();
  void look_at_waiting();
  void admit();
  void next_turn();
  void accept_rest(Listening& listening);
  [[nodiscard]] std::unique_ptr<Peer> make_peer(const LiveListener& listener);
  [[nodiscard]] int listen(NamedSocket socket);
  void judge_slice();
  void watch_deadlines();
  void finish_if_empty();
  void close_loop_handles();
  void run();

  WorkerCounters counters_;
  uv_loop_t loop_{};
  bool loop_open_ = false;
  BufferPool buffers_;
  CollectingRoom collecting_;
  std::unique_ptr<DeadlineWheel> wheel_;
  std::unique_ptr<UpstreamPool> upstream_;
  std::unique_ptr<RegistrationDesk> registrations_;
  OcspDesk ocsp_;
  std::unique_ptr<WorkerServices> services_;
  SlotTable<Peer> peers_;
  std::deque<Unfinished> handshakes_;  // the longest silent first; entries that no longer hold are skipped
  std::deque<SlotRef> postponed_;      // handshakes whose next step has to wait for its turn
  std::vector<SlotRef> full_readers_;
  std::shared_ptr<const Live> live_;
  std::vector<std::unique_ptr<Listening>> listening_;
  Mailbox<Mail> mailbox_;
  UvHandle<uv_timer_t> tick_;
  UvHandle<uv_prepare_t> turn_;
  UvHandle<uv_idle_t> judging_;
  UvHandle<uv_idle_t> admission_;  // runs while somebody waits to be let in
  std::thread thread_;
  Log& log_;
  Registrar& registrar_;
  RuleDemand& rule_demand_;
  std::function<void()> on_finished_;
  std::uint32_t next_to_judge_ = 0;
  std::uint64_t next_association_ = 1;
  std::uint32_t process_tag_;
  unsigned index_;
  unsigned steps_left_ = 0;    // in this turn
  unsigned accepts_left_ = 0;  // likewise
  bool ticking_ = false;
  bool draining_ = false;
  bool finished_ = false;
};

}  // namespace saproxy::proxy
