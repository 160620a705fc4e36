// AdminConnection: one client of the admin listener.
#pragma once

#include <uv.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "proxy/admin/routes.h"
#include "proxy/binding/http/parser.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/stream_writer.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

struct AdminCallbacks;

// The server as its connections see it.
class AdminHost {
 public:
  virtual ~AdminHost() = default;
  [[nodiscard]] virtual const AdminCallbacks& callbacks() const = 0;
  [[nodiscard]] virtual std::chrono::milliseconds timeout() const = 0;
  virtual void retire(SlotRef connection) = 0;
};

class AdminConnection final : public StreamOwner {
 public:
  explicit AdminConnection(AdminHost& host);
  ~AdminConnection() override = default;
  AdminConnection(const AdminConnection&) = delete;
  AdminConnection& operator=(const AdminConnection&) = delete;

  // Takes the connection that waits on `listener`. False: nothing was accepted.
  [[nodiscard]] bool accept(uv_loop_t* loop, uv_stream_t* listener, SlotRef ref);
  void stop();
  // The answer that another thread was asked for.
  void told(std::uint16_t status, std::string lines);

  void on_drained() noexcept override;
  void on_write_failed(int status) noexcept override;

 private:
  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer) noexcept;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept;
  static void on_timeout(uv_timer_t* timer) noexcept;
  [[nodiscard]] uv_stream_t* stream() const;
  void on_bytes(std::span<const std::uint8_t> bytes);
  [[nodiscard]] bool answer_request();
  void send(const AdminAnswer& answer);
  void wait_for_egress(const std::string& entity_id);
  void end_output();
  void restart_timer();

  AdminHost& host_;
  http::RequestParser parser_;
  UvHandle<uv_tcp_t> tcp_;
  UvHandle<uv_pipe_t> pipe_;
  UvHandle<uv_timer_t> timer_;
  SlotRef ref_;
  std::array<char, 4096> input_{};
  bool waiting_ =
      false;             // for an answer of another thread, the last of the connection; what comes meanwhile is dropped
  bool ending_ = false;  // our last answer is on its way; only the end of the stream is awaited
  bool gone_ = false;
};

}  // namespace saproxy::proxy
