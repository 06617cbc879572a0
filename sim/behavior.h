// What programs do, remembered: a tree for each program, in which a node is a history of results
// and holds the call that the program makes next. Where a program says that it forgets (Forget),
// branches grow together.
//
// A program is deterministic, so what it does next depends on the results that it got and on
// nothing else: a known history is looked up, and the program's code runs only for a new one. That
// this holds is checked whenever code runs again: a program that makes another call than before is
// reported as a Divergence. One thread; borrows the texts. Nodes are never forgotten.
#ifndef REAPCHECK_SIM_BEHAVIOR_H_
#define REAPCHECK_SIM_BEHAVIOR_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/behavior_run.h"
#include "sim/fiber.h"
#include "sim/model.h"

namespace reapcheck::sim {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0;

// A program that, given the same results, made two different calls.
struct Divergence {
  ProgramId program = 0;
  std::size_t position = 0;  // the number of calls before it
  Call recorded;
  Call made;
  std::string ToString() const;
};

enum class Memory {
  kKept,     // a known history is looked up
  kChecked,  // ... and the program runs all the same, and must do what it did before
};

class Behavior {
 public:
  // Runs that wait at their node for a result that was not seen before.
  static constexpr int kMaxParkedRuns = 64;

  // Program n is programs[n - 1].
  Behavior(TextTable& texts, std::vector<Program> programs, Memory memory = Memory::kKept);

  // Before its first call. kNoNode: see divergence().
  NodeId Root(ProgramId program);
  // What the program of `node` makes next: kExit at its end.
  const Call& PendingAt(NodeId node) const { return At(node).call; }
  ProgramId ProgramOf(NodeId node) const { return At(node).program; }
  // After `result` of the call that is pending at `node`. kNoNode: see divergence().
  NodeId Next(NodeId node, const CallResult& result) {
    if (memory_ == Memory::kKept) {
      const NodeId child = FindInChain(At(node), result);
      if (child != kNoNode) return At(child).stands_for;
    }
    return Extend(node, result);
  }

  // The calls and results that lead to `node`, in order.
  std::vector<RecordedCall> PathTo(NodeId node) const;
  // Runs the program twice along the path to `node`. False: see divergence().
  bool VerifyDeterminism(NodeId node);

  const std::optional<Divergence>& divergence() const { return divergence_; }
  std::size_t node_count() const { return node_count_ - 1; }
  // How often a program was started and fed.
  std::uint64_t run_count() const { return run_count_; }
  TextTable& texts() const { return texts_; }

 private:
  struct Node {
    Call call;
    CallResult edge;  // the result that led here from the parent
    NodeId parent = kNoNode;
    NodeId first_child = kNoNode;
    NodeId next_sibling = kNoNode;
    NodeId stands_for = kNoNode;  // itself, or an equal node that was there before
    std::uint16_t child_count = 0;  // those in the chain
    ProgramId program = 0;
  };
  struct ParkedRun {
    std::unique_ptr<BehaviorRun> run;
    std::uint64_t used = 0;
  };
  // The chain of a node's children is walked; what does not fit goes into a hash map.
  static constexpr int kMaxChain = 8;
  static constexpr int kBlockBits = 12;
  using Block = std::array<Node, 1 << kBlockBits>;

  const Node& At(NodeId node) const {
    return (*blocks_[node >> kBlockBits])[node & ((1 << kBlockBits) - 1)];
  }
  Node& At(NodeId node) { return const_cast<Node&>(std::as_const(*this).At(node)); }
  NodeId FindInChain(const Node& node, const CallResult& result) const {
    NodeId child = node.first_child;
    while (child != kNoNode) {
      const Node& known = At(child);
      if (known.edge == result) return child;
      child = known.next_sibling;
    }
    return kNoNode;
  }

  NodeId Find(NodeId node, const CallResult& result) const;
  NodeId Extend(NodeId node, const CallResult& result);
  NodeId Add(NodeId parent, const CallResult& edge, ProgramId program, const Call& call);
  // `node`, or an equal one where the program has forgotten the difference; kNoNode: diverged.
  NodeId Merge(NodeId node, const BehaviorRun& run);
  void Link(NodeId parent, NodeId child);
  // A run that waits at `node`, taken from those that are parked or started anew; null: diverged.
  std::unique_ptr<BehaviorRun> RunAt(NodeId node);
  std::unique_ptr<BehaviorRun> StartRun(ProgramId program, const std::vector<RecordedCall>& path,
                                        const Call* expected);
  void Park(NodeId node, std::unique_ptr<BehaviorRun> run);

  TextTable& texts_;
  const std::vector<Program> programs_;
  const Memory memory_;
  std::vector<NodeId> roots_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::uint32_t node_count_ = 1;  // node 0 is none
  std::unordered_map<std::uint64_t, std::vector<NodeId>> overflow_;  // looked up, never iterated
  std::unordered_map<std::uint64_t, NodeId> forgotten_;              // the same
  StackPool stacks_;
  std::array<NodeId, kMaxParkedRuns> parked_at_{};
  std::array<ParkedRun, kMaxParkedRuns> parked_;
  std::uint64_t uses_ = 0;
  std::uint64_t run_count_ = 0;
  std::optional<Divergence> divergence_;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_BEHAVIOR_H_
