// What callers count on where nothing goes wrong: how an operation ends, and what it is for.
#include <algorithm>

#include "conformance/scenario/judge.h"

namespace reapcheck::scenario {
namespace {

using conformance::Observation;
using sim::World;

bool HasLeftovers(const ContainerSetup& setup) {
  return setup.pid_namespace != PidNamespace::kPrivate && setup.processes > 0;
}

bool HasFailingHook(const ContainerSetup& setup, bool is_poststop) {
  return std::ranges::any_of(setup.hooks, [is_poststop](const HookSetup& hook) {
    const bool fails = hook.end != HookEnd::kSucceeds && hook.end != HookEnd::kLeavesChild;
    return fails && (hook.kind == HookKind::kPoststop) == is_poststop;
  });
}

const char* StatusOfDelete(const ContainerSetup& setup, const Operation& operation) {
  if (setup.damage != Damage::kNone) return "S20";
  switch (setup.reached) {
    case Reached::kNothing:
      return "S22";
    case Reached::kRunning:
    case Reached::kPaused:
      return operation.force ? "L3" : "S4";
    case Reached::kCreated:
      return "S16";
    case Reached::kZombie:
      return "L6";
    case Reached::kAborted:
      return "S19";
    case Reached::kStopped:
      if (HasLeftovers(setup)) return "L4";
      return HasFailingHook(setup, /*is_poststop=*/true) ? "S13" : "L8";
  }
  __builtin_unreachable();
}

}  // namespace

std::string StatusInvariantOf(const Scenario& scenario) {
  const Operation& operation = scenario.operations[0];
  const ContainerSetup& setup =
      *std::ranges::find(scenario.containers, operation.id, &ContainerSetup::id);
  switch (operation.verb) {
    case Verb::kDelete:
      return StatusOfDelete(setup, operation);
    case Verb::kKill:
      if (operation.is_refused) return "S5";
      if (setup.reached == Reached::kPaused) return "L3";
      return HasLeftovers(setup) ? "L4" : "A21";
    case Verb::kCreate:
      return setup.reached == Reached::kNothing ? "A11" : "S25";
    case Verb::kStart:
      return HasFailingHook(setup, /*is_poststop=*/false) ? "A12" : "A19";
    case Verb::kExec:
    case Verb::kState:
    case Verb::kPause:
    case Verb::kResume:
      return "S15";
  }
  __builtin_unreachable();
}

void Judge::JudgeHookFailure(const World& after, const Operation& operation, bool ok,
                             const Ghost& ghost, Violations& violations) const {
  const ContainerSetup& setup = scenario_.containers[0];
  if (scenario_.operations.size() != 1 || ghost.fault != 0 || ghost.crashes != 0) return;
  if (ghost.is_slow != 0) return;
  if (operation.verb != Verb::kCreate && operation.verb != Verb::kStart) return;
  const HookKind own =
      operation.verb == Verb::kStart ? HookKind::kPoststart : HookKind::kCreateRuntime;
  for (std::size_t i = 0; i < setup.hooks.size() && ok; ++i) {
    if (setup.hooks[i].kind != own || ghost.hook_starts[i] == 1) continue;
    violations.push_back({"A33", CommandText(operation) + " succeeded without its hook"});
  }
  if (ok || !HasFailingHook(setup, /*is_poststop=*/false)) return;
  const Observation seen = Observe(after, ghost, 0);
  if (!seen.gone()) {
    violations.push_back({"A12", CommandText(operation) + " failed and left " + seen.Describe()});
  }
  for (std::size_t i = 0; i < setup.hooks.size(); ++i) {
    if (setup.hooks[i].kind != HookKind::kPoststop || ghost.hook_starts[i] != 0) continue;
    violations.push_back({"A11", CommandText(operation) + " failed and ran no poststop hook"});
  }
}

void Judge::JudgeSiblings(const World& after, const Ghost& ghost, Violations& violations) const {
  for (std::size_t i = 0; i < scenario_.containers.size(); ++i) {
    const bool is_named = std::ranges::any_of(scenario_.operations, [&](const Operation& one) {
      return one.id == scenario_.containers[i].id;
    });
    if (!is_named) JudgeUnchanged(after, "S10", ghost, static_cast<int>(i), violations);
  }
  for (const ContainerSetup& setup : scenario_.containers) {
    if (!setup.is_cgroup_there_before) continue;
    const std::string path = CgroupPathOf(setup);
    const auto count = [&](const World& world) {
      int found = 0;
      for (std::size_t i = 0; i < world.cgroups().size(); ++i) {
        found += world.cgroups()[i].exists && world.CgroupPath(static_cast<int>(i)).ends_with(path);
      }
      return found;
    };
    if (count(after) == count(before_)) continue;
    violations.push_back({"S10", "a cgroup that was there before is gone: " + path});
  }
}

void Judge::JudgeKilled(const World& world, const Ghost& ghost, Violations& violations) const {
  if (scenario_.operations.size() != 1) return;
  const Operation& operation = scenario_.operations[0];
  const int container = ContainerOf(operation.id);
  const bool is_killed = operation.verb == Verb::kKill && operation.signal == "KILL" &&
                         (ghost.succeeded & 1) != 0;
  if (!is_killed || scenario_.containers[container].is_init_uninterruptible) return;
  const Observation seen = Observe(world, ghost, container);
  if (seen.processes.empty()) return;
  violations.push_back({"L3", "kill KILL succeeded and there lives " + seen.Describe()});
}

}  // namespace reapcheck::scenario
