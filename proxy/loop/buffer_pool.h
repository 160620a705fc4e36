// BufferPool: byte vectors borrowed while bytes are in flight. A worker has one; a borrowed buffer belongs to its borrower alone, so that
// nested work (one peer's end waking another) can never mix bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace saproxy::proxy {

class BufferPool {
 public:
  using Buffer = std::vector<std::uint8_t>;

  struct Return {
    BufferPool* pool = nullptr;
    void operator()(Buffer* buffer) const noexcept { pool->take_back(buffer); }
  };
  using Borrowed = std::unique_ptr<Buffer, Return>;

  BufferPool() { free_.reserve(kKept); }
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // Empty, with whatever capacity it grew to in earlier use.
  [[nodiscard]] Borrowed borrow() {
    if (free_.empty()) return Borrowed(new Buffer, Return{this});
    Buffer* buffer = free_.back().release();
    free_.pop_back();
    return Borrowed(buffer, Return{this});
  }

 private:
  static constexpr std::size_t kKept = 64;
  static constexpr std::size_t kLargestKept = std::size_t{1} << 18;

  void take_back(Buffer* buffer) noexcept {
    std::unique_ptr<Buffer> owned(buffer);
    if (free_.size() >= kKept || owned->capacity() > kLargestKept) return;
    owned->clear();
    free_.push_back(std::move(owned));
  }

  std::vector<std::unique_ptr<Buffer>> free_;
};

}  // namespace saproxy::proxy
