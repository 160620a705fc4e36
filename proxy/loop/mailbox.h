// Mailbox: values from any thread to the one that owns the loop. The only way threads speak to each other.
#pragma once

#include <uv.h>

#include <functional>
#include <mutex>
#include <vector>

#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

template <class Message>
class Mailbox {
 public:
  using Receive = std::function<void(Message&&)>;

  // On the receiving thread, before anyone posts. `delivered` is called after each batch. Returns a libuv status.
  [[nodiscard]] int open(uv_loop_t* loop, Receive receive, std::function<void()> delivered = {}) {
    receive_ = std::move(receive);
    delivered_ = std::move(delivered);
    return async_.open(this, [&](uv_async_t* async) { return uv_async_init(loop, async, &Mailbox::on_wake); });
  }
  // On the receiving thread; what is posted afterwards is dropped.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    async_.reset();
  }
  // From any thread. False when the receiver is gone.
  bool post(Message message) {
    const std::lock_guard lock(mutex_);
    if (closed_ || !async_) return false;
    messages_.push_back(std::move(message));
    uv_async_send(async_.get());
    return true;
  }

 private:
  static void on_wake(uv_async_t* async) noexcept {
    if (auto* box = owner_of<Mailbox>(async)) box->deliver();
  }
  void deliver() {
    std::vector<Message> batch;
    {
      const std::lock_guard lock(mutex_);
      batch.swap(messages_);
    }
    for (Message& message : batch) receive_(std::move(message));
    if (delivered_) delivered_();
  }

  std::mutex mutex_;
  std::vector<Message> messages_;
  bool closed_ = false;
  Receive receive_;
  std::function<void()> delivered_;
  UvHandle<uv_async_t> async_;
};

}  // namespace saproxy::proxy
