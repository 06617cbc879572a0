// Lab: bundles, and bringing containers into a state.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "conformance/bundle.h"
#include "conformance/case_end.h"
#include "conformance/lab_impl.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

void MakeRootfs(const Lab::Impl& lab, const std::string& rootfs, const ContainerPlan& plan) {
  std::vector<std::string> dirs{"", "/proc", "/dev", "/lab", "/tmp"};
  if (plan.cgroup_mount) dirs.insert(dirs.end(), {"/sys", "/sys/fs", "/sys/fs/cgroup"});
  for (const std::string& dir : dirs) {
    if (mkdir((rootfs + dir).c_str(), 0755) != 0) throw LabBroken("mkdir " + rootfs + dir);
  }
  if (link(lab.settings.payload.c_str(), (rootfs + "/payload").c_str()) != 0) {
    throw LabBroken(std::string("link payload: ") + strerror(errno));
  }
}

void Require(const Invocation& invocation, const std::string& wanted) {
  if (!invocation.ok()) FailCase("no " + wanted + " container: " + invocation.Describe());
}

}  // namespace

Container Lab::MakeBundle(const ContainerPlan& plan) {
  Container made{.name = plan.name,
                 .id = plan.id.empty() ? Id(plan.name) : plan.id,
                 .bundle = impl_->bundles + "/" + plan.name,
                 .cgroups_path = plan.cgroups_path.value_or("/" + Id(plan.name))};
  for (int copy = 2; Exists(made.bundle); ++copy) {
    made.bundle = impl_->bundles + "/" + plan.name + "-" + std::to_string(copy);
  }
  if (mkdir(made.bundle.c_str(), 0755) != 0) throw LabBroken("mkdir " + made.bundle);
  MakeRootfs(*impl_, made.bundle + "/rootfs", plan);
  Json config = ConfigOf(plan, {.share = share(),
                                .payload = impl_->settings.payload,
                                .cgroups_path = made.cgroups_path});
  if (!WriteText(made.bundle + "/config.json", config.dump())) throw LabBroken("config.json");
  impl_->containers[made.id] = {.container = made};
  return made;
}

void Lab::EditConfig(const Container& container, const std::function<void(Json& config)>& edit) {
  std::string path = container.bundle + "/config.json";
  Json config = Json::parse(ReadText(path).value_or(""));
  edit(config);
  if (!WriteText(path, config.dump())) throw LabBroken("config.json");
}

Container Lab::Created(const ContainerPlan& plan) {
  Container made = MakeBundle(plan);
  std::string pid_file = impl_->output + "/" + made.name + ".pid";
  unlink(pid_file.c_str());
  Require(runtime().Create(made.id, made.bundle, {"--pid-file", pid_file}), "created");
  pid_t pid = std::atoi(ReadText(pid_file).value_or("").c_str());
  if (pid <= 0) {
    std::optional<Json> state = runtime().ReadState(made.id);
    if (state && state->contains("pid") && (*state)["pid"].is_number()) pid = (*state)["pid"];
  }
  made.init = Identify(pid);
  if (made.init.start_time == 0) {
    FailCase("no created container: create succeeded, and there is no process " +
             std::to_string(pid) + ", which it says is init");
  }
  impl_->containers[made.id].container = made;
  return made;
}

Container Lab::Running(const ContainerPlan& plan) {
  Container made = Created(plan);
  Require(runtime().Start(made.id), "running");
  if (ReportsReadiness(plan) && !AwaitReady(made)) throw CaseStopped();
  return made;
}

Container Lab::Paused(const ContainerPlan& plan) {
  if (!runtime().Can(Capability::kPause)) throw CaseSkipped("the runtime has no pause");
  Container made = Running(plan);
  Require(runtime().Pause(made.id), "paused");
  return made;
}

Container Lab::Stopped(const ContainerPlan& plan) {
  Container made = Running(plan);
  KillInit(made);
  if (!AwaitStatus(made, "stopped")) throw CaseStopped();
  return made;
}

void Lab::KillInit(const Container& container) {
  SendSignal(container.init, SIGKILL);
  if (!AwaitDead(container.init)) throw CaseStopped();
  impl_->reaper.Reap();
}

void Lab::Disown(const Container& container, [[maybe_unused]] const std::string& why) {
  Impl::Made& made = impl_->containers[container.id];
  if (made.container.init.pid == 0) made.container = container;
  made.disowned = true;
}

std::string Lab::RecordFile(const Container& container) {
  for (const char* name : {"state.json", "status"}) {
    std::string path = RecordDirectory(container) + "/" + name;
    if (Exists(path)) return path;
  }
  throw CaseSkipped("the runtime keeps no record in ROOT/ID that is known here");
}

}  // namespace reapcheck::conformance
