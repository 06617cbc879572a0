// A map from hashes to numbers for what is looked up all the time: open addressing, nothing is ever
// taken out or iterated. A key may have several numbers; who asks says which of them is meant.
#ifndef REAPCHECK_SIM_KEY_MAP_H_
#define REAPCHECK_SIM_KEY_MAP_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace reapcheck::sim {

class KeyMap {
 public:
  // The first number of `key`, in the order in which they came, that `is_meant` accepts.
  template <typename Test>
  std::optional<std::uint32_t> Find(std::uint64_t key, Test&& is_meant) const {
    for (std::size_t at = PlaceOf(key); slots_[at].is_taken; at = After(at)) {
      if (slots_[at].key == key && is_meant(slots_[at].number)) return slots_[at].number;
    }
    return std::nullopt;
  }
  std::optional<std::uint32_t> Find(std::uint64_t key) const {
    return Find(key, [](std::uint32_t) { return true; });
  }

  void Add(std::uint64_t key, std::uint32_t number) {
    // At most half full, so that a search ends soon.
    if ((count_ + 1) * 2 > slots_.size()) Grow();
    ++count_;
    Put({key, number, true});
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t number = 0;
    bool is_taken = false;
  };

  // Keys are hashes: any of their bits will do.
  std::size_t PlaceOf(std::uint64_t key) const { return key & (slots_.size() - 1); }
  std::size_t After(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void Put(const Slot& slot) {
    std::size_t at = PlaceOf(slot.key);
    while (slots_[at].is_taken) at = After(at);
    slots_[at] = slot;
  }
  void Grow() {
    const std::vector<Slot> old = std::move(slots_);
    slots_.assign(old.size() * 2, Slot{});
    // From behind a free place on, so that the numbers of a key keep their order around the end.
    std::size_t first = 0;
    while (old[first].is_taken) ++first;
    for (std::size_t i = 0; i < old.size(); ++i) {
      const Slot& slot = old[(first + i) & (old.size() - 1)];
      if (slot.is_taken) Put(slot);
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(16);  // a power of two
  std::size_t count_ = 0;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_KEY_MAP_H_
