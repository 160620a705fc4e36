// UpstreamPool: a worker's bounded set of connections to the CSE, kept alive if the CSE's profile says so. Takes a
// request only with the gate's Forward in hand.
#pragma once

#include <uv.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "policy/config.h"
#include "policy/decision.h"
#include "policy/snapshot.h"
#include "proxy/loop/counter.h"
#include "proxy/loop/deadline_wheel.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/uv_handle.h"
#include "proxy/upstream/connection.h"
#include "proxy/upstream/exchange.h"

namespace saproxy::proxy {

// One writer (the worker), read by the scrape.
struct UpstreamCounters {
  Counter connections_opened, connections_reused, requests_repeated, bytes_sent, bytes_received, answers;
  Counter open, waiting;     // now
  Counter last_answer_unix;  // seconds
  std::array<Counter, kUpstreamFailureCount> failures;
};

class UpstreamPool {
 public:
  // All must outlive the pool.
  UpstreamPool(uv_loop_t* loop, BufferPool& buffers, UpstreamCounters& counters);
  ~UpstreamPool();
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;

  // The CSE as the present snapshot has it. Idle connections to another address are closed, busy ones finish.
  void configure(std::shared_ptr<const policy::Snapshot> snapshot);

  // Begins an exchange; its bytes follow with Exchange::send (in one call, if the CSE wants whole requests).
  // `permission` is the proof that the gate let this request through. A failure means that nothing was begun.
  [[nodiscard]] std::optional<UpstreamFailure> start(const policy::Forward& permission, Exchange& exchange,
                                                     bool repeatable);
  // Closes everything; exchanges in progress fail.
  void close();
  // After the callbacks of a turn.
  void next_turn();
  // A failure that somebody else has found out: the answer took too long, or was larger than its reader takes.
  void count(UpstreamFailure failure) { counters_.failures[static_cast<std::size_t>(failure)].add(); }
  [[nodiscard]] std::span<std::uint8_t> read_buffer() { return read_buffer_; }

 private:
  friend class UpstreamConnection;
  friend class Exchange;

  [[nodiscard]] const policy::CseSettings& cse() const { return snapshot_->config().cse; }
  [[nodiscard]] UpstreamConnection* take_idle();
  [[nodiscard]] UpstreamConnection* open_connection();
  void became_idle(UpstreamConnection& connection);
  void retire(UpstreamConnection& connection);
  void serve_waiting();
  void forget_waiting(Exchange& exchange);
  [[nodiscard]] bool repeat(Exchange& exchange);
  static void on_tick(uv_timer_t* timer) noexcept;
  void tick();
  void start_timer();

  uv_loop_t* loop_;
  BufferPool& buffers_;
  UpstreamCounters& counters_;
  std::shared_ptr<const policy::Snapshot> snapshot_;
  SlotTable<UpstreamConnection> connections_;
  std::vector<SlotRef> idle_;  // the warmest last
  std::deque<Exchange*> waiting_;
  std::vector<SlotRef> full_readers_;  // paused, so that others get their turn
  UvHandle<uv_timer_t> timer_;
  std::uint32_t moves_ = 0;  // how often the CSE's address has changed
  bool ticking_ = false;
  bool closed_ = false;
  std::vector<std::uint8_t> read_buffer_;
};

}  // namespace saproxy::proxy
