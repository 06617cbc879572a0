#include "sim/visited.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace reapcheck::sim {
namespace {

constexpr std::size_t kFirstBuckets = 1 << 12;

// Five bits each: kUnlimited is the largest.
std::uint16_t Pack(const Budget& left) {
  return static_cast<std::uint16_t>(left.faults << 10 | left.crashes << 5 | left.preemptions);
}

Budget Unpack(std::uint16_t left) {
  return Budget{static_cast<std::uint8_t>(left >> 10 & 31),
                static_cast<std::uint8_t>(left >> 5 & 31), static_cast<std::uint8_t>(left & 31)};
}

}  // namespace

Visited::Visited() { Allocate(kFirstBuckets); }

Visited::~Visited() { munmap(buckets_, bytes()); }

void Visited::Allocate(std::size_t count) {
  const std::size_t size = count * sizeof(Bucket);
  void* area =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) {
    std::fputs("reapcheck: no memory for the set of visited states\n", stderr);
    std::abort();
  }
  madvise(area, size, MADV_HUGEPAGE);  // Only a hint: without it the search is slower.
  buckets_ = static_cast<Bucket*>(area);
  count_ = count;
}

void Visited::Clear() {
  std::memset(static_cast<void*>(buckets_), 0, bytes());
  used_ = 0;
  keys_ = 0;
}

Visited::Outcome Visited::Insert(std::uint64_t key, const Budget& left) {
  if (key == 0) key = 1;  // 0 marks a free slot.
  // At most four fifths full, so that a probe ends soon.
  if (used_ * 5 >= count_ * kSlots * 4) Grow();
  bool is_known = false;
  for (std::size_t index = IndexOf(key);; index = (index + 1) & (count_ - 1)) {
    Bucket& bucket = buckets_[index];
    for (int slot = 0; slot < kSlots; ++slot) {
      if (bucket.keys[slot] == 0) {
        bucket.keys[slot] = key;
        bucket.left[slot] = Pack(left);
        ++used_;
        if (is_known) return Outcome::kRicher;
        ++keys_;
        return Outcome::kNew;
      }
      if (bucket.keys[slot] != key) continue;
      const Budget known = Unpack(bucket.left[slot]);
      if (known.Covers(left)) return Outcome::kCovered;
      is_known = true;
      if (left.Covers(known)) {
        bucket.left[slot] = Pack(left);
        return Outcome::kRicher;
      }
    }
  }
}

void Visited::Grow() {
  Bucket* const old = buckets_;
  const std::size_t old_count = count_;
  Allocate(old_count * 2);
  for (std::size_t index = 0; index < old_count; ++index) {
    for (int slot = 0; slot < kSlots; ++slot) {
      if (old[index].keys[slot] != 0) Place(old[index].keys[slot], old[index].left[slot]);
    }
  }
  munmap(old, old_count * sizeof(Bucket));
}

void Visited::Place(std::uint64_t key, std::uint16_t left) {
  for (std::size_t index = IndexOf(key);; index = (index + 1) & (count_ - 1)) {
    Bucket& bucket = buckets_[index];
    for (int slot = 0; slot < kSlots; ++slot) {
      if (bucket.keys[slot] != 0) continue;
      bucket.keys[slot] = key;
      bucket.left[slot] = left;
      return;
    }
  }
}

}  // namespace reapcheck::sim
