// Hooks: when they run, how often, and what their failures change.
#include "conformance/scenario/scenario_list.h"

namespace reapcheck::scenario {
namespace {

Scenario Poststop(std::string name, std::string summary, std::vector<HookEnd> ends,
                  Reached reached = Reached::kStopped, bool force = false) {
  ContainerSetup container{.reached = reached};
  for (HookEnd end : ends) container.hooks.push_back({HookKind::kPoststop, end});
  return {.name = std::move(name),
          .summary = std::move(summary),
          .cites = {"S12", "S13", "S14"},
          .containers = {std::move(container)},
          .operations = {{.verb = Verb::kDelete, .force = force}},
          .bounds = {.faults = 1, .crashes = 1}};
}

Scenario Failing(std::string name, std::string summary, HookKind kind, HookEnd end, Verb verb) {
  return {.name = std::move(name),
          .summary = std::move(summary),
          .cites = {"A8", "A10", "S13"},
          .containers = {{.reached = verb == Verb::kStart ? Reached::kCreated : Reached::kNothing,
                          .hooks = {{kind, end}, {HookKind::kPoststop, HookEnd::kSucceeds}}}},
          .operations = {{.verb = verb, .is_refused = true}},
          .bounds = {.faults = 1, .crashes = 1}};
}

}  // namespace

std::vector<Scenario> HookScenarios() {
  using enum HookEnd;
  return {
      Poststop("poststop.one", "one hook runs once, after init is dead", {kSucceeds}),
      Poststop("poststop.order", "three hooks run in their order",
               {kSucceeds, kSucceeds, kSucceeds}),
      Poststop("poststop.fails", "a hook that fails does not keep the next one",
               {kFails, kSucceeds}),
      Poststop("poststop.is-killed", "a hook that dies of a signal does not keep the next one",
               {kIsKilled, kSucceeds}),
      Poststop("poststop.hangs", "a hook that hangs is ended after its timeout",
               {kHangs, kSucceeds}),
      Poststop("poststop.missing", "a hook that is no program does not keep the next one",
               {kIsMissing, kSucceeds}),
      Poststop("poststop.leaves-child", "a hook leaves a child behind", {kLeavesChild}),
      Poststop("poststop.asks-state", "a hook asks for the state of its own container",
               {kAsksState}),
      Poststop("poststop.deletes", "a hook deletes its own container", {kDeletes, kSucceeds}),
      Poststop("poststop.force.running", "hooks of a container that is deleted with force",
               {kSucceeds, kSucceeds}, Reached::kRunning, true),
      Failing("prestart.fails", "a failing prestart hook ends create and leaves nothing",
              HookKind::kPrestart, kFails, Verb::kCreate),
      Failing("createRuntime.hangs", "a createRuntime hook that hangs ends create",
              HookKind::kCreateRuntime, kHangs, Verb::kCreate),
      Failing("createRuntime.deletes", "a createRuntime hook deletes the container",
              HookKind::kCreateRuntime, kDeletes, Verb::kCreate),
      Failing("poststart.fails", "a failing poststart hook ends the container",
              HookKind::kPoststart, kFails, Verb::kStart),
  };
}

}  // namespace reapcheck::scenario
