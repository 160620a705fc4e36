// UvHandle: the one owner of one libuv handle. Dropping it is safe anywhere, also inside the handle's own callback: the
// owner is forgotten at once, the memory goes in libuv's close callback.
#pragma once

#include <uv.h>

#include <memory>
#include <utility>

namespace saproxy::proxy {

template <class H>
class UvHandle {
 public:
  UvHandle() = default;

  // `init(H*)` calls uv_*_init and returns its status. On failure there is nothing to close and the handle stays empty.
  template <class Init>
  [[nodiscard]] int open(void* owner, Init&& init) {
    auto fresh = std::make_unique<H>();
    const int status = init(fresh.get());
    if (status != 0) return status;
    fresh->data = owner;
    handle_.reset(fresh.release());
    return 0;
  }

  [[nodiscard]] H* get() const { return handle_.get(); }
  [[nodiscard]] explicit operator bool() const { return handle_ != nullptr; }
  void reset() { handle_.reset(); }

 private:
  struct Close {
    void operator()(H* handle) const noexcept {
      handle->data = nullptr;  // from here on no callback finds the owner
      uv_close(reinterpret_cast<uv_handle_t*>(handle), [](uv_handle_t* done) { delete reinterpret_cast<H*>(done); });
    }
  };
  std::unique_ptr<H, Close> handle_;
};

// The owner a callback belongs to, or null when it was dropped meanwhile.
template <class Owner, class H>
[[nodiscard]] Owner* owner_of(const H* handle) {
  return static_cast<Owner*>(handle->data);
}

}  // namespace saproxy::proxy
