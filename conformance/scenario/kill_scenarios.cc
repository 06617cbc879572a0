// kill: whom the signal reaches, and whom never.
#include "conformance/scenario/scenario_list.h"

namespace reapcheck::scenario {

using sim::CgroupLayout;

namespace {

std::vector<Scenario> InEachState() {
  const Operation kill{.verb = Verb::kKill};
  const Operation refused{.verb = Verb::kKill, .is_refused = true};
  const Operation refused_term{.verb = Verb::kKill, .signal = "TERM", .is_refused = true};
  const Operation term{.verb = Verb::kKill, .signal = "TERM"};
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "kill.running",
       .summary = "SIGKILL to a running container",
       .cites = {"A22", "S1", "S2"},
       .containers = {{.processes = 1}},
       .operations = {kill},
       .bounds = wide},
      {.name = "kill.term",
       .summary = "SIGTERM, which init does not act on, and nothing is written",
       .cites = {"A22", "S17"},
       .containers = {{.ignores_sigterm = true}},
       .operations = {term},
       .bounds = wide},
      {.name = "kill.created",
       .summary = "SIGKILL to a container that was never started",
       .cites = {"A21"},
       .containers = {{.reached = Reached::kCreated}},
       .operations = {kill},
       .bounds = wide},
      {.name = "kill.stopped",
       .summary = "a stopped container can not be signalled",
       .cites = {"A21", "S5"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {refused},
       .bounds = wide},
      {.name = "kill.zombie",
       .summary = "init is dead and not reaped: it can not be signalled",
       .cites = {"S5", "L6"},
       .containers = {{.reached = Reached::kZombie}},
       .operations = {refused_term},
       .bounds = wide},
      {.name = "kill.paused",
       .summary = "SIGKILL to a paused container on v2",
       .cites = {"S15"},
       .containers = {{.reached = Reached::kPaused}},
       .operations = {kill},
       .bounds = wide},
      {.name = "kill.paused.v1",
       .summary = "SIGKILL to a paused container on v1 takes effect",
       .cites = {"S15", "L3"},
       .layout = CgroupLayout::kV1,
       .containers = {{.reached = Reached::kPaused}},
       .operations = {kill},
       .bounds = wide},
  };
}

std::vector<Scenario> Shared() {
  const Operation kill{.verb = Verb::kKill};
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "kill.shared-pids",
       .summary = "SIGKILL without a private pid namespace reaches every process",
       .cites = {"L4"},
       .containers = {{.pid_namespace = PidNamespace::kHost, .processes = 1}},
       .operations = {kill},
       .bounds = {.faults = 1}},
      {.name = "kill.shared-pids.init-gone",
       .summary = "init is gone and another process lives on: SIGKILL reaches it",
       .cites = {"L4"},
       .containers = {{.reached = Reached::kStopped,
                       .pid_namespace = PidNamespace::kHost,
                       .processes = 1}},
       .operations = {kill},
       .bounds = wide},
      {.name = "kill.forking.v1",
       .summary = "a process forks while all are killed on v1",
       .cites = {"L4", "S15"},
       .layout = CgroupLayout::kV1,
       .containers = {{.pid_namespace = PidNamespace::kHost, .processes = 1, .forks = 1}},
       .operations = {kill},
       .bounds = {}},
  };
}

std::vector<Scenario> PauseAndExec() {
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "pause.running",
       .summary = "pause of a running container on v2",
       .cites = {"S15"},
       .containers = {{.processes = 1}},
       .operations = {{.verb = Verb::kPause}},
       .bounds = wide},
      {.name = "pause.running.v1",
       .summary = "pause of a running container on v1",
       .cites = {"S15"},
       .layout = CgroupLayout::kV1,
       .containers = {{.processes = 1}},
       .operations = {{.verb = Verb::kPause}},
       .bounds = wide},
      {.name = "resume.paused",
       .summary = "resume of a paused container",
       .cites = {"S15"},
       .containers = {{.reached = Reached::kPaused}},
       .operations = {{.verb = Verb::kResume}},
       .bounds = wide},
      {.name = "exec.running",
       .summary = "one more process in a running container",
       .cites = {"S9"},
       .operations = {{.verb = Verb::kExec}},
       .bounds = wide},
  };
}

std::vector<Scenario> WithReusedPids() {
  const Operation kill{.verb = Verb::kKill};
  const Operation refused{.verb = Verb::kKill, .is_refused = true};
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Bounds wide{.faults = 1, .crashes = 1};
  return {
      {.name = "kill.pid-reused",
       .summary = "init dies at any moment and its pid goes to a bystander",
       .cites = {"S1", "S2", "S10"},
       .containers = {{.reached = Reached::kRunning}},
       .operations = {kill, {.verb = Verb::kKill, .is_faultable = false}},
       .bounds = {.preemptions = 2},
       .is_pid_reused = true},
      {.name = "kill.pid-reused.before",
       .summary = "init died before and its pid is a bystander's by now",
       .cites = {"S1", "S5"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {refused},
       .bounds = wide,
       .is_pid_reused = true},
      {.name = "delete-force.pid-reused",
       .summary = "init's pid is a bystander's by now: delete --force leaves that alone",
       .cites = {"S1", "S10"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {force},
       .bounds = wide,
       .is_pid_reused = true},
      {.name = "delete-force.pid-reused.no-pidfd",
       .summary = "the same on a kernel without pidfd_open",
       .cites = {"S1", "S10"},
       .containers = {{.reached = Reached::kStopped}},
       .operations = {force},
       .bounds = wide,
       .has_pidfd = false,
       .is_pid_reused = true},
  };
}

}  // namespace

std::vector<Scenario> KillScenarios() {
  return Joined({InEachState(), Shared(), PauseAndExec(), WithReusedPids()});
}

}  // namespace reapcheck::scenario
