// Containers whose create was cut off, and containers whose record was lost or changed.
#include "conformance/scenario/scenario_list.h"

namespace reapcheck::scenario {
namespace {

using sim::CgroupLayout;

Scenario Damaged(std::string name, std::string summary, Reached reached, Damage damage,
                 bool force) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .cites = {"S20", "S19", "S9"},
          .containers = {{.reached = reached, .processes = reached == Reached::kRunning ? 1 : 0,
                          .damage = damage}},
          .operations = {{.verb = Verb::kDelete,
                          .force = force,
                          .is_refused = !force && reached == Reached::kRunning}},
          .bounds = {.faults = 1, .crashes = 1}};
}

}  // namespace

namespace {

std::vector<Scenario> CutOff() {
  const Operation create{.verb = Verb::kCreate};
  return {
      {.name = "create.aborted",
       .summary = "create is cut off before any of its calls; delete --force finds all it made",
       .cites = {"S19", "S9", "L9"},
       .containers = {{.reached = Reached::kNothing}},
       .operations = {create},
       .bounds = {.crashes = 1}},
      {.name = "create.aborted.v1",
       .summary = "the same where each controller has a tree of its own",
       .cites = {"S19", "S9"},
       .layout = CgroupLayout::kV1,
       .containers = {{.reached = Reached::kNothing}},
       .operations = {create},
       .bounds = {.crashes = 1}},
      {.name = "create.aborted.shared-pids",
       .summary = "the same without a private pid namespace",
       .cites = {"S19", "S9"},
       .containers = {{.reached = Reached::kNothing, .pid_namespace = PidNamespace::kHost}},
       .operations = {create},
       .bounds = {.crashes = 1}},
      {.name = "create.fails",
       .summary = "any call of create fails: nothing is left, or delete --force takes it away",
       .cites = {"S25", "S19", "S24"},
       .containers = {{.reached = Reached::kNothing}},
       .operations = {create},
       .bounds = {.faults = 1}},
      {.name = "create.fails.device-rules",
       .summary = "the same with a device program on the cgroup",
       .cites = {"S25", "S19"},
       .containers = {{.reached = Reached::kNothing, .has_device_rules = true}},
       .operations = {create},
       .bounds = {.faults = 1}},
      {.name = "create.existing",
       .summary = "create of an id that is taken leaves that container alone",
       .cites = {"S25"},
       .operations = {{.verb = Verb::kCreate, .is_refused = true}},
       .bounds = {.faults = 1, .crashes = 1}},
      {.name = "start.aborted",
       .summary = "start is cut off before any of its calls",
       .cites = {"S9", "L9"},
       .containers = {{.reached = Reached::kCreated}},
       .operations = {{.verb = Verb::kStart}},
       .bounds = {.faults = 1, .crashes = 1}},
  };
}

std::vector<Scenario> Lost() {
  return {
      Damaged("delete.state-missing.running",
              "state.json is missing and the container runs: refused, and all is preserved",
              Reached::kRunning, Damage::kStateMissing, false),
      Damaged("delete-force.state-missing.running",
              "state.json is missing and the container runs: force ends it completely",
              Reached::kRunning, Damage::kStateMissing, true),
      Damaged("delete-force.state-empty.running", "state.json is empty and the container runs",
              Reached::kRunning, Damage::kStateEmpty, true),
      Damaged("delete-force.state-truncated.running",
              "state.json is cut short and the container runs", Reached::kRunning,
              Damage::kStateTruncated, true),
      Damaged("delete-force.state-null.running", "state.json says null and the container runs",
              Reached::kRunning, Damage::kStateNull, true),
      Damaged("delete-force.state-object.running", "state.json says {} and the container runs",
              Reached::kRunning, Damage::kStateObject, true),
      Damaged("delete-force.state-directory.running",
              "state.json is a directory and the container runs", Reached::kRunning,
              Damage::kStateIsDirectory, true),
      Damaged("delete.state-missing.stopped",
              "state.json is missing and nothing of the container lives: it is deleted",
              Reached::kStopped, Damage::kStateMissing, false),
      Damaged("delete.state-truncated.running",
              "state.json is cut short and the container runs: refused, and all is preserved",
              Reached::kRunning, Damage::kStateTruncated, false),
  };
}

std::vector<Scenario> Worse() {
  const Operation create{.verb = Verb::kCreate};
  const Operation force{.verb = Verb::kDelete, .force = true};
  return {
      Damaged("delete-force.both-missing.running",
              "state.json and intent.json are missing and the container runs", Reached::kRunning,
              Damage::kStateAndIntentMissing, true),
      Damaged("delete-force.all-missing.running",
              "only the directory is left and the container runs", Reached::kRunning,
              Damage::kAllFilesMissing, true),
      Damaged("delete-force.foreign-pid",
              "state.json names a bystander as init: it is not touched", Reached::kRunning,
              Damage::kForeignPid, true),
      {.name = "kill.foreign-pid",
       .summary = "state.json names a bystander as init with another start time",
       .cites = {"S1"},
       .containers = {{.damage = Damage::kForeignPid}},
       .operations = {{.verb = Verb::kKill, .is_refused = true}},
       .bounds = {.faults = 1}},
      {.name = "create.power-failure",
       .summary = "the power fails during create: what was not synced is lost, and nobody lives",
       .cites = {"S18", "S19", "L9"},
       .containers = {{.reached = Reached::kNothing}},
       .operations = {create},
       .bounds = {.crashes = 1},
       .has_power_failure = true},
      {.name = "delete-force.power-failure",
       .summary = "the power fails during delete --force",
       .cites = {"S18", "L9"},
       .containers = {{.hooks = {{}}}},
       .operations = {force},
       .bounds = {.crashes = 1},
       .has_power_failure = true},
      {.name = "delete-force.aborted-again",
       .summary = "delete --force of an aborted create is itself cut off",
       .cites = {"S19", "L9"},
       .containers = {{.reached = Reached::kAborted, .aborted_at = 60}},
       .operations = {force},
       .bounds = {.faults = 1, .crashes = 1}},
  };
}

}  // namespace

std::vector<Scenario> AbortedScenarios() { return Joined({CutOff(), Lost(), Worse()}); }

}  // namespace reapcheck::scenario
