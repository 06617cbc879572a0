#include "sim/key_map.h"

#include <gtest/gtest.h>

#include "sim/hash.h"

namespace reapcheck::sim {
namespace {

TEST(KeyMap, FindsWhatWasAdded_AndNothingElse) {
  KeyMap map;
  EXPECT_FALSE(map.Find(0));
  for (std::uint32_t i = 0; i < 10'000; ++i) map.Add(Mix(i), i);
  for (std::uint32_t i = 0; i < 10'000; ++i) EXPECT_EQ(map.Find(Mix(i)), i);
  for (std::uint32_t i = 10'000; i < 20'000; ++i) EXPECT_FALSE(map.Find(Mix(i)));
}

TEST(KeyMap, KeyOfSeveralNumbers_GivesTheFirstThatIsMeant) {
  KeyMap map;
  // Around the end of the table, before and after it grows.
  constexpr std::uint64_t kLast = 15;
  for (std::uint32_t i = 0; i < 5; ++i) map.Add(kLast, i);
  for (std::uint32_t i = 5; i < 100; ++i) {
    map.Add(Mix(i), i);
    EXPECT_EQ(map.Find(kLast), 0u);
    EXPECT_EQ(map.Find(kLast, [](std::uint32_t number) { return number >= 2; }), 2u);
    EXPECT_FALSE(map.Find(kLast, [](std::uint32_t number) { return number >= 5; }));
  }
}

}  // namespace
}  // namespace reapcheck::sim
