// delete, plain and with force, of a container in every state of its life.
#include "conformance/scenario/scenario_list.h"

namespace reapcheck::scenario {

using sim::CgroupLayout;

namespace {

std::vector<Scenario> Plain() {
  const Operation plain{.verb = Verb::kDelete};
  const Operation refused{.verb = Verb::kDelete, .is_refused = true};
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "delete.stopped",
       .summary = "a plain delete of a container whose init died and was reaped",
       .cites = {"A16", "S8", "S9", "L9"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {plain},
       .bounds = wide},
      {.name = "delete.stopped.v1",
       .summary = "the same where each controller has a tree of its own",
       .cites = {"A16", "S8", "L10"},
       .layout = CgroupLayout::kV1,
       .containers = {{.reached = Reached::kStopped}},
       .operations = {plain},
       .bounds = wide},
      {.name = "delete.zombie",
       .summary = "init is dead and nobody has reaped it",
       .cites = {"L6", "S8"},
       .containers = {{.reached = Reached::kZombie}},
       .operations = {plain},
       .bounds = wide},
      {.name = "delete.created",
       .summary = "a container that was created and never started",
       .cites = {"S16", "S8"},
       .containers = {{.reached = Reached::kCreated}},
       .operations = {plain},
       .bounds = wide},
      {.name = "delete.running",
       .summary = "a plain delete of a running container is refused and changes nothing",
       .cites = {"A15", "S4"},
       .containers = {{.processes = 1}},
       .operations = {refused},
       .bounds = wide},
      {.name = "delete.paused",
       .summary = "a plain delete of a paused container is refused and changes nothing",
       .cites = {"A15", "S4"},
       .containers = {{.reached = Reached::kPaused}},
       .operations = {refused},
       .bounds = wide},
      {.name = "delete.absent",
       .summary = "a plain delete of a container that is not there",
       .cites = {"S22"},
       .containers = {{.reached = Reached::kNothing}},
       .operations = {refused},
       .bounds = wide},
      {.name = "delete-force.absent",
       .summary = "delete --force of a container that is not there",
       .cites = {"S22"},
       .containers = {{.reached = Reached::kNothing}},
       .operations = {force},
       .bounds = wide},
  };
}

std::vector<Scenario> Forced() {
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Operation refused_force{.verb = Verb::kDelete, .force = true, .is_refused = true};
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "delete-force.running",
       .summary = "delete --force of a running container with another process",
       .cites = {"L3", "S8", "S9", "L9"},
       .containers = {{.processes = 1}},
       .operations = {force},
       .bounds = wide},
      {.name = "delete-force.running.v1",
       .summary = "the same where each controller has a tree of its own",
       .cites = {"L3", "S8", "L9"},
       .layout = CgroupLayout::kV1,
       .containers = {{.processes = 1}},
       .operations = {force},
       .bounds = wide},
      {.name = "delete-force.running.hybrid",
       .summary = "the same with v1 controllers and an empty v2 hierarchy beside them",
       .cites = {"L3", "S8"},
       .layout = CgroupLayout::kHybrid,
       .operations = {force},
       .bounds = {.faults = 1}},
      {.name = "delete-force.created",
       .summary = "delete --force of a container that was never started",
       .cites = {"L3", "S16"},
       .containers = {{.reached = Reached::kCreated}},
       .operations = {force},
       .bounds = wide},
      {.name = "delete-force.paused",
       .summary = "delete --force of a paused container on v2",
       .cites = {"L3", "S15"},
       .containers = {{.reached = Reached::kPaused, .processes = 1}},
       .operations = {force},
       .bounds = wide},
      {.name = "delete-force.paused.v1",
       .summary = "delete --force of a paused container on v1, where SIGKILL waits for the thaw",
       .cites = {"L3", "S15"},
       .layout = CgroupLayout::kV1,
       .containers = {{.reached = Reached::kPaused, .processes = 1}},
       .operations = {force},
       .bounds = wide},
      {.name = "delete-force.no-pidfd",
       .summary = "delete --force on a kernel without pidfd_open",
       .cites = {"S1", "S9"},
       .operations = {refused_force},
       .bounds = wide,
       .has_pidfd = false},
  };
}

std::vector<Scenario> Shared() {
  const Operation plain{.verb = Verb::kDelete};
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "delete-force.shared-pids",
       .summary = "delete --force without a private pid namespace: processes outlive init",
       .cites = {"L4", "S8"},
       .containers = {{.pid_namespace = PidNamespace::kHost, .processes = 2}},
       .operations = {force},
       .bounds = {.faults = 1}},
      {.name = "delete-force.shared-pids.v1",
       .summary = "the same on v1, where each process is signalled in a frozen cgroup",
       .cites = {"L4", "S15"},
       .layout = CgroupLayout::kV1,
       .containers = {{.pid_namespace = PidNamespace::kHost, .processes = 1}},
       .operations = {force},
       .bounds = {.faults = 1}},
      {.name = "delete.shared-pids.init-gone",
       .summary = "init is gone and others of the host's pid namespace live on in its cgroup",
       .cites = {"L4", "S8", "S6"},
       .containers = {{.reached = Reached::kStopped,
                       .pid_namespace = PidNamespace::kHost,
                       .processes = 1}},
       .operations = {plain},
       .bounds = wide},
      {.name = "delete-force.forking",
       .summary = "a process forks while it is killed, on a kernel without cgroup.kill",
       .cites = {"L4"},
       .containers = {{.pid_namespace = PidNamespace::kHost, .processes = 1, .forks = 2}},
       .operations = {force},
       .bounds = {.crashes = 1},
       .has_cgroup_kill = false},
  };
}

std::vector<Scenario> Hard() {
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Operation refused_force{.verb = Verb::kDelete, .force = true, .is_refused = true};
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "delete-force.nested",
       .summary = "a cgroup below the container's own with a process in it",
       .cites = {"L5"},
       .containers = {{.has_subcgroup = true}},
       .operations = {force},
       .bounds = wide},
      {.name = "delete-force.nested-frozen.v1",
       .summary = "a frozen cgroup below the container's own",
       .cites = {"L5", "S15"},
       .layout = CgroupLayout::kV1,
       .containers = {{.pid_namespace = PidNamespace::kHost,
                       .has_subcgroup = true,
                       .is_subcgroup_frozen = true}},
       .operations = {force},
       .bounds = {.faults = 1}},
      {.name = "delete-force.uninterruptible",
       .summary = "init sleeps without acting on any signal: an error within bounds, nothing lost",
       .cites = {"L1", "S9", "S6"},
       .containers = {{.is_init_uninterruptible = true}},
       .operations = {refused_force},
       .bounds = {.crashes = 1}},
      {.name = "delete-force.foreign-cgroup",
       .summary = "the cgroup was there before and stays",
       .cites = {"S10"},
       .containers = {{.is_cgroup_there_before = true}},
       .operations = {force},
       .bounds = wide},
      {.name = "delete-force.mount-inside",
       .summary = "something is mounted inside the container's directory",
       .cites = {"S10", "S8"},
       .containers = {{.reached = Reached::kStopped, .has_mount_in_directory = true}},
       .operations = {force},
       .bounds = wide},
      {.name = "delete-force.no-capability",
       .summary = "the caller may not signal init: nothing is forgotten",
       .cites = {"S3", "S9"},
       .operations = {refused_force},
       .bounds = {.crashes = 1},
       .lacks_cap_kill = true},
  };
}

}  // namespace

std::vector<Scenario> DeleteScenarios() {
  return Joined({Plain(), Forced(), Shared(), Hard()});
}

}  // namespace reapcheck::scenario
