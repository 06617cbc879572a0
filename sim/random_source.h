// Random numbers that are the same on every machine: xoshiro256++, seeded by splitmix64
// (prng.di.unimi.it). The distributions of the standard library are left to its makers, so they are
// not used.
#ifndef REAPCHECK_SIM_RANDOM_SOURCE_H_
#define REAPCHECK_SIM_RANDOM_SOURCE_H_

#include <array>
#include <bit>
#include <cstdint>

namespace reapcheck::sim {

class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15ULL;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
      word = mixed ^ (mixed >> 31);
    }
  }

  std::uint64_t Next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  // 0 ... limit - 1, for limits far below 2^32: the bias is below limit / 2^32.
  std::uint32_t Below(std::uint32_t limit) {
    return static_cast<std::uint32_t>((Next() >> 32) * limit >> 32);
  }
  // True once in 2^power times.
  bool OnceIn(int power) { return (Next() >> 32 & ((std::uint64_t{1} << power) - 1)) == 0; }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_RANDOM_SOURCE_H_
