// The states that a search has seen: a set of 64-bit keys with open addressing, each with what was
// left of the budgets when it was seen.
//
// A bucket is one cache line. Memory comes from mmap with huge pages, because nearly every probe
// misses the caches and would miss the TLB too. Grows by doubling. One thread.
#ifndef REAPCHECK_SIM_VISITED_H_
#define REAPCHECK_SIM_VISITED_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace reapcheck::sim {

// What may still happen to a schedule.
struct Budget {
  // Stands for no bound, and is never used up.
  static constexpr std::uint8_t kUnlimited = 31;

  std::uint8_t faults = 0;
  std::uint8_t crashes = 0;
  std::uint8_t preemptions = 0;

  bool Covers(const Budget& cost) const {
    return faults >= cost.faults && crashes >= cost.crashes && preemptions >= cost.preemptions;
  }
  void Spend(const Budget& cost) {
    if (faults != kUnlimited) faults -= cost.faults;
    if (crashes != kUnlimited) crashes -= cost.crashes;
    if (preemptions != kUnlimited) preemptions -= cost.preemptions;
  }
  int Total() const { return faults + crashes + preemptions; }
  bool operator==(const Budget&) const = default;
};

class Visited {
 public:
  enum class Outcome {
    kNew,      // never seen
    kRicher,   // seen, but only with budgets that do not cover these
    kCovered,  // seen with budgets that are at least these
  };

  Visited();
  Visited(const Visited&) = delete;
  Visited& operator=(const Visited&) = delete;
  ~Visited();

  Outcome Insert(std::uint64_t key, const Budget& left);
  // Has the memory of `key` on its way into the caches.
  void Prefetch(std::uint64_t key) const { __builtin_prefetch(&buckets_[IndexOf(key)]); }
  // Forgets all and keeps the memory.
  void Clear();

  std::uint64_t size() const { return keys_; }
  std::size_t bytes() const { return count_ * sizeof(Bucket); }

 private:
  static constexpr int kSlots = 6;
  struct alignas(64) Bucket {
    std::array<std::uint64_t, kSlots> keys;  // 0: free
    std::array<std::uint16_t, kSlots> left;
    std::uint32_t unused;
  };
  static_assert(sizeof(Bucket) == 64);

  std::size_t IndexOf(std::uint64_t key) const { return (key >> 20) & (count_ - 1); }
  void Allocate(std::size_t count);
  void Grow();
  void Place(std::uint64_t key, std::uint16_t left);

  Bucket* buckets_ = nullptr;
  std::size_t count_ = 0;   // of buckets, a power of two
  std::size_t used_ = 0;    // slots
  std::uint64_t keys_ = 0;  // distinct ones
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_VISITED_H_
