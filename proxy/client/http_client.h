// HttpClient: asks one server, one request at a time, over one connection that is kept while the server keeps it; bare,
// or inside TLS once the server has proven who it is. Answers are bounded, whole or none, and have a deadline;
// redirects are answers like any other.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "identity/result.h"
#include "policy/config.h"
#include "proxy/binding/http/parser.h"
#include "proxy/client/stream_link.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

struct ClientAnswer {
  const http::ResponseHead& head;
  std::string_view body;
};

// Why there is no answer.
struct ClientError {
  enum class Kind : std::uint8_t {
    NotReached,  // no connection, or not in time: the server has seen nothing of the request
    NotProven,   // the handshake failed, or not in time: likewise
    NoAnswer,    // the connection ended first; the server may have acted on the request
    Timeout,     // likewise, and no answer came in time
    BadAnswer,   // what it answers is no HTTP, or too much of it
  };
  Kind kind;
  std::string detail;                         // for logs
  std::optional<HandshakeFailure> handshake;  // NotProven
};

struct ClientLimits {
  policy::Milliseconds connect{5000};
  policy::Milliseconds handshake{5000};
  http::ParseLimits answer{.max_head_bytes = 16384, .max_headers = 100, .max_body = 1u << 20};
};

class HttpClient final : public LinkUser {
 public:
  // What it is given lives during the call. It may destroy the client, or ask again.
  using Done = std::function<void(const identity::Result<ClientAnswer, ClientError>&)>;
  // A session for a new connection. Null: none is to be had, and nothing is sent.
  using MakeTls = std::function<std::unique_ptr<TlsClient>()>;

  // `room` must outlive the client. `tls` empty: bare.
  HttpClient(LinkRoom& room, LinkAddress address, ClientLimits limits, MakeTls tls = {});
  ~HttpClient() override = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `request`: a whole one, to be answered within `timeout`, connection and handshake included. A GET is sent a second
  // time when a kept connection ends before the answer begins; of others the server may have seen, and done, everything
  // (RFC 9110 9.2.2). `done` is called once, never from inside ask().
  void ask(std::string request, policy::Milliseconds timeout, Done done);
  // Nobody wants the answer any more: the connection ends with it.
  void abandon();
  // Called for each connection that has come about, TLS included, before a request goes over it. It may look, and do
  // nothing else.
  void when_up(std::function<void()> told) { when_up_ = std::move(told); }
  // Ends a kept connection.
  void close() { link_.close(); }

  [[nodiscard]] bool busy() const { return done_ != nullptr; }
  [[nodiscard]] bool connected() const { return link_.is_up(); }
  [[nodiscard]] const TlsClient* tls() const { return link_.tls(); }

  void on_link_connected() override;
  void on_link_up() override;
  void on_link_bytes(std::span<const std::uint8_t> bytes) override;
  void on_link_down(const LinkEnd& end) override;

 private:
  enum class Phase : std::uint8_t { Connecting, Handshaking, Answer };
  static void on_timeout(uv_timer_t* timer) noexcept;
  void connect();
  void send();
  void arm(Phase phase, policy::Milliseconds most);
  void timed_out();
  void complete(bool keep);
  void fail_later(ClientError error);
  void fail(const ClientError& error);

  LinkRoom& room_;
  LinkAddress address_;
  ClientLimits limits_;
  MakeTls make_tls_;
  http::ResponseParser parser_;
  StreamLink link_;
  UvHandle<uv_timer_t> timer_;
  std::string request_;
  std::string body_;
  std::optional<ClientError> failure_;  // of ask() itself, to be told by the timer
  Done done_;                           // none: nobody waits
  std::function<void()> when_up_;
  std::uint64_t deadline_ = 0;  // of the loop's clock
  Phase phase_ = Phase::Answer;
  bool reused_ = false;  // the connection stood already when this request began
  bool begun_ = false;   // a byte of the answer has come
};

}  // namespace saproxy::proxy
