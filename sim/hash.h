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

// Both halves of the product: two words in, all bits mixed, and products run side by side.
inline std::uint64_t Fold(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(a ^ 0xa0761d6478bd642fULL) * (b ^ 0xe7037ed1a0b428dbULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
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

// Faster, and another value: to find the bytes again in a table.
inline std::uint64_t HashForLookup(std::string_view bytes) {
  const auto word_at = [&](std::size_t at, std::size_t size) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, size);
    return word;
  };
  std::uint64_t hash = Fold(bytes.size(), 0);
  std::size_t at = 0;
  for (; bytes.size() - at > 16; at += 16) hash = Fold(hash ^ word_at(at, 8), word_at(at + 8, 8));
  const std::size_t rest = bytes.size() - at;
  if (rest >= 8) return Fold(hash ^ word_at(at, 8), word_at(bytes.size() - 8, 8));
  if (rest >= 4) return Fold(hash ^ word_at(at, 4), word_at(bytes.size() - 4, 4));
  return rest == 0 ? hash : Fold(hash ^ word_at(at, 1), word_at(at + rest / 2, 1) << 8 |
                                                            word_at(bytes.size() - 1, 1));
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_HASH_H_
