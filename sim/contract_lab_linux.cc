#include "sim/contract_lab_linux.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

namespace reapcheck::sim {
namespace {

namespace fs = std::filesystem;

constexpr char kBase[] = "/mnt";
constexpr char kRoot[] = "/mnt/root";
// What Linux does late is done long before, even on a busy machine.
constexpr std::chrono::seconds kDeadline(5);

std::string Problem(const std::string& doing) { return doing + ": " + std::strerror(errno); }

std::string Mount(const char* type, const std::string& where, const char* options) {
  if (::mkdir(where.c_str(), 0755) != 0 && errno != EEXIST) return Problem(where);
  if (::mount("reapcheck", where.c_str(), type, 0, options) != 0) {
    return Problem(std::string(type) + " " + options);
  }
  return "";
}

// Once in a process: the namespace stays, and the mounts with it, until the process ends.
std::string EnterNamespace() {
  if (::geteuid() != 0) return "needs root";
  if (::unshare(CLONE_NEWNS) != 0) return Problem("unshare(CLONE_NEWNS)");
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return Problem("private /");
  if (::mount("reapcheck", kBase, "tmpfs", 0, "mode=0755") != 0) return Problem("tmpfs on /mnt");
  if (::mkdir(kRoot, 0755) != 0) return Problem(kRoot);
  // A file system of its own, so that nothing of what a lab does is seen above it.
  return Mount("tmpfs", kRoot, "mode=0755");
}

std::string MountLayout(LabLayout layout) {
  if (layout == LabLayout::kV2) return Mount("cgroup2", "/mnt/v2", "");
  const std::string freezer = Mount("cgroup", "/mnt/freezer", "freezer");
  return freezer.empty() ? Mount("cgroup", "/mnt/pids", "pids") : freezer;
}

std::vector<std::string> Hierarchies(LabLayout layout) {
  if (layout == LabLayout::kV2) return {"/mnt/v2"};
  return {"/mnt/freezer", "/mnt/pids"};
}

std::vector<fs::path> DirectoriesIn(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) found.push_back(entry.path());
  }
  return found;
}

void Write(const fs::path& file, const char* text) { std::ofstream(file) << text; }

// Thawed from the top: below a frozen v1 cgroup nothing dies.
void KillMembers(const fs::path& cgroup, LabLayout layout) {
  Write(cgroup / (layout == LabLayout::kV1 ? "freezer.state" : "cgroup.freeze"),
        layout == LabLayout::kV1 ? "THAWED" : "0");
  if (layout == LabLayout::kV2) {
    Write(cgroup / "cgroup.kill", "1");
  } else {
    std::ifstream members(cgroup / "cgroup.procs");
    for (pid_t pid = 0; members >> pid;) {
      if (pid > 0 && pid != ::getpid()) ::kill(pid, SIGKILL);
    }
  }
  for (const fs::path& child : DirectoriesIn(cgroup)) KillMembers(child, layout);
}

// The lab's own cgroup stays. True when nothing is left below it.
bool RemoveBelow(const fs::path& cgroup) {
  bool all = true;
  for (const fs::path& child : DirectoriesIn(cgroup)) {
    all = RemoveBelow(child) && (::rmdir(child.c_str()) == 0 || errno == ENOENT) && all;
  }
  return all;
}

