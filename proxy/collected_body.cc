#include "proxy/collected_body.h"

namespace saproxy::proxy {

bool CollectingRoom::take(std::size_t bytes, std::size_t limit) {
  if (bytes > 0 && taken_ > 0 && (taken_ > limit || bytes > limit - taken_)) return false;
  taken_ += bytes;
  return true;
}

CollectedBody& CollectedBody::operator=(CollectedBody&& other) noexcept {
  if (this == &other) return *this;
  reset();
  bytes_ = std::move(other.bytes_);
  room_ = std::exchange(other.room_, nullptr);
  most_ = std::exchange(other.most_, 0);
  return *this;
}

bool CollectedBody::begin(BufferPool& buffers, CollectingRoom& room, std::size_t most, std::size_t limit) {
  reset();
  if (!room.take(most, limit)) return false;
  bytes_ = buffers.borrow();
  room_ = &room;
  most_ = most;
  return true;
}

bool CollectedBody::append(std::span<const std::uint8_t> more) {
  if (bytes_ == nullptr || more.size() > most_ - bytes_->size()) return false;
  bytes_->insert(bytes_->end(), more.begin(), more.end());
  return true;
}

std::span<const std::uint8_t> CollectedBody::bytes() const {
  return bytes_ == nullptr ? std::span<const std::uint8_t>() : std::span<const std::uint8_t>(*bytes_);
}

void CollectedBody::reset() {
  bytes_.reset();
  if (room_ != nullptr) room_->give_back(most_);
  room_ = nullptr;
  most_ = 0;
}

}  // namespace saproxy::proxy
