// An HTTP server on the loop of a test: one loopback port; a script says what each request gets.
#pragma once

#include <gtest/gtest.h>
#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy::testing {

class LoopServer {
 public:
  struct Answer {
    std::string bytes;
    bool close = false;
  };
  // Nothing: no answer, the connection stays. Requests end with their heads.
  using Script = std::function<std::optional<Answer>(const std::string& request)>;

  explicit LoopServer(uv_loop_t* loop) : loop_(loop) {
    sockaddr_in any{};
    uv_ip4_addr("127.0.0.1", 0, &any);
    EXPECT_EQ(listening_.open(this, [loop](uv_tcp_t* tcp) { return uv_tcp_init(loop, tcp); }), 0);
    EXPECT_EQ(uv_tcp_bind(listening_.get(), reinterpret_cast<const sockaddr*>(&any), 0), 0);
    EXPECT_EQ(uv_listen(reinterpret_cast<uv_stream_t*>(listening_.get()), 64, &on_connection), 0);
    int size = sizeof any;
    uv_tcp_getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&any), &size);
    port = ntohs(any.sin_port);
  }

  static std::string answer(const std::string& body, const std::string& more = "") {
    return "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\n" + more + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  Script script = [](const std::string&) { return Answer{answer("ok")}; };
  std::uint16_t port = 0;
  std::vector<std::string> requests;
  std::size_t connections = 0, ended = 0;

  // To the last connection.
  void send(const std::string& bytes) { write(open_.back()->tcp.get(), bytes); }
  void end_connections() {
    for (const auto& one : open_) one->tcp.reset();
  }

 private:
  struct Connection {
    LoopServer* server;
    UvHandle<uv_tcp_t> tcp;
    std::string received;
  };

  static void on_connection(uv_stream_t* listener, int) {
    auto* server = owner_of<LoopServer>(listener);
    auto made = std::make_unique<Connection>();
    made->server = server;
    ASSERT_EQ(made->tcp.open(made.get(), [&](uv_tcp_t* tcp) { return uv_tcp_init(server->loop_, tcp); }), 0);
    auto* stream = reinterpret_cast<uv_stream_t*>(made->tcp.get());
    ASSERT_EQ(uv_accept(listener, stream), 0);
    uv_read_start(stream, &on_alloc, &on_bytes);
    ++server->connections;
    server->open_.push_back(std::move(made));
  }
  static void on_alloc(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
    static std::vector<char> space(65536);
    *buffer = uv_buf_init(space.data(), static_cast<unsigned>(space.size()));
  }
  static void on_bytes(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
    auto* connection = owner_of<Connection>(stream);
    if (connection == nullptr || size == 0) return;
    LoopServer& server = *connection->server;
    if (size < 0) {
      ++server.ended;
      return connection->tcp.reset();
    }
    connection->received.append(buffer->base, static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = connection->received.find("\r\n\r\n")) != std::string::npos;) {
      server.requests.push_back(connection->received.substr(0, end));
      connection->received.erase(0, end + 4);
      const auto answer = server.script(server.requests.back());
      if (!answer) continue;
      write(connection->tcp.get(), answer->bytes);
      if (answer->close) return connection->tcp.reset();
    }
  }
  static void write(uv_tcp_t* tcp, const std::string& bytes) {
    const uv_buf_t buffer = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
    if (tcp != nullptr) uv_try_write(reinterpret_cast<uv_stream_t*>(tcp), &buffer, 1);
  }

  uv_loop_t* loop_;
  UvHandle<uv_tcp_t> listening_;
  std::vector<std::unique_ptr<Connection>> open_;
};

}  // namespace saproxy::proxy::testing
