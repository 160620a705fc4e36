#include "bench/load/client.h"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace saproxy::bench {
namespace {

constexpr std::uint64_t kSources = 8;

}  // namespace

bool Client::dial(SSL_CTX* context, const Options& options, int epoll, std::uint64_t tag) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (context != nullptr) ssl_ = SSL_new(context);
  if (fd_ < 0 || (context != nullptr && ssl_ == nullptr)) return false;
  const int yes = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (!take_source(options.address, tag)) return false;
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&options.address), sizeof options.address) != 0 &&
      errno != EINPROGRESS)
    return false;
  if (ssl_ != nullptr) {
    SSL_set_fd(ssl_, fd_);
    SSL_set_connect_state(ssl_);
    SSL_set_tlsext_host_name(ssl_, options.server_name.c_str());
  }
  state_ = State::Handshake;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = tag;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &event) == 0;
}

// The ports of one address run short where connections come and go by ten thousands; 127/8 has more than one.
bool Client::take_source(const sockaddr_in& server, std::uint64_t tag) const {
  const std::uint32_t host = ntohl(server.sin_addr.s_addr);
  if (host >> 24U != IN_LOOPBACKNET) return true;
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(tag % kSources));
  const int yes = 1;
  setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  return bind(fd_, reinterpret_cast<const sockaddr*>(&source), sizeof source) == 0;
}

Client::Outcome Client::on_event() {
  switch (state_) {
    case State::Closed: return Outcome::Waiting;
    case State::Handshake: return shake_hands();
    case State::Ready: {
      // Nothing is due now: anything but "nothing there" is the server ending an association that it should keep.
      char byte = 0;
      return blocked_or_failed(read_some(&byte, 1));
    }
    case State::Send: return send_rest();
    case State::Receive: return receive();
  }
  return Outcome::Failed;
}

Client::Outcome Client::shake_hands() {
  if (ssl_ == nullptr) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return Outcome::Failed;
  } else if (const int result = SSL_do_handshake(ssl_); result != 1) {
    return blocked_or_failed(result);
  }
  state_ = State::Ready;
  return Outcome::Established;
}

Client::Outcome Client::ask(const Script& script, std::size_t client, std::uint64_t number) {
  script.write_request(out_, client, number);
  check_.begin(script, number);
  sent_ = 0;
  state_ = State::Send;
  return send_rest();
}

Client::Outcome Client::send_rest() {
  while (sent_ < out_.size()) {
    const int size = write_some(out_.data() + sent_, out_.size() - sent_);
    if (size <= 0) return blocked_or_failed(size);
    sent_ += static_cast<std::size_t>(size);
  }
  state_ = State::Receive;
  return receive();
}

Client::Outcome Client::receive() {
  static std::array<char, 65536> buffer;
  for (;;) {
    const int size = read_some(buffer.data(), buffer.size());
    if (size <= 0) return blocked_or_failed(size);
    switch (check_.take({buffer.data(), static_cast<std::size_t>(size)})) {
      case AnswerCheck::Verdict::More: continue;
      case AnswerCheck::Verdict::Wrong: return Outcome::Failed;
      case AnswerCheck::Verdict::Right: state_ = State::Ready; return Outcome::Answered;
    }
  }
}

int Client::read_some(char* data, std::size_t size) {
  return ssl_ != nullptr ? SSL_read(ssl_, data, static_cast<int>(size)) : static_cast<int>(recv(fd_, data, size, 0));
}

int Client::write_some(const char* data, std::size_t size) {
  return ssl_ != nullptr ? SSL_write(ssl_, data, static_cast<int>(size))
                         : static_cast<int>(send(fd_, data, size, MSG_NOSIGNAL));
}

Client::Outcome Client::blocked_or_failed(int result) {
  if (ssl_ == nullptr) return result < 0 && errno == EAGAIN ? Outcome::Waiting : Outcome::Failed;
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Outcome::Waiting;
  ERR_clear_error();
  return Outcome::Failed;
}

void Client::hang_up() {
  if (ssl_ != nullptr) {
    if (state_ == State::Ready) SSL_shutdown(ssl_);
    SSL_free(ssl_);
  }
  if (fd_ >= 0) close(fd_);
  ERR_clear_error();
  ssl_ = nullptr;
  fd_ = -1;
  state_ = State::Closed;
}

}  // namespace saproxy::bench
