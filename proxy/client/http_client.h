// HttpClient: asks a server for something, one request at a time, over one connection that is kept while the server
// keeps it. Answers are bounded, whole or none, and have a deadline; redirects are answers like any other.
#pragma once

#include <uv.h>

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "identity/result.h"
#include "policy/config.h"
#include "proxy/binding/http/parser.h"
#include "proxy/loop/stream_writer.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

struct ClientAnswer {
  const http::ResponseHead& head;
  std::string_view body;
};

class HttpClient final : public StreamOwner {
 public:
  // What it is given lives during the call. Fails with Failed (no connection, no answer in time) or BadSyntax (no
  // HTTP). It may destroy the client, or ask again.
  using Done = std::function<void(const identity::Result<ClientAnswer>&)>;

  // `timeout`: for each request, the connection included.
  HttpClient(uv_loop_t* loop, policy::Endpoint address, policy::Milliseconds timeout);
  ~HttpClient() override = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `request`: a whole GET. It is sent a second time when a kept connection ends before the answer begins. `done` is
  // called once, never from inside get().
  void get(std::string request, Done done);

  void on_drained() noexcept override {}
  void on_write_failed(int status) noexcept override;

 private:
  static void on_connected(uv_connect_t* request, int status) noexcept;
  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer) noexcept;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept;
  static void on_timeout(uv_timer_t* timer) noexcept;
  [[nodiscard]] uv_stream_t* stream() const;
  [[nodiscard]] int connect();
  void connected(int status);
  void send();
  void received(std::span<const std::uint8_t> bytes);
  void ended(int status);
  void complete(bool keep);
  void fail_later(std::string reason);
  void fail(identity::ErrorCode code, std::string reason);
  void disconnect();

  uv_loop_t* loop_;
  policy::Endpoint address_;
  policy::Milliseconds timeout_;
  http::ResponseParser parser_;
  UvHandle<uv_tcp_t> tcp_;
  UvHandle<uv_pipe_t> pipe_;
  UvHandle<uv_timer_t> timer_;
  std::string request_;
  std::string body_;
  std::string failure_;  // of get() itself, to be told by the timer
  Done done_;            // none: nobody waits
  bool connected_ = false;
  bool reused_ = false;  // the connection stood already when this request began
  bool begun_ = false;   // a byte of the answer has come
  std::array<char, 16384> input_{};
};

}  // namespace saproxy::proxy
