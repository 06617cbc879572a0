#include "sim/behavior.h"

#include <algorithm>

#include "sim/hash.h"

namespace reapcheck::sim {
namespace {

bool IsLast(const Call& call) { return call.op == Op::kExit || call.op == Op::kExecve; }

std::string Show(const Call& call) {
  return std::string(OpName(call.op)) + "(a=" + std::to_string(call.a) +
         " b=" + std::to_string(call.b) + " text=" + std::to_string(call.text.number) +
         " text2=" + std::to_string(call.text2.number) + " n=" + std::to_string(call.n) +
         " m=" + std::to_string(call.m) + ")";
}

// A place in this table, so numbers of texts will do.
std::uint64_t EdgeKey(NodeId node, const CallResult& result) {
  std::uint64_t key = Combine(node, static_cast<std::uint32_t>(result.error));
  key = Combine(key, static_cast<std::uint32_t>(result.aux));
  key = Combine(key, static_cast<std::uint64_t>(result.value));
  return Combine(key, result.text.number);
}

}  // namespace

std::string Divergence::ToString() const {
  return "program " + std::to_string(program) + " is not deterministic: as call " +
         std::to_string(position) + " it made " + Show(recorded) + " and then " + Show(made);
}

Behavior::Behavior(TextTable& texts, std::vector<Program> programs, Memory memory)
    : texts_(texts),
      programs_(std::move(programs)),
      memory_(memory),
      roots_(programs_.size() + 1, kNoNode) {
  blocks_.push_back(std::make_unique<Block>());
}

NodeId Behavior::Root(ProgramId program) {
  NodeId& root = roots_.at(program);
  if (root != kNoNode && memory_ == Memory::kKept) return root;
  const Call* expected = root == kNoNode ? nullptr : &PendingAt(root);
  std::unique_ptr<BehaviorRun> run = StartRun(program, {}, expected);
  if (run == nullptr) return kNoNode;
  if (root == kNoNode) {
    root = Add(kNoNode, {}, program, run->pending());
    Merge(root, *run);
  }
  Park(root, std::move(run));
  return root;
}

NodeId Behavior::Find(NodeId node, const CallResult& result) const {
  if (const NodeId child = FindInChain(At(node), result); child != kNoNode) return child;
  if (At(node).child_count < kMaxChain) return kNoNode;
  const auto found = overflow_.find(EdgeKey(node, result));
  if (found == overflow_.end()) return kNoNode;
  for (const NodeId child : found->second) {
    if (At(child).parent == node && At(child).edge == result) return child;
  }
  return kNoNode;
}

NodeId Behavior::Extend(NodeId node, const CallResult& result) {
  const NodeId known = Find(node, result);
  if (known != kNoNode && memory_ == Memory::kKept) return At(known).stands_for;
  if (known != kNoNode) {
    std::unique_ptr<BehaviorRun> run =
        StartRun(At(node).program, PathTo(known), &PendingAt(known));
    return run == nullptr ? kNoNode : At(known).stands_for;
  }
  std::unique_ptr<BehaviorRun> run = RunAt(node);
  if (run == nullptr) return kNoNode;
  run->Answer(result);
  const NodeId child = Add(node, result, At(node).program, run->pending());
  const NodeId merged = Merge(child, *run);
  if (merged == child && !IsLast(run->pending())) Park(child, std::move(run));
  return merged;
}

NodeId Behavior::Merge(NodeId node, const BehaviorRun& run) {
  if (!run.forgotten()) return node;
  const ProgramId program = At(node).program;
  const auto [place, is_new] = forgotten_.try_emplace(Combine(*run.forgotten(), program), node);
  if (is_new) return node;
  if (!(PendingAt(place->second) == run.pending())) {
    divergence_ =
        Divergence{program, PathTo(node).size(), PendingAt(place->second), run.pending()};
    return kNoNode;
  }
  return At(node).stands_for = place->second;
}

NodeId Behavior::Add(NodeId parent, const CallResult& edge, ProgramId program, const Call& call) {
  const NodeId id = node_count_++;
  if (id >> kBlockBits == blocks_.size()) blocks_.push_back(std::make_unique<Block>());
  Node& node = At(id);
  node.call = call;
  node.edge = edge;
  node.parent = parent;
  node.program = program;
  node.stands_for = id;
  if (parent != kNoNode) Link(parent, id);
  return id;
}

void Behavior::Link(NodeId parent, NodeId child) {
  Node& above = At(parent);
  if (above.child_count == kMaxChain) {
    overflow_[EdgeKey(parent, At(child).edge)].push_back(child);
    return;
  }
  ++above.child_count;
  NodeId* last = &above.first_child;
  while (*last != kNoNode) last = &At(*last).next_sibling;
  *last = child;
}

std::unique_ptr<BehaviorRun> Behavior::RunAt(NodeId node) {
  const auto place = std::find(parked_at_.begin(), parked_at_.end(), node);
  if (place != parked_at_.end()) {
    *place = kNoNode;
    return std::move(parked_[place - parked_at_.begin()].run);
  }
  return StartRun(At(node).program, PathTo(node), &PendingAt(node));
}

std::unique_ptr<BehaviorRun> Behavior::StartRun(ProgramId program,
                                                const std::vector<RecordedCall>& path,
                                                const Call* expected) {
  ++run_count_;
  auto run = std::make_unique<BehaviorRun>(stacks_, texts_, programs_.at(program - 1));
  if (!run->Start(path)) {
    divergence_ = Divergence{program, run->fed(), path[run->fed()].call, run->pending()};
    return nullptr;
  }
  if (expected != nullptr && !(run->pending() == *expected)) {
    divergence_ = Divergence{program, path.size(), *expected, run->pending()};
    return nullptr;
  }
  return run;
}

void Behavior::Park(NodeId node, std::unique_ptr<BehaviorRun> run) {
  auto place = std::find(parked_at_.begin(), parked_at_.end(), kNoNode);
  if (place == parked_at_.end()) {
    const auto oldest = std::min_element(
        parked_.begin(), parked_.end(),
        [](const ParkedRun& one, const ParkedRun& other) { return one.used < other.used; });
    place = parked_at_.begin() + (oldest - parked_.begin());
  }
  *place = node;
  parked_[place - parked_at_.begin()] = ParkedRun{std::move(run), ++uses_};
}

std::vector<RecordedCall> Behavior::PathTo(NodeId node) const {
  std::vector<RecordedCall> path;
  while (At(node).parent != kNoNode) {
    const Node& here = At(node);
    path.push_back(RecordedCall{At(here.parent).call, here.edge});
    node = here.parent;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

bool Behavior::VerifyDeterminism(NodeId node) {
  const std::vector<RecordedCall> path = PathTo(node);
  for (int round = 0; round < 2; ++round) {
    if (StartRun(At(node).program, path, &PendingAt(node)) == nullptr) return false;
  }
  return true;
}

}  // namespace reapcheck::sim
