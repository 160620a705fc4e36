// One write for everything that is ready: tries at once, and only what the kernel did not take is copied and queued.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <span>

namespace saproxy::proxy {

// Whoever owns the stream. Found through the handle's data, so a dropped stream calls nobody.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;
  virtual void on_drained() noexcept = 0;                 // a queued write has gone out
  virtual void on_write_failed(int status) noexcept = 0;  // later, never from inside write_stream
};

// Returns 0, or the libuv error of a broken stream. `stream->data` must be a StreamOwner* (or null).
[[nodiscard]] int write_stream(uv_stream_t* stream, std::span<const std::uint8_t> bytes);

}  // namespace saproxy::proxy
