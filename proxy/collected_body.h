// CollectedBody: the body of one request that is collected whole, within the room that its worker has for all of them.
// Room is set aside before the first byte is read: whoever is let in is never refused for want of it afterwards.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "proxy/loop/buffer_pool.h"

namespace saproxy::proxy {

// What bodies have set aside, in bytes. A worker has one.
class CollectingRoom {
 public:
  // False: `limit` would be passed. One body alone always has room, however small the limit.
  [[nodiscard]] bool take(std::size_t bytes, std::size_t limit);
  void give_back(std::size_t bytes) { taken_ -= bytes; }
  [[nodiscard]] std::size_t taken() const { return taken_; }

 private:
  std::size_t taken_ = 0;
};

class CollectedBody {
 public:
  CollectedBody() = default;
  ~CollectedBody() { reset(); }
  CollectedBody(CollectedBody&& other) noexcept { *this = std::move(other); }
  CollectedBody& operator=(CollectedBody&& other) noexcept;
  CollectedBody(const CollectedBody&) = delete;
  CollectedBody& operator=(const CollectedBody&) = delete;

  // For a body of at most `most` bytes. False: there is no room for it, and nothing was begun.
  [[nodiscard]] bool begin(BufferPool& buffers, CollectingRoom& room, std::size_t most, std::size_t limit);
  // False: it would be larger than what was set aside; nothing was added.
  [[nodiscard]] bool append(std::span<const std::uint8_t> more);
  [[nodiscard]] explicit operator bool() const { return bytes_ != nullptr; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const;
  void reset();

 private:
  BufferPool::Borrowed bytes_;
  CollectingRoom* room_ = nullptr;
  std::size_t most_ = 0;
};

}  // namespace saproxy::proxy
