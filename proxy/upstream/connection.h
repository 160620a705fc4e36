// UpstreamConnection: one plaintext connection to the CSE, TCP or Unix socket, serving one exchange at a time.
#pragma once

#include <uv.h>

#include <cstdint>
#include <span>

#include "policy/config.h"
#include "proxy/binding/http/parser.h"
#include "proxy/loop/deadline_wheel.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/stream_writer.h"
#include "proxy/loop/uv_handle.h"
#include "proxy/upstream/exchange.h"

namespace saproxy::proxy {

class UpstreamConnection final : public StreamOwner {
 public:
  enum class State : std::uint8_t { Connecting, Busy, Idle, Gone };

  // `move` counts the addresses that the CSE has had.
  UpstreamConnection(UpstreamPool& pool, const http::ParseLimits& limits, std::uint32_t move)
      : pool_(pool), parser_(limits), move_(move) {}
  ~UpstreamConnection() override = default;
  UpstreamConnection(const UpstreamConnection&) = delete;
  UpstreamConnection& operator=(const UpstreamConnection&) = delete;

  // Begins to connect; 0 or a libuv error.
  [[nodiscard]] int connect(uv_loop_t* loop, const policy::Endpoint& address, LoopTime now);
  // Takes the exchange; what it has waiting is sent as soon as the connection stands.
  void attach(Exchange& exchange);
  void detach() { exchange_ = nullptr; }
  [[nodiscard]] int write(std::span<const std::uint8_t> bytes);
  void pause();
  void resume();
  // After a pause that was only for the others' sake.
  void read_on();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] LoopTime since() const { return since_; }  // when the state began
  [[nodiscard]] std::size_t backlog() const;
  [[nodiscard]] SlotRef ref() const { return ref_; }
  void set_ref(SlotRef ref) { ref_ = ref; }
  // Stops the handle at once; the pool retires the object.
  void stop();
  // Ends the exchange with `failure` (or repeats it) and retires the connection.
  void fail(UpstreamFailure failure);

  void on_drained() noexcept override;
  void on_write_failed(int status) noexcept override;

 private:
  struct ConnectRequest;
  static void on_connected(uv_connect_t* request, int status) noexcept;
  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer) noexcept;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept;
  [[nodiscard]] uv_stream_t* stream() const;
  [[nodiscard]] int open(uv_loop_t* loop, const policy::Endpoint& address);
  void connected(int status);
  void send_waiting();
  void received(std::span<const std::uint8_t> bytes);
  void ended();
  [[nodiscard]] bool deliver(const http::Event& event);  // false: the exchange is over
  void complete(bool surplus);

  UpstreamPool& pool_;
  UvHandle<uv_tcp_t> tcp_;
  UvHandle<uv_pipe_t> pipe_;
  http::ResponseParser parser_;
  Exchange* exchange_ = nullptr;
  SlotRef ref_;
  std::uint32_t move_;
  LoopTime since_ = 0;
  State state_ = State::Connecting;
  bool reused_ = false;  // has served an exchange before
  bool reading_ = false;
};

}  // namespace saproxy::proxy
