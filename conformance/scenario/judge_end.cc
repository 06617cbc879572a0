// What is left when all operations are over, and what a caller can still do about it.
#include <algorithm>

#include "conformance/scenario/judge.h"
#include "conformance/scenario/programs.h"
#include "runtime/error.h"

namespace reapcheck::scenario {
namespace {

using conformance::Observation;
using sim::World;

// Longer than every bound of the runtime together: nobody waits on a container for so long.
constexpr sim::Nanoseconds kLongest = 120LL * 1'000'000'000;

// Shorter than any bound of the runtime on another operation.
constexpr sim::Nanoseconds kPatience = 5LL * 1'000'000'000;

}  // namespace

void Judge::OnEnd(const World& world, sim::End end, Ghost& ghost, Violations& found) const {
  if (end == sim::End::kStuck && !IsAtRest(world)) {
    found.push_back({"L1", "an operation waits for what never comes"});
    return;
  }
  if (end == sim::End::kLong || world.now() - before_.now() > kLongest) {
    found.push_back({"L1", "the operations have no end within their bounds"});
    return;
  }
  JudgeBystanders(world, found);
  JudgeKilled(world, ghost, found);
  if (ghost.crashes == 0 && ghost.fault == 0) JudgeWhole(world, ghost, found);
  Generalize(found);
}

// A container that was created waits for start, and nobody owes it that.
// A hook that hangs outlives an operation that was cut off: nobody is left to end it.
bool Judge::IsAtRest(const World& world) const {
  return std::ranges::all_of(world.actors(), [this](const sim::Actor& actor) {
    const Role::Kind kind = roles_[actor.program].kind;
    return !actor.is_alive || kind == Role::Kind::kInit || kind == Role::Kind::kHook;
  });
}

// S23: operations side by side leave a container that is there whole, or nothing of it.
void Judge::JudgeWhole(const World& world, const Ghost& ghost, Violations& violations) const {
  if (scenario_.operations.size() < 2) return;
  const ContainerSetup& setup = scenario_.containers[0];
  const Observation seen = Observe(world, ghost, 0);
  JudgeDeletes(world, ghost, seen, violations);
  if (seen.gone()) return;
  const bool is_whole = seen.record_exists() &&
                        world.Exists(DirectoryOf(setup) + "/state.json");
  if (is_whole) return;
  violations.push_back({"S23", "what is left is no container: " + seen.Describe()});
}

// S23: of deletes alone.
void Judge::JudgeDeletes(const World& world, const Ghost& ghost, const Observation& seen,
                         Violations& violations) const {
  // Whoever was kept from running for so long may have come to a bound, and says so.
  if (world.now() - before_.now() > kPatience) return;
  std::vector<conformance::Outcome> deletes;
  for (std::size_t i = 0; i < scenario_.operations.size(); ++i) {
    if (scenario_.operations[i].verb != Verb::kDelete) return;
    deletes.push_back({.ok = (ghost.succeeded >> i & 1) != 0});
  }
  Add(conformance::JudgeConcurrentDeletes(deletes, scenario_.operations[0].force, seen),
      violations);
}

// What no caller can help has an end before it tries again: S9.
void Judge::LiftObstacles(World& world) const {
  for (std::size_t i = 0; i < world.processes().size(); ++i) {
    if (world.processes()[i].is_uninterruptible) {
      world.EditProcess(static_cast<int>(i)).is_uninterruptible = false;
    }
  }
  world.Rehash();
}

bool Judge::StartContinuation(World& world, Ghost&, int index) const {
  int seen = 0;
  for (std::size_t program = 0; program < roles_.size(); ++program) {
    if (roles_[program].kind != Role::Kind::kRecovery || seen++ != index) continue;
    LiftObstacles(world);
    world.AddProcess("reaprun", static_cast<sim::ProgramId>(program));
    return true;
  }
  return false;
}

// Of the n-th that was started; a hook of it may have been started later.
int Judge::StatusOfRecovery(const World& world, int index) const {
  int status = -1;
  int seen = 0;
  for (const sim::Actor& actor : world.actors()) {
    if (roles_[actor.program].kind != Role::Kind::kRecovery) continue;
    if (seen++ == index) status = actor.exit_status;
  }
  return status;
}

void Judge::OnContinued(const World& world, sim::End end, int index, Ghost& ghost,
                        Violations& found) const {
  const std::string invariant = ghost.crashes != 0 ? "L9" : "S9";
  const std::string command = CommandText(scenario_.recovery);
  if (end == sim::End::kLong || !IsAtRest(world)) {
    found.push_back({"L1", command + " afterwards does not end"});
    return;
  }
  JudgeBystanders(world, found);
  const Observation seen = Observe(world, ghost, ContainerOf(scenario_.recovery.id));
  const int status = StatusOfRecovery(world, index);
  // Only the last is the scenario's recovery; before it comes the same command again, which may be
  // refused but tells the truth.
  if (index + 1 != recoveries_) {
    Add(conformance::JudgeDelete({.ok = status == 0}, seen), found);
    Generalize(found);
    return;
  }
  if (!scenario_.has_pidfd && seen.record_exists()) return;  // it is refused for good, and said so
  if (!seen.gone()) {
    found.push_back({invariant, command + " afterwards leaves " + seen.Describe()});
  } else if (status != 0) {
    found.push_back({invariant, command + " afterwards fails"});
  }
  Generalize(found);
}

}  // namespace reapcheck::scenario
