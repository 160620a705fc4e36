// SlotTable: objects addressed by {slot, generation}. A reference to a retired object finds nothing, however long
// somebody keeps it; the object itself dies in sweep(), after the callbacks of the turn.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace saproxy::proxy {

struct SlotRef {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // 0: refers to nothing
  bool operator==(const SlotRef&) const = default;
};

template <class T>
class SlotTable {
 public:
  [[nodiscard]] SlotRef add(std::unique_ptr<T> object) {
    std::uint32_t index = 0;
    if (free_.empty()) {
      index = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Slot& slot = slots_[index];
    slot.object = std::move(object);
    ++size_;
    return {index, slot.generation};
  }

  [[nodiscard]] T* find(SlotRef ref) const {
    if (ref.generation == 0 || ref.slot >= slots_.size()) return nullptr;
    const Slot& slot = slots_[ref.slot];
    return slot.generation == ref.generation ? slot.object.get() : nullptr;
  }

  // The reference is stale at once; the object lives until sweep().
  void retire(SlotRef ref) {
    if (find(ref) == nullptr) return;
    Slot& slot = slots_[ref.slot];
    retired_.push_back(std::move(slot.object));
    if (++slot.generation == 0) slot.generation = 1;
    free_.push_back(ref.slot);
    --size_;
  }

  void sweep() {
    // Destructors may retire others: take the batch first.
    while (!retired_.empty()) {
      std::vector<std::unique_ptr<T>> dying;
      dying.swap(retired_);
      dying.clear();
      if (retired_.empty()) retired_ = std::move(dying);  // keeps the capacity
      if (retired_.empty()) break;
    }
  }

  [[nodiscard]] bool has_retired() const { return !retired_.empty(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::uint32_t slot_count() const { return static_cast<std::uint32_t>(slots_.size()); }
  // The live object of a slot, or null: for walks in slices that survive changes in between.
  [[nodiscard]] T* at_slot(std::uint32_t index) const {
    return index < slots_.size() ? slots_[index].object.get() : nullptr;
  }

  // Calls for every object that is live when its turn comes; the callback may retire any of them.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].object) visit(*slots_[i].object);
  }

 private:
  struct Slot {
    std::unique_ptr<T> object;
    std::uint32_t generation = 1;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::unique_ptr<T>> retired_;
  std::size_t size_ = 0;
};

}  // namespace saproxy::proxy
