// How a container of a scenario came to be what it is when the operations begin.
#include <fcntl.h>
#include <signal.h>

#include "conformance/scenario/stage.h"
#include "runtime/cgroup.h"
#include "runtime/file_text.h"
#include "runtime/record.h"

namespace reapcheck::scenario {
namespace {

// A bystander's pid with a start time that is not its own.
std::string ForgedRecord(const std::string& text, Pid bystander) {
  auto record = ParseRecord(text, "c1");
  if (!record) return text;
  record->init.pid = bystander;
  return RecordText(*record);
}

void WriteFile(Kernel& kernel, const std::string& path, const std::string& text) {
  auto file = kernel.OpenAt(kCwd, path, O_WRONLY | O_TRUNC, 0);
  if (file && !text.empty()) static_cast<void>(kernel.Write(file->get(), text));
}

void RemoveFile(Kernel& kernel, const std::string& path) {
  static_cast<void>(kernel.UnlinkAt(kCwd, path, 0));
}

// What `damage` says, done to the files of the directory.
void Spoil(Kernel& kernel, const std::string& directory, Damage damage, Pid bystander) {
  const std::string state = directory + "/" + kStateFile;
  auto text = ReadFileText(kernel, kCwd, state);
  const std::string whole = text.value_or("");
  switch (damage) {
    case Damage::kNone:
      return;
    case Damage::kStateMissing:
      return RemoveFile(kernel, state);
    case Damage::kStateEmpty:
      return WriteFile(kernel, state, "");
    case Damage::kStateTruncated:
      return WriteFile(kernel, state, whole.substr(0, whole.size() / 2));
    case Damage::kStateNull:
      return WriteFile(kernel, state, "null");
    case Damage::kStateObject:
      return WriteFile(kernel, state, "{}");
    case Damage::kStateIsDirectory:
      RemoveFile(kernel, state);
      static_cast<void>(kernel.MkdirAt(kCwd, state, 0700));
      return;
    case Damage::kStateAndIntentMissing:
      RemoveFile(kernel, state);
      return RemoveFile(kernel, directory + "/" + kIntentFile);
    case Damage::kAllFilesMissing:
      for (const char* file : {kStateFile, kIntentFile, kConfigFile, kGateFile, kResultFile}) {
        RemoveFile(kernel, directory + "/" + file);
      }
      return;
    case Damage::kForeignPid:
      return WriteFile(kernel, state, ForgedRecord(whole, bystander));
  }
}

// A cgroup below the container's in each hierarchy, with `member` in it.
void MakeSubcgroup(Kernel& kernel, const std::string& path, Pid member, bool is_frozen) {
  auto hierarchies = FindCgroupHierarchies(kernel);
  if (!hierarchies) return;
  for (const CgroupHierarchy& hierarchy : *hierarchies) {
    const std::string below = hierarchy.mount_point + path + "/sub";
    static_cast<void>(kernel.MkdirAt(kCwd, below, 0755));
    static_cast<void>(
        WriteControlFile(kernel, kCwd, below + "/cgroup.procs", std::to_string(member.value)));
    if (!is_frozen) continue;
    const bool is_v2 = hierarchy.version == CgroupVersion::kV2;
    if (!is_v2 && !hierarchy.Has("freezer")) continue;
    static_cast<void>(WriteControlFile(kernel, kCwd,
                                       below + (is_v2 ? "/cgroup.freeze" : "/freezer.state"),
                                       is_v2 ? "1" : "FROZEN"));
  }
}

bool IsMade(const ContainerSetup& container) { return container.reached != Reached::kNothing; }

}  // namespace

bool Stage::SetUp(int container) {
  const ContainerSetup& setup = scenario_.containers[container];
  const std::string bundle = std::string(kBundles) + "/" + setup.id;
  const Pid joined{container > 0 && inits_[0] >= 0 ? world_->processes()[inits_[0]].pid : 0};
  world_->AddDirectory(bundle);
  world_->AddDirectory(bundle + "/rootfs");
  world_->AddFile(bundle + "/config.json", ConfigText(setup, joined));
  if (setup.is_cgroup_there_before) world_->AddCgroup(CgroupPathOf(setup));
  inits_.push_back(-1);
  if (!IsMade(setup)) return true;
  if (!Reach(container)) return false;
  Harm(container);
  return error_.empty();
}

bool Stage::Reach(int container) {
  const ContainerSetup& setup = scenario_.containers[container];
  const Operation create{.verb = Verb::kCreate, .id = setup.id};
  const Body body = OperationBody(create, subject_);
  if (setup.reached == Reached::kAborted) {
    programs_.push_back(body);
    roles_.push_back({.kind = Role::Kind::kOperation, .operation = create});
    RunCutOff(static_cast<sim::ProgramId>(programs_.size()), setup.aborted_at);
    programs_.pop_back();
    roles_.pop_back();
  } else if (RunSetUp(body) != 0) {
    error_ = "create failed";
    return false;
  }
  for (std::size_t i = 0; i < world_->processes().size(); ++i) {
    const sim::Process& process = world_->processes()[i];
    if (process.state != sim::ProcessState::kRunning || process.mark == 0) continue;
    if (inits_[0] >= 0 && container > 0 && process.mark == memory_.mark[0]) continue;
    inits_.back() = static_cast<int>(i);
    memory_.mark[container] = process.mark;
  }
  if (setup.reached == Reached::kCreated || setup.reached == Reached::kAborted) return true;
  if (RunSetUp(OperationBody({.verb = Verb::kStart, .id = setup.id}, subject_)) != 0) {
    error_ = "start failed";
    return false;
  }
  Populate(container);
  return true;
}

void Stage::Populate(int container) {
  const ContainerSetup& setup = scenario_.containers[container];
  const int init = inits_[container];
  int member = -1;
  for (int i = 0; i < setup.processes; ++i) member = world_->AddMember(init, "worker");
  if (member >= 0 && setup.forks > 0) {
    world_->EditProcess(member).forks_left = static_cast<std::uint8_t>(setup.forks);
  }
  world_->EditProcess(init).ignores_sigterm = setup.ignores_sigterm;
  world_->EditProcess(init).is_uninterruptible = setup.is_init_uninterruptible;
  if (scenario_.lacks_cap_kill) world_->EditProcess(init).uid = 1000;  // else its own may signal it
  world_->Rehash();
  if (!setup.has_subcgroup) return;
  const Pid below{world_->processes()[world_->AddMember(init, "nested")].pid};
  RunSetUp([&](sim::ProgramKernel& kernel) {
    MakeSubcgroup(kernel, CgroupPathOf(setup), below, setup.is_subcgroup_frozen);
    return 0;
  });
}

void Stage::Harm(int container) {
  const ContainerSetup& setup = scenario_.containers[container];
  const Pid init{inits_[container] < 0 ? 0 : world_->processes()[inits_[container]].pid};
  switch (setup.reached) {
    case Reached::kPaused:
      RunSetUp(OperationBody({.verb = Verb::kPause, .id = setup.id}, subject_));
      break;
    case Reached::kZombie:
    case Reached::kStopped:
      world_->EditProcess(engine_).reaps_children = setup.reached == Reached::kStopped;
      world_->Rehash();
      RunSetUp([init](sim::ProgramKernel& kernel) {
        return kernel.Kill(init, Signal{SIGKILL}).has_value() ? 0 : 1;
      });
      break;
    default:
      break;
  }
  if (setup.has_mount_in_directory) {
    world_->AddDirectory(DirectoryOf(setup) + "/mnt");
    world_->AddMount(DirectoryOf(setup) + "/mnt");
  }
  if (setup.damage == Damage::kNone) return;
  Pid bystander;
  for (const sim::Process& process : world_->processes()) {
    if (texts_.Text(process.name) == "bystander") bystander = Pid{process.pid};
  }
  RunSetUp([&](sim::ProgramKernel& kernel) {
    Spoil(kernel, DirectoryOf(setup), setup.damage, bystander);
    return 0;
  });
}

}  // namespace reapcheck::scenario