bool Await(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  for (int tries = 0; !condition(); ++tries) {
    if (std::chrono::steady_clock::now() > end) return false;
    // Most of what is late is late by microseconds.
    if (tries < 500) {
      ::sched_yield();
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  return true;
}

// What a start time is a number of: proc_pid_stat(5), starttime.
std::int64_t TicksSinceBoot() {
  timespec now;
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const std::int64_t ticks = ::sysconf(_SC_CLK_TCK);
  return now.tv_sec * ticks + now.tv_nsec / (1'000'000'000 / ticks);
}

}  // namespace

std::string LinuxLab::WhyNot(LabLayout layout) {
  static const std::string entered = EnterNamespace();
  if (!entered.empty()) return entered;
  static const std::string v1 = MountLayout(LabLayout::kV1);
  static const std::string v2 = MountLayout(LabLayout::kV2);
  return layout == LabLayout::kV1 ? v1 : v2;
}

LinuxLab::LinuxLab(LabLayout layout) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::signal(SIGPIPE, SIG_IGN);  // as the command line of the runtime does
  const std::string name = "/reapcheck-contract-" + std::to_string(::getpid());
  for (const std::string& hierarchy : Hierarchies(layout)) {
    cgroups_.push_back(hierarchy + name);
    ::mkdir(cgroups_.back().c_str(), 0755);
  }
}

LinuxLab::~LinuxLab() {
  Reset();
  for (const std::string& cgroup : cgroups_) ::rmdir(cgroup.c_str());
}

Result<void> LinuxLab::MkfifoAt(Fd dir, const std::string& path, mode_t mode) {
  return container_kernel_.MkfifoAt(dir, path, mode);
}

std::string LinuxLab::root() const { return kRoot; }

std::string LinuxLab::second_cgroup() const { return cgroups_.size() > 1 ? cgroups_[1] : ""; }

Result<Pid> LinuxLab::CloneWithPid(Pid wanted) {
  // Two processes with one pid differ in their start times from the next tick on.
  const std::int64_t now = TicksSinceBoot();
  Await([&] { return TicksSinceBoot() > now; });
  return passive_.CloneWithPid(wanted);
}

Result<Pid> LinuxLab::SpawnExiting(int status) {
  const std::string script = "exit " + std::to_string(status);
  return kernel_.Spawn({.path = "/bin/sh", .arguments = {"sh", "-c", script}});
}

Result<Pid> LinuxLab::SpawnLasting() {
  return kernel_.Spawn({.path = "/bin/sh", .arguments = {"sh", "-c", "exec sleep 1000"},
                        .environment = {"PATH=/usr/bin:/bin"}});
}

void LinuxLab::AddSymlink(const std::string& name_in_root, const std::string& target) {
  static_cast<void>(!::symlink(target.c_str(), (root() + "/" + name_in_root).c_str()));
}

void LinuxLab::SetCapKill(bool on) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return;
  const __u32 bit = 1U << CAP_KILL;
  data[0].effective = on ? data[0].effective | bit : data[0].effective & ~bit;
  static_cast<void>(::syscall(SYS_capset, &header, data));
}

bool LinuxLab::Eventually(const std::function<bool()>& condition) { return Await(condition); }

// Children first, as long as they are not reaped: their pids are nobody else's. Theirs are killed
// as children in their turn, when they are orphans.
void LinuxLab::KillAll() {
  const LabLayout layout = cgroups_.size() > 1 ? LabLayout::kV1 : LabLayout::kV2;
  Await([&] {
    for (const std::string& cgroup : cgroups_) KillMembers(cgroup, layout);
    std::ifstream children("/proc/thread-self/children");
    for (pid_t pid = 0; children >> pid;) ::kill(pid, SIGKILL);
    pid_t reaped = 0;
    while ((reaped = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    return reaped < 0 && errno == ECHILD;
  });
}

void LinuxLab::EmptyRoot() {
  std::error_code ignored;
  ::removexattr(kRoot, "trusted.x");  // the one that random programs set
  for (const auto& entry : fs::directory_iterator(kRoot, ignored)) {
    // A mount that a test made and did not take off.
    while (::umount2(entry.path().c_str(), MNT_DETACH) == 0) {
    }
    fs::remove_all(entry.path(), ignored);
  }
}

void LinuxLab::Reset() {
  SetCapKill(true);
  KillAll();
  passive_.Forget();
  for (const std::string& cgroup : cgroups_) {
    Await([&] { return RemoveBelow(cgroup); });
  }
  EmptyRoot();
}

}  // namespace reapcheck::sim
