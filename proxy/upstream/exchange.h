// Exchange: one request to the CSE and its streamed answer. Lives inside the peer that asks; its connection finds it by
// pointer and is told when it goes away, so neither can outlive the other's interest.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "proxy/binding/http/message.h"
#include "proxy/loop/buffer_pool.h"

namespace saproxy::proxy {

class UpstreamConnection;
class UpstreamPool;

// Why the CSE gave no usable answer; label of a metric.
enum class UpstreamFailure : std::uint8_t {
  ConnectFailed,
  ConnectTimeout,
  Overloaded,
  ClosedEarly,
  BadAnswer,
  Timeout
};
inline constexpr std::size_t kUpstreamFailureCount = static_cast<std::size_t>(UpstreamFailure::Timeout) + 1;
[[nodiscard]] std::string_view to_text(UpstreamFailure failure);

// Who gets the answer. Every call may end the exchange (abandon()); the caller looks before it goes on.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  virtual void on_response_head(const http::ResponseHead& head) = 0;
  virtual void on_response_body(std::span<const std::uint8_t> body) = 0;  // valid during the call
  virtual void on_response_end() = 0;                            // the exchange is already free for the next request
  virtual void on_response_failed(UpstreamFailure failure) = 0;  // likewise; at most once, instead of the end
  virtual void on_response_turn() = 0;    // all that one read brought has been delivered: time to write
  virtual void on_request_drained() = 0;  // queued request bytes have gone out: the body may go on
};

class Exchange {
 public:
  explicit Exchange(ResponseSink& sink) : sink_(sink) {}
  ~Exchange() { abandon(); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // More of the request; goes out at once when the connection is there.
  void send(std::span<const std::uint8_t> bytes);
  // The request is complete. Until then the connection will not serve another.
  void finish_request() { request_complete_ = true; }
  // Request bytes that are still here or in the kernel's way.
  [[nodiscard]] std::size_t backlog() const;
  // Back-pressure of the answer.
  void pause();
  void resume();
  // Nobody wants the answer any more.
  void abandon();
  [[nodiscard]] bool active() const { return pool_ != nullptr; }
  // Nothing of it has been sent.
  [[nodiscard]] bool waits_for_connection() const { return active() && connection_ == nullptr; }

 private:
  void keep(std::span<const std::uint8_t> bytes);

  friend class UpstreamConnection;
  friend class UpstreamPool;

  ResponseSink& sink_;
  UpstreamPool* pool_ = nullptr;              // set while active
  UpstreamConnection* connection_ = nullptr;  // null while waiting for one
  BufferPool::Borrowed waiting_bytes_;        // not sent yet; or a copy for one repetition, if repeatable
  bool repeatable_ = false;                   // safe to send again on another connection (RETRIEVE)
  bool request_complete_ = false;
  bool answer_begun_ = false;
  bool paused_ = false;
};

}  // namespace saproxy::proxy
