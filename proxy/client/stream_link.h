// StreamLink: a stream that we begin, TCP or Unix socket, bare or inside TLS with us as the client.
//
//   connect ─▶ [handshake: the far end proves who it is] ─▶ up ◂▸ bytes ─▶ down
//
// Nothing of the user's is sent before the link is up. It has no clock: whoever uses it has the deadlines.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "identity/result.h"
#include "policy/config.h"
#include "proxy/loop/stream_writer.h"
#include "proxy/loop/uv_handle.h"
#include "proxy/session/tls_client.h"

namespace saproxy::proxy {

// A literal IP address with its port, or the path of a Unix socket.
using LinkAddress = std::variant<sockaddr_storage, std::string>;
[[nodiscard]] identity::Result<LinkAddress> link_address(const policy::Endpoint& endpoint);

// What the links of one loop share, so that an idle one keeps no buffers. Lent for the length of a call: who finds one
// empty was called from inside another.
struct LinkRoom {
  explicit LinkRoom(uv_loop_t* its_loop) : loop(its_loop) {}
  uv_loop_t* loop;
  std::vector<std::uint8_t> input, plain;
  CipherOutput cipher;
};

// Why a link went down.
struct LinkEnd {
  enum class Kind : std::uint8_t {
    NotReached,  // no connection
    NotProven,   // no TLS, or the far end is not who it has to be
    Closed,      // the far end ended it, in order
    Broken,
  };
  Kind kind;
  std::string detail;                         // for logs
  std::optional<HandshakeFailure> handshake;  // NotProven
};

class LinkUser {
 public:
  virtual ~LinkUser() = default;
  // Each may close or destroy the link.
  virtual void on_link_connected() = 0;  // TLS: the handshake begins
  virtual void on_link_up() = 0;
  virtual void on_link_bytes(std::span<const std::uint8_t> bytes) = 0;  // valid during the call
  virtual void on_link_down(const LinkEnd& end) = 0;                    // the link is closed already
};

class StreamLink final : public StreamOwner {
 public:
  // Both must outlive the link.
  StreamLink(LinkRoom& room, LinkUser& user) : room_(room), user_(user) {}
  ~StreamLink() override;
  StreamLink(const StreamLink&) = delete;
  StreamLink& operator=(const StreamLink&) = delete;

  // Begins; 0 or a libuv error, after which nothing was begun. `tls` null: bare. The user is never called from inside.
  [[nodiscard]] int connect(const LinkAddress& address, std::unique_ptr<TlsClient> tls);
  // Up only. A failure is told through on_link_down, later.
  void write(std::span<const std::uint8_t> bytes);
  // What has come is acknowledged at once: the far end waits for that before it goes on.
  void acknowledge();
  // close_notify where there is one; the user hears no more.
  void close();

  [[nodiscard]] bool is_up() const { return state_ == State::Up; }
  [[nodiscard]] const TlsClient* tls() const { return tls_.get(); }  // null: bare, or down

  void on_drained() noexcept override {}
  void on_write_failed(int status) noexcept override;

 private:
  enum class State : std::uint8_t { Down, Connecting, Handshaking, Up };
  static void on_connected(uv_connect_t* request, int status) noexcept;
  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer) noexcept;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept;
  [[nodiscard]] uv_stream_t* stream() const;
  void connected(int status);
  void received(std::span<const std::uint8_t> bytes);
  void shake_hands(std::span<const std::uint8_t> bytes);
  void decrypt(std::span<const std::uint8_t> bytes);
  void ended(int status);
  [[nodiscard]] bool flush(const CipherOutput& cipher);
  void go_down(LinkEnd::Kind kind, std::string detail, std::optional<HandshakeFailure> handshake = {});
  void drop();

  LinkRoom& room_;
  LinkUser& user_;
  UvHandle<uv_tcp_t> tcp_;
  UvHandle<uv_pipe_t> pipe_;
  std::unique_ptr<TlsClient> tls_;
  State state_ = State::Down;
  bool* destroyed_ = nullptr;  // set while the user is called in the midst of our work: where to tell that we are gone
};

}  // namespace saproxy::proxy
