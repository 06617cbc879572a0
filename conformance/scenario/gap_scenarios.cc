// What the other scenarios leave out: each is here because a planted bug showed only so.
#include "conformance/scenario/scenario_list.h"

namespace reapcheck::scenario {

using sim::CgroupLayout;

namespace {

std::vector<Scenario> KillGaps() {
  const Operation kill{.verb = Verb::kKill};
  const Operation term{.verb = Verb::kKill, .signal = "TERM"};
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "kill.absent",
       .summary = "a container that is not there can not be signalled",
       .cites = {"A21", "S5"},
       .containers = {{.reached = Reached::kNothing}},
       .operations = {{.verb = Verb::kKill, .is_refused = true}},
       .bounds = wide},
      {.name = "kill.term.worker",
       .summary = "SIGTERM reaches init and no other process of the container",
       .cites = {"A22"},
       .containers = {{.processes = 1}},
       .operations = {term},
       .bounds = {.faults = 1}},
      {.name = "kill.term.paused",
       .summary = "SIGTERM waits for the resume of a paused container",
       .cites = {"S15", "S17"},
       .containers = {{.reached = Reached::kPaused}},
       .operations = {term},
       .bounds = wide},
      {.name = "kill.all.init-gone",
       .summary = "kill --all reaches what outlived init",
       .cites = {"L4"},
       .containers = {{.reached = Reached::kStopped,
                       .pid_namespace = PidNamespace::kHost,
                       .processes = 1}},
       .operations = {{.verb = Verb::kKill, .all = true}},
       .bounds = wide},
      {.name = "kill.nested-frozen.v1",
       .summary = "SIGKILL takes effect in a frozen cgroup below the container's own",
       .cites = {"L5", "L3"},
       .layout = CgroupLayout::kV1,
       .containers = {{.has_subcgroup = true, .is_subcgroup_frozen = true}},
       .operations = {kill},
       .bounds = {.faults = 1}},
  };
}

std::vector<Scenario> OtherGaps() {
  const Operation plain{.verb = Verb::kDelete};
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "delete-force.ignores-term",
       .summary = "delete --force of a container whose init ignores SIGTERM",
       .cites = {"L3"},
       .containers = {{.ignores_sigterm = true}},
       .operations = {force},
       .bounds = wide},
      {.name = "delete.two-subcgroups",
       .summary = "an empty cgroup below that of a stopped container",
       .cites = {"L5"},
       .containers = {{.reached = Reached::kStopped, .has_subcgroup = true}},
       .operations = {plain},
       .bounds = {.faults = 1}},
      {.name = "siblings.prefix",
       .summary = "delete --force of an id that another container's begins with",
       .cites = {"S10", "S22"},
       .containers = {{.id = "c1", .reached = Reached::kNothing}, {.id = "c12"}},
       .operations = {force},
       .bounds = {.faults = 1}},
      {.name = "siblings.nested",
       .summary = "the cgroups of two containers have a parent in common",
       .cites = {"S10"},
       .containers = {{.id = "c1", .cgroup = "/pod/c1"},
                      {.id = "c2", .reached = Reached::kStopped, .cgroup = "/pod/c2"}},
       .operations = {force},
       .bounds = {.faults = 1}},
      {.name = "delete.pid-reused",
       .summary = "a plain delete of a stopped container whose init's pid is a bystander's by now",
       .cites = {"S1", "L8"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {plain},
       .bounds = wide,
       .is_pid_reused = true},
      {.name = "pause.stopped",
       .summary = "a stopped container can not be paused",
       .cites = {"S15"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {{.verb = Verb::kPause, .is_refused = true}},
       .bounds = {.faults = 1}},
      {.name = "start.running",
       .summary = "a container is started once",
       .cites = {"A19"},
       .operations = {{.verb = Verb::kStart, .is_refused = true}},
       .bounds = {.faults = 1}},
      {.name = "create.shared-pids.v1",
       .summary = "create without a private pid namespace: any call fails",
       .cites = {"S19", "L4"},
       .layout = CgroupLayout::kV1,
       .containers = {{.reached = Reached::kNothing, .pid_namespace = PidNamespace::kHost}},
       .operations = {{.verb = Verb::kCreate}},
       .bounds = {.faults = 1}},
      {.name = "create.aborted.own-path",
       .summary = "create is cut off: delete --force finds a cgroup that config.json names",
       .cites = {"S19", "L9"},
       .containers = {{.reached = Reached::kNothing, .cgroup = "/pod/box"}},
       .operations = {{.verb = Verb::kCreate}},
       .bounds = {.crashes = 1}},
      {.name = "kill.and.delete-force.pid-reused",
       .summary = "delete --force beside kill, and every pid that gets free is used again",
       .cites = {"S1", "S10"},
       .operations = {force, {.verb = Verb::kKill, .is_faultable = false}},
       .bounds = {.preemptions = 1},
       .is_pid_reused = true},
  };
}

}  // namespace

std::vector<Scenario> GapScenarios() { return Joined({KillGaps(), OtherGaps()}); }

}  // namespace reapcheck::scenario
