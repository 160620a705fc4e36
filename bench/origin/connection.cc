#include "bench/origin/connection.h"

#include <openssl/err.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "bench/origin/answer.h"

namespace saproxy::bench {
namespace {

constexpr std::size_t kMaxHead = 65536;
// While this much waits to be written, nothing more is read.
constexpr std::size_t kMaxBacklog = 1U << 22U;
// Of 64 KiB each.
constexpr int kReadsAtOnce = 4;

std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    std::string_view value = line.substr(name.size() + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
  }
  return {};
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

const std::string& body_of(std::size_t bytes) {
  static std::string small = answer_body(kAnswerBytes);
  static std::string large;
  if (bytes == small.size()) return small;
  if (bytes != large.size()) large = answer_body(bytes);
  return large;
}

std::size_t wanted_bytes(std::string_view target) {
  const std::string_view mark(kBulkMark);
  const std::size_t at = target.find(mark);
  return at == std::string_view::npos ? kAnswerBytes
                                      : std::min<std::size_t>(number(target.substr(at + mark.size())), 1U << 28U);
}

}  // namespace

OriginConnection::OriginConnection(int fd, SSL* ssl) : fd_(fd), ssl_(ssl) {
  if (ssl_ == nullptr) return;
  SSL_set_fd(ssl_, fd_);
  SSL_set_accept_state(ssl_);
}

OriginConnection::~OriginConnection() {
  SSL_free(ssl_);
  close(fd_);
}

OriginConnection::After OriginConnection::on_event() {
  for (int reads = 0; reads < kReadsAtOnce; ++reads) {
    if (!write_some()) return After::Over;
    if (once_ && !body_pending_ && out_.empty()) {
      if (ssl_ != nullptr) SSL_shutdown(ssl_);
      ERR_clear_error();
      return After::Over;
    }
    if (out_.size() - written_ > kMaxBacklog) return After::Wait;
    const std::size_t before = in_.size();
    if (!read_some() || ended_) return After::Over;
    if (in_.size() == before) return After::Wait;
    if (!take_requests()) return After::Over;
  }
  return After::GoOn;
}

bool OriginConnection::read_some() {
  std::array<char, 65536> buffer;
  const int size = ssl_ != nullptr ? SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()))
                                   : static_cast<int>(recv(fd_, buffer.data(), buffer.size(), 0));
  if (size <= 0) {
    if (is_blocked(size)) return true;
    ended_ = true;
    return size == 0;
  }
  in_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

bool OriginConnection::take_requests() {
  for (;;) {
    if (body_pending_) {
      const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, in_.size()));
      in_.erase(0, taken);
      body_left_ -= taken;
      if (body_left_ > 0) return true;
      body_pending_ = false;
      out_ += answer_;
    }
    const std::size_t end = in_.find("\r\n\r\n");
    if (end == std::string::npos) return in_.size() < kMaxHead;
    if (!take_head(end)) return false;
  }
}

bool OriginConnection::take_head(std::size_t end) {
  const std::string_view head = std::string_view(in_).substr(0, end + 2);
  // No chunks: every proxy of the comparison is asked with Content-Length and has to pass it on.
  if (!field(head, "transfer-encoding").empty()) return false;
  const bool post = head.starts_with("POST ");
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const std::string& body = body_of(wanted_bytes(line));
  body_left_ = number(field(head, "content-length"));
  answer_ = post ? "HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\n" : "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\n";
  answer_.append("X-M2M-RI: ").append(field(head, "x-m2m-ri"));
  answer_.append("\r\nContent-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
  if (line.substr(0, line.rfind(' ')).ends_with(kOnceMark)) {
    once_ = true;
    answer_.append("\r\nConnection: close");
  }
  answer_.append("\r\n\r\n").append(body);
  body_pending_ = true;
  in_.erase(0, end + 4);
  return true;
}

bool OriginConnection::is_blocked(int result) {
  if (ssl_ == nullptr) return result < 0 && (errno == EAGAIN || errno == EINTR);
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
  ERR_clear_error();
  return false;
}

bool OriginConnection::write_some() {
  while (written_ < out_.size()) {
    const std::size_t left = out_.size() - written_;
    const int size = ssl_ != nullptr ? SSL_write(ssl_, out_.data() + written_, static_cast<int>(left))
                                     : static_cast<int>(send(fd_, out_.data() + written_, left, MSG_NOSIGNAL));
    if (size <= 0) return is_blocked(size);
    written_ += static_cast<std::size_t>(size);
  }
  out_.clear();
  written_ = 0;
  return true;
}

}  // namespace saproxy::bench
