#include "proxy/client/stream_link.h"

#include <utility>

#include "proxy/loop/quick_ack.h"
#include "proxy/loop/socket_address.h"

namespace saproxy::proxy {
namespace {

constexpr std::size_t kInputSize = std::size_t{64} << 10;
constexpr std::size_t kPlainSize = std::size_t{16} << 10;

// Every handle of a link has a StreamOwner as its owner, which write_stream() asks for.
template <class H>
StreamLink* link_of(const H* handle) {
  return static_cast<StreamLink*>(owner_of<StreamOwner>(handle));
}

// A buffer of the room for the length of a scope.
class Lent {
 public:
  Lent(std::vector<std::uint8_t>& home, std::size_t size) : home_(home), bytes_(std::exchange(home, {})) {
    bytes_.resize(size);
  }
  ~Lent() { home_ = std::move(bytes_); }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  std::vector<std::uint8_t>& operator*() { return bytes_; }

 private:
  std::vector<std::uint8_t>& home_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

identity::Result<LinkAddress> link_address(const policy::Endpoint& endpoint) {
  if (endpoint.is_unix()) return endpoint.unix_path;
  if (const auto ip = endpoint.ip()) return socket_address(*ip, endpoint.port);
  return identity::fail(identity::ErrorCode::BadSyntax, "no literal address: " + endpoint.text());
}

StreamLink::~StreamLink() {
  if (destroyed_ != nullptr) *destroyed_ = true;
}

uv_stream_t* StreamLink::stream() const {
  return tcp_ ? reinterpret_cast<uv_stream_t*>(tcp_.get()) : reinterpret_cast<uv_stream_t*>(pipe_.get());
}

int StreamLink::connect(const LinkAddress& address, std::unique_ptr<TlsClient> tls) {
  auto* owner = static_cast<StreamOwner*>(this);
  auto request = std::make_unique<uv_connect_t>();
  if (const auto* path = std::get_if<std::string>(&address)) {
    const int opened = pipe_.open(owner, [this](uv_pipe_t* pipe) { return uv_pipe_init(room_.loop, pipe, 0); });
    if (opened != 0) return opened;
    uv_pipe_connect(request.release(), pipe_.get(), path->c_str(),
                    &on_connected);  // reports through the callback alone
  } else {
    const int opened = tcp_.open(owner, [this](uv_tcp_t* tcp) { return uv_tcp_init(room_.loop, tcp); });
    if (opened != 0) return opened;
    uv_tcp_nodelay(tcp_.get(), 1);
    const auto* ip = reinterpret_cast<const sockaddr*>(&std::get<sockaddr_storage>(address));
    if (const int status = uv_tcp_connect(request.get(), tcp_.get(), ip, &on_connected); status != 0) {
      drop();
      return status;
    }
    static_cast<void>(request.release());
  }
  tls_ = std::move(tls);
  state_ = State::Connecting;
  return 0;
}

void StreamLink::on_connected(uv_connect_t* request, int status) noexcept {
  const std::unique_ptr<uv_connect_t> done(request);
  if (StreamLink* link = link_of(request->handle)) link->connected(status);
}

void StreamLink::connected(int status) {
  if (status == 0) status = uv_read_start(stream(), &on_alloc, &on_read);
  if (status != 0) return go_down(LinkEnd::Kind::NotReached, uv_strerror(status));
  if (!tls_) {
    state_ = State::Up;
    return user_.on_link_up();
  }
  state_ = State::Handshaking;
  bool destroyed = false;
  destroyed_ = &destroyed;
  user_.on_link_connected();
  if (destroyed) return;
  destroyed_ = nullptr;
  if (state_ == State::Handshaking) shake_hands({});
}

void StreamLink::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
  *buffer = uv_buf_init(nullptr, 0);
  StreamLink* link = link_of(handle);
  if (link == nullptr) return;
  std::vector<std::uint8_t>& input = link->room_.input;
  if (input.empty()) input.resize(kInputSize);
  *buffer = uv_buf_init(reinterpret_cast<char*>(input.data()), static_cast<unsigned>(input.size()));
}

void StreamLink::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept {
  StreamLink* link = link_of(stream);
  if (link == nullptr || size == 0) return;
  if (size < 0) return link->ended(static_cast<int>(size));
  link->received({reinterpret_cast<const std::uint8_t*>(buffer->base), static_cast<std::size_t>(size)});
}

void StreamLink::received(std::span<const std::uint8_t> bytes) {
  switch (state_) {
    case State::Handshaking: return shake_hands(bytes);
    case State::Up: return tls_ ? decrypt(bytes) : user_.on_link_bytes(bytes);
    case State::Connecting:
    case State::Down: return;
  }
}

void StreamLink::shake_hands(std::span<const std::uint8_t> bytes) {
  {
    Lent cipher(room_.cipher, 0);
    if (bytes.empty()) {
      tls_->start(*cipher);
    } else {
      tls_->receive(bytes, *cipher);
    }
    // The alert of a failed handshake goes out as well.
    if (!flush(*cipher) && tls_->state() == TlsClient::State::Handshaking)
      return go_down(LinkEnd::Kind::NotProven, "the connection broke in the handshake", HandshakeFailure::PeerClosed);
  }
  switch (tls_->state()) {
    case TlsClient::State::Handshaking: return;
    case TlsClient::State::Closed: return go_down(LinkEnd::Kind::NotProven, tls_->failure_detail(), tls_->failure());
    case TlsClient::State::Established: break;
  }
  state_ = State::Up;
  bool destroyed = false;
  destroyed_ = &destroyed;
  user_.on_link_up();
  if (destroyed) return;
  destroyed_ = nullptr;
  if (state_ == State::Up) decrypt({});  // what came behind the handshake
}

void StreamLink::decrypt(std::span<const std::uint8_t> bytes) {
  bool destroyed = false;
  Lent plain(room_.plain, kPlainSize);
  Lent cipher(room_.cipher, 0);
  if (!bytes.empty()) tls_->receive(bytes, *cipher);
  destroyed_ = &destroyed;
  while (state_ == State::Up) {
    const auto [status, size] = tls_->read(*plain, *cipher);
    if (status == TlsRecords::ReadStatus::NeedBytes) break;
    if (status == TlsRecords::ReadStatus::Data) {
      user_.on_link_bytes({(*plain).data(), size});
      if (destroyed) return;
      continue;
    }
    destroyed_ = nullptr;
    const bool orderly = status == TlsRecords::ReadStatus::PeerClosed;
    return go_down(orderly ? LinkEnd::Kind::Closed : LinkEnd::Kind::Broken, orderly ? "close_notify" : "broken record");
  }
  destroyed_ = nullptr;
  if (state_ == State::Up) static_cast<void>(flush(*cipher));
}

void StreamLink::ended(int status) {
  if (state_ == State::Up) {
    // TLS without close_notify may have been cut off.
    const bool orderly = status == UV_EOF && !tls_;
    return go_down(orderly ? LinkEnd::Kind::Closed : LinkEnd::Kind::Broken,
                   status == UV_EOF ? "it closed the connection" : uv_strerror(status));
  }
  go_down(LinkEnd::Kind::NotProven,
          status == UV_EOF ? "it closed the connection in the handshake" : uv_strerror(status),
          HandshakeFailure::PeerClosed);
}

void StreamLink::write(std::span<const std::uint8_t> bytes) {
  if (state_ != State::Up) return;
  if (!tls_) {
    // A broken stream is told by its read side, after what may have come before.
    static_cast<void>(write_stream(stream(), bytes));
    return;
  }
  Lent cipher(room_.cipher, 0);
  if (tls_->write(bytes, *cipher)) static_cast<void>(flush(*cipher));
}

void StreamLink::acknowledge() {
  if (tcp_) acknowledge_now(tcp_.get());
}

bool StreamLink::flush(const CipherOutput& cipher) { return cipher.empty() || write_stream(stream(), cipher) == 0; }

void StreamLink::on_write_failed(int status) noexcept {
  if (state_ != State::Down) go_down(LinkEnd::Kind::Broken, uv_strerror(status));
}

void StreamLink::close() {
  if (state_ == State::Up && tls_) {
    Lent cipher(room_.cipher, 0);
    tls_->close(*cipher);
    static_cast<void>(flush(*cipher));
  }
  drop();
}

void StreamLink::drop() {
  state_ = State::Down;
  tcp_.reset();
  pipe_.reset();
  tls_.reset();
}

void StreamLink::go_down(LinkEnd::Kind kind, std::string detail, std::optional<HandshakeFailure> handshake) {
  const LinkEnd end{kind, std::move(detail), handshake};
  drop();
  user_.on_link_down(end);
}

}  // namespace saproxy::proxy
