// The child's side of exec, and namespaces joined by path, on the real kernel. Needs root.
#include "runtime/exec_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/container_lab.h"
#include "runtime/sync_message.h"

namespace reapcheck {
namespace {

std::string NamespaceOf(Pid pid, const std::string& name) {
  return std::filesystem::read_symlink("/proc/" + std::to_string(pid.value) + "/ns/" + name);
}

// Runs one more process in the lab's container, which waits at its gate. Its exit code.
Outcome<int> Exec(ContainerLab& lab, const OciConfig& config, const ProcessConfig& process) {
  auto pidfd = lab.kernel.PidfdOpen(lab.pid());
  if (!pidfd) return Refuse(pidfd.error(), "pidfd");
  auto child = lab.container_kernel.CloneExec(
      {.process = &process, .config = &config, .init_pidfd = pidfd->get()});
  if (!child) return Forward(std::move(child));
  const Fd sync = child->sync.get();
  auto done = TellChild(lab.kernel, sync, kSyncGo);
  if (done) done = ExpectFromChild(lab.kernel, sync, kSyncReady);
  for (const char* name : {"pid", "mnt", "net", "ipc", "uts", "cgroup"}) {
    EXPECT_TRUE(!done || NamespaceOf(child->pid, name) == NamespaceOf(lab.pid(), name)) << name;
  }
  if (done) done = TellChild(lab.kernel, sync, kSyncDetach);
  if (done) done = ExpectEnd(lab.kernel, sync);
  const int code = WaitForExitCode(lab.kernel, child->pid);
  if (!done) return Forward(std::move(done));
  return code;
}

TEST(ExecProcess, RunsInTheContainersNamespaces) {
  NEEDS_LAB();
  ContainerLab lab;
  const OciConfig config = lab.BasicConfig();
  ASSERT_TRUE(lab.BringToReady(config));
  ASSERT_TRUE(lab.BringToGate());
  ProcessConfig process{.arguments = {kPayload, "report"}, .cwd = "/dev"};
  auto code = Exec(lab, config, process);
  ASSERT_TRUE(code && *code == kReportExitCode) << Text(code);
  EXPECT_EQ(Reported(lab.Read("/report"), "hostname"), "inside");
  EXPECT_EQ(Reported(lab.Read("/report"), "cwd"), "/dev");
  EXPECT_EQ(Reported(lab.Read("/report"), "fds"), "0,1,2");
  EXPECT_NE(Reported(lab.Read("/report"), "pid"), "1");
}

TEST(ExecProcess, UserNamespaceToo) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.namespaces.push_back({.type = NamespaceType::kUser});
  ::chmod(lab.rootfs().c_str(), 0777);
  ASSERT_TRUE(lab.Clone(config));
  lab.WriteIdMaps("0 100000 65536");
  auto ready = lab.GoToReady();
  ASSERT_TRUE(ready) << Text(ready);
  ASSERT_TRUE(lab.BringToGate());
  ProcessConfig process{.arguments = {kPayload, "report"}, .uid = 5};
  auto code = Exec(lab, config, process);
  ASSERT_TRUE(code && *code == kReportExitCode) << Text(code);
  EXPECT_EQ(Reported(lab.Read("/report"), "ids"), "5 0");
  struct stat status {};
  ASSERT_EQ(::stat((lab.rootfs() + "/report").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 100005U);
}

TEST(ExecProcess, MissingProgramAndDirectory_AreRefused) {
  NEEDS_LAB();
  ContainerLab lab;
  const OciConfig config = lab.BasicConfig();
  ASSERT_TRUE(lab.BringToReady(config));
  ASSERT_TRUE(lab.BringToGate());
  EXPECT_EQ(Text(Exec(lab, config, {.arguments = {"/nope"}})),
            "/process/args/0: exec: \"/nope\": No such file or directory");
  EXPECT_EQ(Text(Exec(lab, config, {.arguments = {kPayload, "report"}, .cwd = "/no"})),
            "/process/cwd: openat2 /no: ENOENT");
}

TEST(ExecProcess, ContainerThatIsGone_Refused) {
  NEEDS_LAB();
  ContainerLab lab;
  const OciConfig config = lab.BasicConfig();
  ASSERT_TRUE(lab.BringToReady(config));
  auto pidfd = lab.kernel.PidfdOpen(lab.pid());
  ASSERT_TRUE(pidfd);
  ASSERT_TRUE(lab.kernel.PidfdSendSignal(pidfd->get(), Signal{SIGKILL}));
  ASSERT_EQ(lab.WaitForEnd(), 128 + SIGKILL);
  const ProcessConfig process{.arguments = {kPayload, "report"}};
  auto child = lab.container_kernel.CloneExec(
      {.process = &process, .config = &config, .init_pidfd = pidfd->get()});
  ASSERT_FALSE(child);
  EXPECT_TRUE(child.error().text.contains("ESRCH")) << child.error().text;
}

TEST(JoinedNamespaces, ContainerLivesInThemAndIsAChild) {
  NEEDS_LAB();
  ContainerLab first;
  const OciConfig owner = first.BasicConfig();
  ASSERT_TRUE(first.BringToReady(owner));
  ASSERT_TRUE(first.BringToGate());
  ContainerLab second;
  OciConfig config = second.BasicConfig();
  const std::string names[] = {"pid", "", "uts", "ipc", "net"};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if (names[i].empty()) continue;
    config.namespaces[i].path =
        "/proc/" + std::to_string(first.pid().value) + "/ns/" + names[i];
  }
  auto ready = second.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  for (const std::string& name : names) {
    if (name.empty()) continue;
    EXPECT_EQ(NamespaceOf(second.pid(), name), NamespaceOf(first.pid(), name));
  }
  EXPECT_NE(NamespaceOf(second.pid(), "mnt"), NamespaceOf(first.pid(), "mnt"));
  ASSERT_TRUE(second.BringToGate());
  EXPECT_EQ(second.OpenGate(), "E");
  EXPECT_EQ(second.WaitForEnd(), kReportExitCode);
  EXPECT_NE(Reported(second.Read("/report"), "pid"), "1");
}

TEST(JoinedNamespaces, WrongTypeOrNoNamespace_NamesThePointer) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.namespaces[2].path = "/proc/self/ns/net";
  EXPECT_EQ(Text(lab.Clone(config)),
            "/linux/namespaces/2/path /proc/self/ns/net: is not a namespace of type uts");
  config.namespaces[2].path = "/proc/self/status";
  EXPECT_EQ(Text(lab.Clone(config)),
            "/linux/namespaces/2/path /proc/self/status: is not a namespace");
  EXPECT_TRUE(FailedWith(lab.kernel.Waitid(Pid{0}, /*block=*/false), ECHILD));
}

TEST(JoinedNamespaces, NewTimeNamespace) {
  NEEDS_LAB();
  if (::access("/proc/self/ns/time", F_OK) != 0) GTEST_SKIP() << "the kernel has none";
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.namespaces.push_back({.type = NamespaceType::kTime});
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  EXPECT_NE(NamespaceOf(lab.pid(), "time"),
            std::string(std::filesystem::read_symlink("/proc/self/ns/time")));
}

}  // namespace
}  // namespace reapcheck
