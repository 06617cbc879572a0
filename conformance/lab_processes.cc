// Lab: processes that belong to no container, and what happens after the case.
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "conformance/case_end.h"
#include "conformance/deadline.h"
#include "conformance/lab_impl.h"
#include "conformance/mount_table.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

constexpr std::chrono::seconds kPidFree{2};  // until a reaped pid can be taken again
constexpr std::chrono::seconds kRemoval{5};  // of a cgroup whose members are being killed

pid_t CloneWithPid(pid_t pid) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<std::uint64_t>(&pid);
  arguments.set_tid_size = 1;
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

ProcessId Remember(Lab& lab, pid_t pid) {
  lab.impl().reaper.Own(pid);
  ProcessId id = lab.Identify(pid);
  lab.impl().own_processes.insert(id);
  return id;
}

bool Residue(const Lab::Impl& lab, const Container& container) {
  std::optional<ProcessInfo> init = ReadProcess(container.init.pid);
  bool lives = container.init.pid > 0 && init && init->id == container.init && init->alive();
  return lives || Exists(lab.root + "/" + container.id) ||
         (!container.cgroups_path.empty() && !DirsOfContainer(lab, container).empty());
}

std::string DeleteByRuntime(Lab& lab, const std::string& id) {
  Lab::Impl& impl = lab.impl();
  if (impl.hung) return "";
  Invocation gone = impl.subject->Run({"delete", "--force", id}, {.may_hang = true});
  impl.hung = gone.timed_out;
  return gone.ok() ? "" : "; afterwards " + gone.Describe();
}

std::string RemoveOwnCgroups(Lab::Impl& lab) {
  std::string problems;
  for (const std::string& dir : lab.own_cgroups) {
    if (!Exists(dir)) {
      problems += "; cgroup " + dir + " was there before the container and was removed";
    }
  }
  std::vector<std::string> left = RemoveCgroups(lab.own_cgroups, Deadline::After(kRemoval));
  if (!left.empty()) throw LabBroken("can not remove " + left.front());
  return problems;
}

}  // namespace

void BecomeForeignProcess() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "foreign");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  while (true) pause();
}

ProcessId Lab::MakeForeignProcess() {
  pid_t pid = fork();
  if (pid == 0) BecomeForeignProcess();
  if (pid < 0) throw LabBroken("fork");
  return Remember(*this, pid);
}

ProcessId Lab::ReusePid(pid_t pid) {
  ProcessId made;
  int error = 0;
  AwaitQuietly(*impl_, kPidFree, [&] {
    pid_t child = CloneWithPid(pid);
    if (child == 0) BecomeForeignProcess();
    error = child < 0 ? errno : 0;
    // The pid of a process that died a moment ago is free when the kernel is done with it.
    if (child < 0) return error != EEXIST;
    ProcessId id = Identify(child);
    // Start times count clock ticks: in the same tick the two could not be told apart by anybody.
    if (impl_->reaper.EndOf(id)) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
      error = EEXIST;
      return false;
    }
    made = Remember(*this, child);
    return true;
  });
  if (made.pid > 0) return made;
  if (error == EEXIST) FailCase("pid " + std::to_string(pid) + " is not free");
  throw CaseSkipped(std::string("clone3 can not choose a pid here: ") + strerror(error));
}

ProcessId Lab::RunPayload(const std::string& name, const std::vector<std::string>& words) {
  std::vector<std::string> all{PayloadPath(), "as", name, "lab", share()};
  all.insert(all.end(), words.begin(), words.end());
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd : {0, 1, 2}) dup2(null, fd);
    std::vector<char*> argv;
    for (std::string& word : all) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  if (pid < 0) throw LabBroken("fork");
  return Remember(*this, pid);
}

void RemoveByForce(Lab::Impl& lab, const Container& container) {
  if (container.init.pid > 0) SendSignal(container.init, SIGKILL);
  for (const MountInfo& mount : Mounts()) {
    bool ours = mount.point.rfind(lab.root + "/" + container.id + "/", 0) == 0 ||
                mount.point.rfind(container.bundle + "/", 0) == 0;
    if (ours) umount2(mount.point.c_str(), MNT_DETACH);
  }
  std::vector<std::string> dirs;
  for (const CgroupDir& dir : DirsOfContainer(lab, container)) dirs.push_back(dir.path);
  dirs = RemoveCgroups(dirs, Deadline::After(kRemoval));
  if (!dirs.empty()) throw LabBroken("can not remove " + dirs.front());
  RemoveTree(lab.root + "/" + container.id);
}

std::string TearDown(Lab& lab) {
  Lab::Impl& impl = lab.impl();
  impl.reaper.set_reaps_orphans(true);
  impl.reaper.Reap();
  std::string problems;
  for (const auto& [id, made] : impl.containers) {
    if (made.disowned) {
      RemoveByForce(impl, made.container);
    } else if (Residue(impl, made.container)) {
      problems += DeleteByRuntime(lab, id);
    }
  }
  for (const std::string& id : ListNames(impl.root, /*directories_only=*/true)) {
    if (!impl.containers.contains(id)) problems += DeleteByRuntime(lab, id);
  }
  for (const ProcessId& process : impl.own_processes) SendSignal(process, SIGKILL);
  impl.reaper.Reap();
  problems += RemoveOwnCgroups(impl);
  return problems;
}

}  // namespace reapcheck::conformance
