#include "sim/fiber.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace reapcheck::sim {
namespace {

struct Story {
  Fiber* fiber = nullptr;
  std::vector<int> events;
};

void TellTwice(void* argument) {
  auto& story = *static_cast<Story*>(argument);
  story.events.push_back(1);
  story.fiber->Yield();
  story.events.push_back(2);
}

TEST(FiberTest, GoesOnWhereItYielded) {
  StackPool stacks;
  Story story;
  Fiber fiber(stacks, TellTwice, &story);
  story.fiber = &fiber;
  EXPECT_TRUE(story.events.empty());
  fiber.Resume();
  EXPECT_EQ(story.events, std::vector<int>{1});
  EXPECT_FALSE(fiber.is_over());
  fiber.Resume();
  EXPECT_EQ(story.events, (std::vector<int>{1, 2}));
  EXPECT_TRUE(fiber.is_over());
}

struct Guard {
  Story& story;
  ~Guard() {
    story.fiber->Yield();  // As a destructor that closes a descriptor does.
    story.events.push_back(9);
  }
};

void YieldUnderAGuard(void* argument) {
  auto& story = *static_cast<Story*>(argument);
  Guard guard{story};
  while (!story.fiber->is_dropped()) story.fiber->Yield();
}

TEST(FiberTest, DroppedInTheMiddle_DestructorsRun) {
  StackPool stacks;
  Story story;
  auto fiber = std::make_unique<Fiber>(stacks, YieldUnderAGuard, &story);
  story.fiber = fiber.get();
  fiber->Resume();
  fiber->Resume();
  EXPECT_TRUE(story.events.empty());
  fiber.reset();
  EXPECT_EQ(story.events, std::vector<int>{9});
}

TEST(FiberTest, DroppedBeforeItStarted_NothingRuns) {
  StackPool stacks;
  Story story;
  { Fiber fiber(stacks, TellTwice, &story); }
  EXPECT_TRUE(story.events.empty());
}

TEST(FiberTest, StacksAreUsedAgain) {
  StackPool stacks;
  std::byte* first = stacks.Take();
  stacks.GiveBack(first);
  EXPECT_EQ(stacks.Take(), first);
  EXPECT_NE(stacks.Take(), first);
  stacks.GiveBack(first);
}

TEST(FiberTest, TwoFibersTakeTurns) {
  StackPool stacks;
  Story one;
  Story two;
  Fiber first(stacks, TellTwice, &one);
  Fiber second(stacks, TellTwice, &two);
  one.fiber = &first;
  two.fiber = &second;
  first.Resume();
  second.Resume();
  second.Resume();
  EXPECT_FALSE(first.is_over());
  EXPECT_TRUE(second.is_over());
  first.Resume();
  EXPECT_EQ(one.events, two.events);
}

}  // namespace
}  // namespace reapcheck::sim
