// A place to start containers in tests: a private mount namespace with a tmpfs, a bundle whose root
// file system holds one static program (the test binary itself), and the parent's side of the
// protocol of container_kernel.h. Everything is gone when the object goes.
#ifndef REAPCHECK_RUNTIME_CONTAINER_LAB_H_
#define REAPCHECK_RUNTIME_CONTAINER_LAB_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "runtime/container_kernel.h"
#include "runtime/linux_container_kernel.h"
#include "runtime/linux_kernel.h"

namespace reapcheck {

// What the program in the container does, by args[1]: "report" writes what it sees of itself to
// /report and exits with 7; "sleep" waits to be killed; "exists PATH..." exits with the number of
// the paths that are there.
inline constexpr char kPayload[] = "/payload";
inline constexpr int kReportExitCode = 7;

class ContainerLab {
 public:
  // The calling process gets a mount namespace of its own (once) and becomes a subreaper.
  ContainerLab();
  ~ContainerLab();
  ContainerLab(const ContainerLab&) = delete;
  ContainerLab& operator=(const ContainerLab&) = delete;

  // "" when this process may do all this, else the reason why not.
  static std::string WhyNot();

  // New pid, mount, uts, ipc, network and cgroup namespaces, /proc, a tmpfs on /dev, devpts, and
  // "/payload report".
  OciConfig BasicConfig() const;

  std::string rootfs() const { return directory_ + "/bundle/rootfs"; }
  std::string outside() const { return directory_ + "/outside"; }
  // A file below the rootfs, whole; "" when it is not there.
  std::string Read(const std::string& path) const;

  Outcome<void> Clone(const OciConfig& config);
  Outcome<void> Tell(std::string_view message);
  Outcome<void> Expect(std::string_view message);
  // From "go" to "ready", or what the child said instead.
  Outcome<void> BringToReady(const OciConfig& config);
  // The same for a child that is cloned.
  Outcome<void> GoToReady();
  // "0 100000 65536" for users and groups of the child's new user namespace.
  void WriteIdMaps(const std::string& map);
  // From "detach" until the child waits at the gate.
  Outcome<void> BringToGate();
  // Opens the gate and returns what comes on `result` until the program runs or the child is dead.
  std::string OpenGate();
  // Until the end of the container's init: its exit code, or 128 + the signal. -1: no end in 5 s.
  int WaitForEnd();
  // All of the above. The exit code of the program, or the child's failure.
  Outcome<int> Run(const OciConfig& config);

  Pid pid() const { return pid_; }
  void CloseSync() { sync_.Reset(); }

  LinuxKernel kernel;
  LinuxContainerKernel container_kernel{kernel};
  InitRequest request;

 private:
  std::string directory_;
  OwnedFd gate_;
  OwnedFd result_;
  OwnedFd sync_;
  Pid pid_;
};

// Waits for the end of a child without reaping others. -1: no end in 5 s.
int WaitForExitCode(Kernel& kernel, Pid pid);

// The value of "key value" in a report.
std::string Reported(const std::string& report, std::string_view key);

// What a failure says; for messages of assertions too.
std::string Text(const Outcome<int>& outcome);
std::string Text(const Outcome<void>& outcome);

// For the body of a test: needs GoogleTest.
#define NEEDS_LAB()                                                             \
  if (const std::string why = ContainerLab::WhyNot(); !why.empty()) GTEST_SKIP() << why

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CONTAINER_LAB_H_
