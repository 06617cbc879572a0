#include "sim/contract_lab_sim.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace reapcheck::sim {
namespace {

constexpr char kRoot[] = "/mnt/root";
constexpr char kCgroup[] = "/lab";
constexpr char kExiting[] = "/bin/exiting";
constexpr char kLasting[] = "/bin/lasting";
constexpr ProgramId kTester = 1;
constexpr ProgramId kExits = 2;
// Far more than the kernel ever has to do after one call.
constexpr int kMaxSteps = 10000;

WorldOptions OptionsOf(LabLayout layout) {
  WorldOptions options;
  options.layout = layout == LabLayout::kV1 ? CgroupLayout::kV1 : CgroupLayout::kV2;
  options.executables = {{.path = kExiting, .program = kExits}, {.path = kLasting}};
  return options;
}

}  // namespace

SimLab::SimLab(LabLayout layout)
    : layout_(layout),
      options_(OptionsOf(layout)),
      world_(texts_, options_),
      tester_(AddTester(world_)),
      kernel_(world_, /*actor=*/0),
      fresh_(world_) {}

int SimLab::AddTester(World& world) {
  world.AddMount(kRoot);
  world.AddCgroup(kCgroup);
  const int tester = world.AddProcess("tester", kTester);
  world.EditProcess(tester).is_subreaper = true;
  world.Rehash();
  return tester;
}

Result<void> SimLab::MkfifoAt(Fd dir, const std::string& path, mode_t mode) {
  return kernel_.MkfifoAt(dir, path, mode);
}

std::string SimLab::root() const { return kRoot; }

std::string SimLab::cgroup() const {
  return std::string("/sys/fs/cgroup") + (layout_ == LabLayout::kV1 ? "/freezer" : "") + kCgroup;
}

std::string SimLab::second_cgroup() const {
  return layout_ == LabLayout::kV1 ? std::string("/sys/fs/cgroup/pids") + kCgroup : "";
}

Result<Pid> SimLab::Clone(const PassiveRequest& request) {
  const bool is_direct = request.parent == Pid{};
  const int parent = is_direct ? tester_ : world_.FindProcess(request.parent);
  if (parent < 0) return Fail(ESRCH, "clone3", "a parent that is not there");
  const int child = world_.AddMember(parent, "passive");
  if (child < 0) return Fail(ENOMEM, "clone3", "a passive process");
  Process& made = world_.EditProcess(child);
  if (is_direct) made.group = made.pid;
  if (request.is_namespace_init) made.pid_namespace = static_cast<std::int16_t>(child + 1);
  made.ignores_sigterm = request.ignores_sigterm;
  if (request.uid != 0) made.uid = request.uid;
  world_.Rehash();
  return Pid{made.pid};
}

Result<Pid> SimLab::CloneWithPid(Pid wanted) {
  const Result<Pid> made = Clone({});
  if (!made) return made;
  Process& child = world_.EditProcess(world_.FindProcess(*made));
  child.pid = child.group = wanted.value;
  world_.Rehash();
  return wanted;
}

Result<Pid> SimLab::SpawnExiting(int status) {
  Result<Pid> child = kernel_.Spawn({.path = kExiting, .arguments = {"exiting"}});
  if (!child) return child;
  const auto actor = static_cast<ActorId>(world_.actors().size() - 1);
  world_.Execute(actor, Call{.op = Op::kExit, .a = status});
  return child;
}

Result<Pid> SimLab::SpawnLasting() {
  return kernel_.Spawn({.path = kLasting, .arguments = {"lasting"}});
}

void SimLab::AddSymlink(const std::string& name_in_root, const std::string& target) {
  world_.AddSymlink(root() + "/" + name_in_root, target);
}

void SimLab::SetCapKill(bool on) {
  world_.EditProcess(tester_).lacks_cap_kill = !on;
  world_.Rehash();
}

bool SimLab::Eventually(const std::function<bool()>& condition) {
  for (int taken = 0;; ++taken) {
    steps_.clear();
    world_.ListSteps(steps_);
    if (steps_.empty()) return condition();
    if (taken == kMaxSteps) {
      std::fputs("simulator: the kernel's own steps do not end\n", stderr);
      std::exit(2);
    }
    world_.Take(steps_.front());
  }
}

}  // namespace reapcheck::sim
