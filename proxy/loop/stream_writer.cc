#include "proxy/loop/stream_writer.h"

#include <memory>
#include <vector>

namespace saproxy::proxy {
namespace {

// A write request owns its bytes and knows no peer.
struct QueuedWrite {
  uv_write_t request{};
  std::vector<char> bytes;
};

void on_written(uv_write_t* request, int status) noexcept {
  const std::unique_ptr<QueuedWrite> done(static_cast<QueuedWrite*>(request->data));
  auto* owner = static_cast<StreamOwner*>(request->handle->data);
  if (owner == nullptr || status == UV_ECANCELED) return;
  if (status == 0) {
    owner->on_drained();
  } else {
    owner->on_write_failed(status);
  }
}

}  // namespace

int write_stream(uv_stream_t* stream, std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return 0;
  std::size_t sent = 0;
  if (uv_stream_get_write_queue_size(stream) == 0) {
    const uv_buf_t buffer = uv_buf_init(reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes.data())),
                                        static_cast<unsigned>(bytes.size()));
    const int tried = uv_try_write(stream, &buffer, 1);
    if (tried < 0 && tried != UV_EAGAIN) return tried;
    if (tried > 0) sent = static_cast<std::size_t>(tried);
    if (sent == bytes.size()) return 0;
  }
  auto queued = std::make_unique<QueuedWrite>();
  queued->bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(sent), bytes.end());
  queued->request.data = queued.get();
  const uv_buf_t rest = uv_buf_init(queued->bytes.data(), static_cast<unsigned>(queued->bytes.size()));
  const int status = uv_write(&queued->request, stream, &rest, 1, &on_written);
  if (status == 0) static_cast<void>(queued.release());
  return status;
}

}  // namespace saproxy::proxy
