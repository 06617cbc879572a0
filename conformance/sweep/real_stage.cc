#include "conformance/sweep/real_stage.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "conformance/case_end.h"
#include "conformance/file.h"
#include "conformance/inject/injector.h"
#include "conformance/json_edit.h"
#include "conformance/lab_injector.h"

namespace reapcheck::sweep {
namespace {

using conformance::Arguments;
using conformance::CaseSkipped;
using conformance::CgroupLayout;
using conformance::Container;
using conformance::ContainerPlan;
using conformance::HookPlan;
using conformance::Lab;
using conformance::LabBroken;
using conformance::ProcessId;
using inject::Action;
using inject::Injection;
using scenario::ContainerSetup;
using scenario::Damage;
using scenario::HookEnd;
using scenario::HookSetup;
using scenario::Reached;
using scenario::Scenario;
using Json = nlohmann::json;

// Payload words (payload/README.md) after the hook has noted its call.
std::vector<std::string> WordsOf(Lab& lab, HookEnd end, const std::string& id) {
  const auto call = [&lab](const Arguments& command) {
    const Arguments line = lab.runtime().CommandLine(command);
    std::vector<std::string> words{"call", "hook.call", std::to_string(line.size())};
    words.insert(words.end(), line.begin(), line.end());
    return words;
  };
  switch (end) {
    case HookEnd::kSucceeds:
    case HookEnd::kIsMissing:
      return {};
    case HookEnd::kFails:
      return {"exit", "3"};
    case HookEnd::kIsKilled:
      return {"raise", "KILL"};
    case HookEnd::kHangs:
      return {"sleep"};
    case HookEnd::kLeavesChild:
      return {"fork", "1"};
    case HookEnd::kAsksState:
      return call({"state", id});
    case HookEnd::kDeletes:
      return call({"delete", "--force", id});
  }
  __builtin_unreachable();
}

// Notes whether the container's directory is there still.
std::vector<std::string> NotesRecord(Lab& lab, const std::string& name, const std::string& id) {
  return {"exists", name + ".record", lab.root() + "/" + id};
}

HookPlan HookPlanOf(Lab& lab, const ContainerSetup& setup, std::size_t index,
                    const std::string& id) {
  const HookSetup& hook = setup.hooks[index];
  HookPlan plan{.kind = HookKindName(hook.kind),
                .name = HookName(setup, index),
                .then = NotesRecord(lab, HookName(setup, index), id)};
  const auto words = WordsOf(lab, hook.end, id);
  plan.then.insert(plan.then.end(), words.begin(), words.end());
  if (hook.end == HookEnd::kHangs) plan.timeout_seconds = 1;
  if (hook.end == HookEnd::kIsMissing) plan.path = lab.scratch() + "/no-such-program";
  return plan;
}

std::vector<std::string> ProgramOf(const ContainerSetup& setup) {
  std::vector<std::string> words;
  if (setup.ignores_sigterm) words = {"ignore", "TERM"};
  const int processes = setup.processes + (setup.has_subcgroup ? 1 : 0);
  if (processes > 0) words.insert(words.end(), {"fork", std::to_string(processes)});
  if (setup.forks > 0) words.insert(words.end(), {"storm", "1"});
  words.push_back("sleep");
  return words;
}

ContainerPlan PlanOf(Lab& lab, const ContainerSetup& setup, const RealStage& stage) {
  ContainerPlan plan{.name = setup.id, .program = ProgramOf(setup)};
  switch (setup.pid_namespace) {
    case scenario::PidNamespace::kPrivate:
      break;
    case scenario::PidNamespace::kHost:
      plan.pid_namespace = conformance::PidNamespace::kHost;
      break;
    case scenario::PidNamespace::kJoined:
      plan.pid_namespace = conformance::PidNamespace::kJoined;
      plan.pid_namespace_path =
          "/proc/" + std::to_string(stage.containers.at(0).init.pid) + "/ns/pid";
      break;
  }
  // "/pod/c1" -> "/TAG-pod/c1": the lab knows its own by the tag.
  if (!setup.cgroup.empty()) plan.cgroups_path = "/" + lab.tag() + "-" + setup.cgroup.substr(1);
  if (setup.is_cgroup_there_before) plan.cgroups_path = stage.foreign_cgroup;
  for (std::size_t i = 0; i < setup.hooks.size(); ++i) {
    plan.hooks.push_back(HookPlanOf(lab, setup, i, lab.Id(setup.id)));
  }
  if (setup.has_device_rules) {
    plan.edit = [](Json& config) {
      config["linux"]["resources"]["devices"] = {{{"allow", false}, {"access", "rwm"}}};
    };
  }
  return plan;
}

// create, killed where the injection says.
void Abort(Lab& lab, const Container& container, const Injection& cut_off) {
  const auto injector =
      std::make_shared<inject::Injector>(PlacesOf(lab, container), cut_off);
  lab.runtime().Run({"create", "--bundle", container.bundle, container.id},
                    {.may_hang = true, .injector = injector});
  if (injector->reached() == 0) {
    throw CaseSkipped("its create never calls " + cut_off.call);
  }
}

// One member into a cgroup below the container's in each hierarchy.
void MakeSubcgroup(Lab& lab, const Container& container, bool is_frozen) {
  pid_t member = 0;
  lab.Await("a process beside init", [&] {
    for (const pid_t pid : lab.Members(container)) {
      if (pid != container.init.pid) member = pid;
    }
    return member != 0;
  });
  for (const std::string& directory : lab.MakeSubCgroups(container, "sub")) {
    if (!lab.MoveTo(member, directory)) throw LabBroken("can not move into " + directory);
  }
  if (is_frozen) lab.SetFrozen(lab.FreezerDir(container) + "/sub", true);
}

void Forge(const std::string& record, pid_t init, pid_t bystander) {
  Json json = Json::parse(conformance::ReadText(record).value_or(""), nullptr, false);
  if (conformance::ReplaceNumber(json, init, bystander) == 0) {
    throw CaseSkipped("the record does not say the pid as a JSON number");
  }
  if (!conformance::WriteText(record, json.dump())) throw LabBroken("can not write " + record);
}

void Spoil(Lab& lab, const Container& container, Damage damage, const ProcessId& bystander) {
  if (damage == Damage::kNone) return;
  const std::string directory = lab.RecordDirectory(container);
  const std::string record = lab.RecordFile(container);
  const std::string whole = conformance::ReadText(record).value_or("");
  const auto write = [&record](const std::string& text) {
    if (!conformance::WriteText(record, text)) throw LabBroken("can not write " + record);
  };
  switch (damage) {
    case Damage::kNone:
      return;
    case Damage::kStateMissing:
      unlink(record.c_str());
      return;
    case Damage::kStateEmpty:
      return write("");
    case Damage::kStateTruncated:
      return write(whole.substr(0, whole.size() / 2));
    case Damage::kStateNull:
      return write("null");
    case Damage::kStateObject:
      return write("{}");
    case Damage::kStateIsDirectory:
      unlink(record.c_str());
      mkdir(record.c_str(), 0700);
      return;
    case Damage::kStateAndIntentMissing:
      if (unlink((directory + "/intent.json").c_str()) != 0) {
        throw CaseSkipped("the runtime writes no intent");
      }
      unlink(record.c_str());
      return;
    case Damage::kAllFilesMissing:
      for (const std::string& name : conformance::ListNames(directory)) {
        unlink((directory + "/" + name).c_str());
      }
      return;
    case Damage::kForeignPid:
      return Forge(record, container.init.pid, bystander.pid);
  }
  __builtin_unreachable();
}

// From a container that runs to what the scenario says.
void GoOn(Lab& lab, const ContainerSetup& setup, const Container& container) {
  if (setup.has_subcgroup) MakeSubcgroup(lab, container, setup.is_subcgroup_frozen);
  if (setup.reached == Reached::kPaused && !lab.runtime().Pause(container.id).ok()) {
    throw CaseSkipped("the runtime does not pause it");
  }
  const bool is_over = setup.reached == Reached::kStopped || setup.reached == Reached::kZombie;
  if (!is_over) return;
  lab.SetReaping(setup.reached == Reached::kStopped);
  lab.KillInit(container);
  // A runtime may call a container running whose processes outlive its init.
  const bool is_all = setup.pid_namespace == scenario::PidNamespace::kPrivate;
  if (is_all && setup.reached == Reached::kStopped) lab.AwaitStatus(container, "stopped");
}

Container Reach(Lab& lab, const ContainerSetup& setup, const RealStage& stage,
                const std::optional<Injection>& cut_off) {
  const ContainerPlan plan = PlanOf(lab, setup, stage);
  if (setup.reached == Reached::kNothing) return lab.MakeBundle(plan);
  if (setup.reached == Reached::kAborted) {
    Container container = lab.MakeBundle(plan);
    Abort(lab, container, cut_off.value());
    return container;
  }
  if (setup.reached == Reached::kCreated) return lab.Created(plan);
  Container container = lab.Running(plan);
  GoOn(lab, setup, container);
  return container;
}

// Whoever compares start times, which count clock ticks, can tell it from what comes after.
void AwaitTick(Lab& lab, const ProcessId& older) {
  lab.Await("the next clock tick",
            [&] { return lab.MakeForeignProcess().start_time > older.start_time; });
}

// "pod" where the cgroups of several containers are "/pod/c1" and "/pod/c2": an engine's.
std::vector<std::string> CommonParents(const Scenario& scenario) {
  std::vector<std::string> parents;
  for (const ContainerSetup& setup : scenario.containers) {
    const std::size_t end = setup.cgroup.rfind('/');
    if (scenario.containers.size() < 2 || end == std::string::npos || end == 0) continue;
    const std::string parent = setup.cgroup.substr(1, end - 1);
    if (std::ranges::find(parents, parent) == parents.end()) parents.push_back(parent);
  }
  return parents;
}

void MountInside(Lab& lab, const Container& container) {
  const std::string point = lab.RecordDirectory(container) + "/mnt";
  if (mkdir(point.c_str(), 0755) != 0 ||
      mount("tmpfs", point.c_str(), "tmpfs", 0, nullptr) != 0) {
    throw LabBroken("can not mount on " + point);
  }
}

Injection ForEver(const std::string& call, int error) {
  return {.call = call, .action = Action::kFail, .error = error, .lasting = true};
}

}  // namespace

std::string WhyNotReal(const Scenario& scenario) {
  for (const ContainerSetup& setup : scenario.containers) {
    if (setup.is_init_uninterruptible) return "a process that acts on no signal";
  }
  const bool is_over = scenario.containers[0].reached == Reached::kStopped;
  if (scenario.is_pid_reused && !is_over) return "a pid that is used again at a chosen point";
  return "";
}

CgroupLayout LayoutOf(const Scenario& scenario) {
  switch (scenario.layout) {
    case sim::CgroupLayout::kV1:
      return CgroupLayout::kV1;
    case sim::CgroupLayout::kV2:
      return CgroupLayout::kV2;
    case sim::CgroupLayout::kHybrid:
      return CgroupLayout::kHost;
  }
  __builtin_unreachable();
}

RealStage MakeReal(Lab& lab, const Scenario& scenario, const std::optional<Injection>& cut_off) {
  if (std::string why = WhyNotReal(scenario); !why.empty()) throw CaseSkipped(why);
  RealStage stage;
  stage.bystanders.push_back(lab.MakeForeignProcess());
  AwaitTick(lab, stage.bystanders.front());
  for (const std::string& parent : CommonParents(scenario)) lab.MakeForeignCgroup(parent);
  for (const ContainerSetup& setup : scenario.containers) {
    if (setup.is_cgroup_there_before) stage.foreign_cgroup = lab.MakeForeignCgroup("before");
    stage.containers.push_back(Reach(lab, setup, stage, cut_off));
    const Container& container = stage.containers.back();
    if (setup.has_mount_in_directory) MountInside(lab, container);
    Spoil(lab, container, setup.damage, stage.bystanders.front());
  }
  if (scenario.is_pid_reused) {
    stage.bystanders.push_back(lab.ReusePid(stage.containers.at(0).init.pid));
  }
  return stage;
}

const Container& ContainerOf(const RealStage& stage, const Scenario& scenario,
                             const std::string& id) {
  const auto found = std::ranges::find(scenario.containers, id, &ContainerSetup::id);
  if (found == scenario.containers.end()) throw LabBroken("the scenario has no container " + id);
  return stage.containers.at(found - scenario.containers.begin());
}

Arguments CommandOf(const scenario::Operation& operation, const Container& container) {
  const std::string& id = container.id;
  switch (operation.verb) {
    case scenario::Verb::kCreate:
      return {"create", "--bundle", container.bundle, id};
    case scenario::Verb::kStart:
      return {"start", id};
    case scenario::Verb::kExec:
      return {"exec", "--detach", id, "/payload", "as", "exec", "lab", "/lab", "sleep"};
    case scenario::Verb::kKill:
      if (operation.all) return {"kill", "--all", id, operation.signal};
      return {"kill", id, operation.signal};
    case scenario::Verb::kDelete:
      if (operation.force) return {"delete", "--force", id};
      return {"delete", id};
    case scenario::Verb::kState:
      return {"state", id};
    case scenario::Verb::kPause:
      return {"pause", id};
    case scenario::Verb::kResume:
      return {"resume", id};
  }
  __builtin_unreachable();
}

std::vector<Injection> LackingIn(const Scenario& scenario) {
  std::vector<Injection> lacking;
  if (!scenario.has_cgroup_kill) lacking.push_back(ForEver("open cgroup.kill", ENOENT));
  if (!scenario.has_pidfd) {
    lacking.push_back(ForEver("pidfd_open init", ENOSYS));
    lacking.push_back(ForEver("pidfd_open process", ENOSYS));
  }
  if (scenario.lacks_cap_kill) {
    lacking.push_back(ForEver("signal init", EPERM));
    lacking.push_back(ForEver("signal process", EPERM));
  }
  return lacking;
}

std::string HookName(const ContainerSetup& setup, std::size_t hook) {
  return std::string(HookKindName(setup.hooks[hook].kind)) + "-" + std::to_string(hook + 1);
}

}  // namespace reapcheck::sweep
