// BufferPool: byte vectors borrowed while bytes are in flight. A worker has one; a borrowed buffer belongs to its
// borrower alone, so that nested work (one peer's end waking another) can never mix bytes.
#pragma once

#include <array>
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

  // Room for the plaintext of one TLS record.
  using Record = std::array<std::uint8_t, 16384>;
  struct ReturnRecord {
    BufferPool* pool = nullptr;
    void operator()(Record* record) const noexcept { pool->take_back(record); }
  };
  using BorrowedRecord = std::unique_ptr<Record, ReturnRecord>;

  BufferPool() {
    free_.reserve(kKept);
    free_records_.reserve(kKept);
  }
  ~BufferPool() = default;
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // Empty, with whatever capacity it grew to in earlier use.
  [[nodiscard]] Borrowed borrow() {
    if (free_.empty()) return Borrowed(new Buffer, Return{this});
    Buffer* buffer = free_.back().release();
    free_.pop_back();
    return Borrowed(buffer, Return{this});
  }

  // With whatever its last borrower left in it: to zero 16 KiB costs more than to decrypt a usual request into them.
  [[nodiscard]] BorrowedRecord borrow_record() {
    if (free_records_.empty())
      return BorrowedRecord(std::make_unique_for_overwrite<Record>().release(), ReturnRecord{this});
    Record* record = free_records_.back().release();
    free_records_.pop_back();
    return BorrowedRecord(record, ReturnRecord{this});
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
  void take_back(Record* record) noexcept {
    std::unique_ptr<Record> owned(record);
    if (free_records_.size() < kKept) free_records_.push_back(std::move(owned));
  }

  std::vector<std::unique_ptr<Buffer>> free_;
  std::vector<std::unique_ptr<Record>> free_records_;
};

}  // namespace saproxy::proxy
