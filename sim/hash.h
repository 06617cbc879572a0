// Hashes of values: the same on every machine and in every run, so that a state has one name.
#ifndef REAPCHECK_SIM_HASH_H_
#define REAPCHECK_SIM_HASH_H_

#include <cstdint>
#include <cstring>
#include <string_view>

namespace reapcheck::sim {

// A 64-bit mixing function without a zero fixed point that matters here (murmur3's finalizer).
constexpr std::uint64_t Mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  x ^= x >> 33;
  return x;
}

constexpr std::uint64_t Combine(std::uint64_t seed, std::uint64_t value) {
  return Mix(seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2)));
}

inline std::uint64_t HashBytes(std::string_view bytes) {
  std::uint64_t hash = Mix(bytes.size() + 1);
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = Combine(hash, word);
    bytes.remove_prefix(8);
  }
  std::uint64_t tail = 0;
  if (!bytes.empty()) std::memcpy(&tail, bytes.data(), bytes.size());
  return Combine(hash, tail);
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_HASH_H_
