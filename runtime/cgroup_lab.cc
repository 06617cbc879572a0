#include "runtime/cgroup_lab.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace reapcheck {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> SubDirectories(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) found.push_back(entry.path());
  }
  return found;
}

void KillMembers(const fs::path& directory) {
  std::ofstream(directory / "freezer.state") << "THAWED";
  std::ofstream(directory / "cgroup.freeze") << "0";
  std::ifstream members(directory / "cgroup.procs");
  for (pid_t pid = 0; members >> pid;) {
    if (pid > 0) ::kill(pid, SIGKILL);
  }
}

std::size_t CountMembers(const fs::path& directory) {
  std::ifstream members(directory / "cgroup.procs");
  std::size_t count = std::distance(std::istream_iterator<std::string>(members), {});
  for (const fs::path& child : SubDirectories(directory)) count += CountMembers(child);
  return count;
}

}  // namespace

CgroupLab::CgroupLab() {
  static int labs = 0;
  prefix_ = "/reapcheck-test-" + std::to_string(::getpid()) + "-" + std::to_string(++labs);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const auto found = FindCgroupHierarchies(kernel);
  if (!found) return;
  for (const CgroupHierarchy& hierarchy : *found) {
    const bool used = hierarchy.version == CgroupVersion::kV2 || hierarchy.Has("freezer") ||
                      hierarchy.Has("pids");
    if (used) hierarchies_.push_back(hierarchy);
  }
}

CgroupLab::~CgroupLab() {
  for (const CgroupHierarchy& hierarchy : hierarchies_) RemoveTree(hierarchy.mount_point + prefix_);
  ReapAll();
}

std::string CgroupLab::WhyNot() {
  if (::geteuid() != 0) return "needs root";
  CgroupLab lab;
  for (const CgroupHierarchy& hierarchy : lab.hierarchies()) {
    const std::string probe = hierarchy.mount_point + lab.prefix_;
    if (::mkdir(probe.c_str(), 0755) != 0) return "no cgroup can be made: " + probe;
  }
  return lab.hierarchies().empty() ? "no cgroup hierarchy with a freezer is mounted" : "";
}

std::vector<CgroupHierarchy> CgroupLab::V1Freezer() const {
  for (const CgroupHierarchy& hierarchy : hierarchies_) {
    if (hierarchy.Has("freezer")) return {hierarchy};
  }
  return {};
}

std::vector<CgroupHierarchy> CgroupLab::V2() const {
  for (const CgroupHierarchy& hierarchy : hierarchies_) {
    if (hierarchy.version == CgroupVersion::kV2) return {hierarchy};
  }
  return {};
}

Cgroups CgroupLab::Name(const std::vector<CgroupHierarchy>& hierarchies, const std::string& path) {
  Cgroups cgroups;
  for (const CgroupHierarchy& hierarchy : hierarchies) {
    cgroups.push_back({.hierarchy = hierarchy, .path = path});
  }
  return cgroups;
}

Cgroups CgroupLab::Make(const std::string& name) { return Make(hierarchies_, name); }

Cgroups CgroupLab::Make(const std::vector<CgroupHierarchy>& hierarchies, const std::string& name) {
  Cgroups cgroups = Name(hierarchies, Path(name));
  for (const CgroupDirectory& cgroup : cgroups) fs::create_directories(cgroup.FullPath());
  return cgroups;
}

Pid CgroupLab::Run(const Cgroups& cgroups, const std::function<void()>& body) {
  int go[2];
  if (::pipe2(go, O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(go[1]);
    char byte = 0;
    static_cast<void>(!::read(go[0], &byte, 1));
    ::close(go[0]);
    body();
    for (;;) ::pause();
  }
  ::close(go[0]);
  for (const CgroupDirectory& cgroup : cgroups) {
    WriteControl(cgroup, "cgroup.procs", std::to_string(child));
  }
  ::close(go[1]);
  return Pid{child};
}

bool CgroupLab::AwaitProcesses(const Cgroups& cgroups, std::size_t count) const {
  return Await([&] {
    for (const CgroupDirectory& cgroup : cgroups) {
      if (CountMembers(cgroup.FullPath()) != count) return false;
    }
    return true;
  });
}

bool CgroupLab::ReapAll() {
  return Await([] {
    pid_t reaped = 0;
    while ((reaped = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    return reaped < 0 && errno == ECHILD;
  });
}

void CgroupLab::RemoveTree(const std::string& directory) {
  if (!fs::exists(directory)) return;
  Await([&] {
    // The upper ones first: below a frozen v1 cgroup nothing dies.
    KillMembers(directory);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    for (const fs::path& child : SubDirectories(directory)) RemoveTree(child);
    return ::rmdir(directory.c_str()) == 0 || errno == ENOENT;
  });
}

std::string ReadControl(const CgroupDirectory& cgroup, const std::string& file) {
  std::ifstream in(cgroup.FullPath() + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool WriteControl(const CgroupDirectory& cgroup, const std::string& file, std::string_view text) {
  std::ofstream out(cgroup.FullPath() + "/" + file);
  out << text;
  return static_cast<bool>(out.flush());
}

bool Await(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace reapcheck
