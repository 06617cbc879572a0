#include "sim/behavior.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace reapcheck::sim {
namespace {

CallResult Value(std::int64_t value) { return CallResult{.value = value}; }

// Reads until it gets 0, adding up; the sum is the exit status.
int Sum(ProgramKernel& kernel) {
  int sum = 0;
  for (;;) {
    const auto value = kernel.StatFs(Fd{sum});
    if (!value) return 99;
    if (*value == 0) return sum;
    sum += static_cast<int>(*value);
  }
}

TEST(BehaviorTest, WhatComesNextDependsOnTheResults) {
  TextTable texts;
  Behavior behavior(texts, {Sum});
  const NodeId root = behavior.Root(1);
  EXPECT_EQ(behavior.PendingAt(root), (Call{.op = Op::kStatFs, .a = 0}));
  const NodeId two = behavior.Next(root, Value(2));
  EXPECT_EQ(behavior.PendingAt(two), (Call{.op = Op::kStatFs, .a = 2}));
  const NodeId five = behavior.Next(two, Value(3));
  EXPECT_EQ(behavior.PendingAt(five), (Call{.op = Op::kStatFs, .a = 5}));
  EXPECT_EQ(behavior.PendingAt(behavior.Next(five, Value(0))), (Call{.op = Op::kExit, .a = 5}));
  EXPECT_EQ(behavior.PendingAt(behavior.Next(two, Failed(EIO))), (Call{.op = Op::kExit, .a = 99}));
  EXPECT_EQ(behavior.ProgramOf(five), 1);
}

TEST(BehaviorTest, KnownHistory_RunsNoCode) {
  TextTable texts;
  int runs = 0;
  Behavior behavior(texts, {[&](ProgramKernel& kernel) {
                      ++runs;
                      return Sum(kernel);
                    }});
  const NodeId node = behavior.Next(behavior.Next(behavior.Root(1), Value(1)), Value(1));
  EXPECT_EQ(behavior.Next(behavior.Next(behavior.Root(1), Value(1)), Value(1)), node);
  EXPECT_EQ(runs, 1);
  // The run went on from the root along another edge: a new one is fed.
  behavior.Next(behavior.Root(1), Value(7));
  EXPECT_EQ(runs, 2);
}

TEST(BehaviorTest, ManyResultsAndMoreHistoriesThanRuns_AreAllKept) {
  TextTable texts;
  Behavior behavior(texts, {Sum});
  std::vector<NodeId> nodes;
  for (int value = 1; value <= 200; ++value) {
    nodes.push_back(behavior.Next(behavior.Root(1), Value(value)));
  }
  for (int value = 1; value <= 200; ++value) {
    const NodeId node = nodes[value - 1];
    EXPECT_EQ(behavior.Next(behavior.Root(1), Value(value)), node);
    EXPECT_EQ(behavior.PendingAt(node).a, value);
    EXPECT_EQ(behavior.PendingAt(behavior.Next(node, Value(1))).a, value + 1);
  }
  EXPECT_EQ(behavior.node_count(), 1u + 200u + 200u);
}

TEST(BehaviorTest, PathTo_TellsTheHistory) {
  TextTable texts;
  Behavior behavior(texts, {Sum});
  const NodeId node = behavior.Next(behavior.Next(behavior.Root(1), Value(4)), Value(5));
  const std::vector<RecordedCall> path = behavior.PathTo(node);
  ASSERT_EQ(path.size(), 2u);
  EXPECT_EQ(path[1].call.a, 4);
  EXPECT_EQ(path[1].result, Value(5));
}

// The program's state leaks from one run into the next.
TEST(BehaviorTest, ProgramThatRemembersRuns_Diverges) {
  TextTable texts;
  int runs = 0;
  Behavior behavior(texts, {[&](ProgramKernel& kernel) {
                      const int mine = ++runs;
                      (void)kernel.StatFs(Fd{0});
                      (void)kernel.StatFs(Fd{mine});
                      return 0;
                    }});
  const NodeId node = behavior.Next(behavior.Root(1), Value(1));
  EXPECT_FALSE(behavior.VerifyDeterminism(node));
  ASSERT_TRUE(behavior.divergence().has_value());
  EXPECT_EQ(behavior.divergence()->position, 1u);
  EXPECT_EQ(behavior.divergence()->recorded.a, 1);
  EXPECT_EQ(behavior.divergence()->made.a, 2);
  EXPECT_NE(behavior.divergence()->ToString().find("fstatfs"), std::string::npos);
}

TEST(BehaviorTest, DeterministicProgram_IsVerified) {
  TextTable texts;
  Behavior behavior(texts, {Sum});
  EXPECT_TRUE(behavior.VerifyDeterminism(behavior.Next(behavior.Root(1), Value(3))));
  EXPECT_FALSE(behavior.divergence().has_value());
}

TEST(BehaviorTest, CheckedMemory_RunsTheCodeEachTime) {
  TextTable texts;
  int runs = 0;
  Behavior behavior(texts,
                    {[&](ProgramKernel& kernel) {
                      ++runs;
                      return Sum(kernel);
                    }},
                    Memory::kChecked);
  const NodeId node = behavior.Next(behavior.Root(1), Value(1));
  const int before = runs;
  EXPECT_EQ(behavior.Next(behavior.Root(1), Value(1)), node);
  EXPECT_EQ(runs, before + 2);
}

// Tries until it works, and then has forgotten how often.
int TryForEver(ProgramKernel& kernel) {
  for (;;) {
    Forget(kernel, 1);
    if (kernel.StatFs(Fd{3})) break;
  }
  return kernel.StatFs(Fd{4}) ? 0 : 1;
}

TEST(BehaviorTest, HistoriesThatAProgramForgets_AreOne) {
  TextTable texts;
  Behavior behavior(texts, {TryForEver});
  NodeId node = behavior.Root(1);
  for (int attempt = 0; attempt < 10; ++attempt) node = behavior.Next(node, Failed(EIO));
  EXPECT_EQ(node, behavior.Root(1));
  EXPECT_EQ(behavior.PendingAt(behavior.Next(node, Value(0))).a, 4);
  // The start, what stands for it after a failure, and the one after it.
  EXPECT_EQ(behavior.node_count(), 3u);
}

TEST(BehaviorTest, ProgramThatForgetsWhatItNeeds_Diverges) {
  TextTable texts;
  Behavior behavior(texts, {[](ProgramKernel& kernel) {
                      for (int attempt = 0;; ++attempt) {
                        Forget(kernel, 1);
                        if (kernel.StatFs(Fd{attempt})) return 0;
                      }
                    }});
  EXPECT_EQ(behavior.Next(behavior.Root(1), Failed(EIO)), kNoNode);
  EXPECT_TRUE(behavior.divergence().has_value());
}

// A descriptor that is closed by a destructor when its run is dropped, also in the middle of a
// loop that would go on for ever.
TEST(BehaviorTest, DroppedRuns_ReleaseWhatTheyHold) {
  int alive = 0;
  struct Held {
    int& count;
    explicit Held(int& held) : count(held) { ++count; }
    ~Held() { --count; }
  };
  {
    TextTable texts;
    Behavior behavior(texts, {[&](ProgramKernel& kernel) -> int {
                        Held held(alive);
                        OwnedFd fd(kernel, Fd{7});
                        for (;;) (void)kernel.StatFs(Fd{0});
                      },
                      [&](ProgramKernel& kernel) -> int {
                        Held held(alive);
                        { OwnedFd fd(kernel, Fd{7}); }  // pending inside a destructor
                        return 3;
                      }});
    behavior.Next(behavior.Root(1), Value(1));
    EXPECT_EQ(behavior.PendingAt(behavior.Root(2)).op, Op::kClose);
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace reapcheck::sim
