// CseProbe: one look at the CSE: a connect, and if the CSE wants it a request whose every HTTP answer counts.
#pragma once

#include <uv.h>

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "policy/config.h"
#include "proxy/binding/http/parser.h"
#include "proxy/loop/stream_writer.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

struct CseCondition {
  bool up = false;
  std::string reason;  // why it is down: "connection refused", "it does not answer in time", ...
};

class CseProbe final : public StreamOwner {
 public:
  // Called once, unless begin() failed; it may destroy the probe.
  using Done = std::function<void(const CseCondition&)>;

  CseProbe(const policy::CseSettings& cse, Done done);
  ~CseProbe() override = default;
  CseProbe(const CseProbe&) = delete;
  CseProbe& operator=(const CseProbe&) = delete;

  // 0 or a libuv error.
  [[nodiscard]] int begin(uv_loop_t* loop);

  void on_drained() noexcept override {}
  void on_write_failed(int status) noexcept override;

 private:
  static void on_connected(uv_connect_t* request, int status) noexcept;
  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer) noexcept;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept;
  static void on_timeout(uv_timer_t* timer) noexcept;
  [[nodiscard]] uv_stream_t* stream() const;
  [[nodiscard]] int connect(uv_loop_t* loop);
  void connected(int status);
  void received(std::span<const std::uint8_t> bytes);
  void down(std::string reason);
  void finish(const CseCondition& condition);

  const policy::CseSettings& cse_;
  Done done_;
  http::ResponseParser parser_;
  UvHandle<uv_tcp_t> tcp_;
  UvHandle<uv_pipe_t> pipe_;
  UvHandle<uv_timer_t> timer_;
  std::array<char, 4096> input_{};
};

// The request of a probe: valid oneM2M, asks for nothing secret, speaks for nobody that exists.
[[nodiscard]] std::string health_request(const policy::CseSettings& cse);

}  // namespace saproxy::proxy
