// Two operations at once, an engine that loses patience, containers side by side.
#include "conformance/scenario/scenario_list.h"

namespace reapcheck::scenario {

using sim::CgroupLayout;

namespace {

std::vector<Scenario> Deletes() {
  const Operation plain{.verb = Verb::kDelete};
  const Operation force{.verb = Verb::kDelete, .force = true};
  const HookSetup poststop{};
  return {
      {.name = "delete-force.twice.running",
       .summary = "two deletes at once of a running container",
       .cites = {"S23", "S22"},
       .operations = {force, force},
       .bounds = {.faults = 1, .crashes = 1, .preemptions = 3, .has_lasting_faults = false}},
      {.name = "delete-force.twice.lasting",
       .summary = "two deletes at once, and a call of one of them fails again and again",
       .cites = {"S23", "L1"},
       .operations = {force, force},
       .bounds = {.faults = 1, .crashes = 1}},
      {.name = "delete.twice.stopped",
       .summary = "two plain deletes at once: one does it, the other is told that it is gone",
       .cites = {"S23"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {plain, plain},
       .bounds = {.crashes = 1, .preemptions = 2}},
      {.name = "delete.twice.poststop",
       .summary = "two deletes at once and a hook: it runs once",
       .cites = {"S23", "S14"},
       .containers = {{.reached = Reached::kStopped, .hooks = {poststop}}},
       .operations = {force, force},
       .bounds = {.crashes = 1, .preemptions = 2}},
      {.name = "delete-force.thrice",
       .summary = "three deletes at once",
       .cites = {"S23"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {force, force, force},
       .bounds = {.preemptions = 2}},
  };
}

std::vector<Scenario> KillAndStart() {
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Operation kill{.verb = Verb::kKill};
  const Operation start{.verb = Verb::kStart};
  const Bounds two{.preemptions = 2};
  return {
      {.name = "kill.and.delete-force",
       .summary = "kill beside delete --force",
       .cites = {"S23", "S1"},
       .operations = {kill, force},
       .bounds = two},
      {.name = "kill.twice",
       .summary = "two kills at once without a private pid namespace",
       .cites = {"S23", "L4"},
       .containers = {{.pid_namespace = PidNamespace::kHost, .processes = 1}},
       .operations = {kill, kill},
       .bounds = two},
      {.name = "start.and.kill",
       .summary = "start beside kill",
       .cites = {"S23"},
       .containers = {{.reached = Reached::kCreated}},
       .operations = {start, kill},
       .bounds = two},
      {.name = "start.and.delete-force",
       .summary = "start beside delete --force",
       .cites = {"S23", "S8"},
       .containers = {{.reached = Reached::kCreated}},
       .operations = {start, force},
       .bounds = two},
  };
}

std::vector<Scenario> WithCreate() {
  const Operation plain{.verb = Verb::kDelete};
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Operation create{.verb = Verb::kCreate};
  const Bounds two{.preemptions = 2};
  return {
      {.name = "create.and.delete-force",
       .summary = "create beside a delete --force of the same id",
       .cites = {"S23", "S19"},
       .containers = {{.reached = Reached::kNothing}},
       .operations = {create, force},
       .bounds = two},
      {.name = "create.and.delete",
       .summary = "create beside a plain delete of the same id",
       .cites = {"S23", "S19"},
       .containers = {{.reached = Reached::kNothing}},
       .operations = {create, plain},
       .bounds = two},
      {.name = "create.twice",
       .summary = "two creates of one id: one of them gets it",
       .cites = {"S25", "S23"},
       .containers = {{.reached = Reached::kNothing}},
       .operations = {create, create},
       .bounds = {.preemptions = 1}},
      {.name = "delete.and.create-again",
       .summary = "delete of a stopped container beside a create of the same id",
       .cites = {"S23", "S10"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {plain, create},
       .bounds = two},
  };
}

std::vector<Scenario> WithOthers() {
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Operation kill{.verb = Verb::kKill};
  const Bounds two{.preemptions = 2};
  return {
      {.name = "pause.and.delete-force.v1",
       .summary = "pause beside delete --force on v1",
       .cites = {"S15", "S23"},
       .layout = CgroupLayout::kV1,
       .operations = {{.verb = Verb::kPause}, force},
       .bounds = two},
      {.name = "pause.and.kill",
       .summary = "pause beside kill",
       .cites = {"S15", "S23"},
       .operations = {{.verb = Verb::kPause}, kill},
       .bounds = two},
      {.name = "state.and.delete-force",
       .summary = "state beside delete --force",
       .cites = {"S18", "S23"},
       .operations = {{.verb = Verb::kState}, force},
       .bounds = two},
      {.name = "exec.and.delete-force",
       .summary = "exec beside delete --force: what it starts does not outlive the container",
       .cites = {"S23", "S8"},
       .containers = {{.pid_namespace = PidNamespace::kHost}},
       .operations = {{.verb = Verb::kExec}, force},
       .bounds = two},
      {.name = "engine.delete-force",
       .summary = "an engine gives delete --force 100 ms and then starts another one beside it",
       .cites = {"S23", "S14"},
       .containers = {{.hooks = {{HookKind::kPoststop, HookEnd::kHangs}}}},
       .operations = {{.verb = Verb::kDelete, .force = true, .engine_patience_ms = 100}},
       .bounds = {.preemptions = 1}},
      {.name = "siblings.delete-force",
       .summary = "a sibling with a cgroup of its own is not touched",
       .cites = {"S10", "L10"},
       .containers = {{.id = "c1"}, {.id = "c2"}},
       .operations = {force},
       .bounds = {.faults = 1, .crashes = 1}},
      {.name = "siblings.joined-pids.init-gone",
       .summary = "c2 lives in the pid namespace of c1 and is deleted: c1 lives on",
       .cites = {"L4", "S10"},
       .containers = {{.id = "c1"},
                      {.id = "c2",
                       .reached = Reached::kStopped,
                       .pid_namespace = PidNamespace::kJoined,
                       .processes = 1}},
       .operations = {{.verb = Verb::kDelete, .id = "c2"}},
       .recovery = {.verb = Verb::kDelete, .id = "c2", .force = true},
       .bounds = {.faults = 1, .crashes = 1}},
  };
}

}  // namespace

std::vector<Scenario> ConcurrentScenarios() {
  return Joined({Deletes(), KillAndStart(), WithCreate(), WithOthers()});
}

}  // namespace reapcheck::scenario
