// The child's side of create and start on the real kernel, with the parent's side played by
// ContainerLab. Needs root.
#include "runtime/container_init.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "runtime/container_lab.h"

namespace reapcheck {
namespace {

TEST(ContainerInit, ProgramRunsAfterTheGateAndNotBefore) {
  NEEDS_LAB();
  ContainerLab lab;
  const OciConfig config = lab.BasicConfig();
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  ASSERT_TRUE(lab.BringToGate());
  EXPECT_EQ(lab.Read("/report"), "");
  EXPECT_EQ(lab.OpenGate(), "E");
  EXPECT_EQ(lab.WaitForEnd(), kReportExitCode);
  const std::string report = lab.Read("/report");
  EXPECT_EQ(Reported(report, "pid"), "1");
  EXPECT_EQ(Reported(report, "hostname"), "inside");
  EXPECT_EQ(Reported(report, "cwd"), "/");
  EXPECT_EQ(Reported(report, "umask"), "22");
  EXPECT_EQ(Reported(report, "home"), "/");
}

TEST(ContainerInit, ParentGoneBeforeGo_ChildIsGone) {
  NEEDS_LAB();
  ContainerLab lab;
  const OciConfig config = lab.BasicConfig();
  ASSERT_TRUE(lab.Clone(config));
  lab.CloseSync();
  EXPECT_EQ(lab.WaitForEnd(), 1);
}

TEST(ContainerInit, ParentGoneBeforeDetach_ChildIsGone) {
  NEEDS_LAB();
  ContainerLab lab;
  const OciConfig config = lab.BasicConfig();
  ASSERT_TRUE(lab.BringToReady(config));
  lab.CloseSync();
  EXPECT_EQ(lab.WaitForEnd(), 1);
}

// Polls until the process has a child of its own: the hook.
bool HasChildWithin(Pid pid, std::chrono::seconds bound) {
  const std::string id = std::to_string(pid.value);
  const auto end = std::chrono::steady_clock::now() + bound;
  while (std::chrono::steady_clock::now() < end) {
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    if (pid_t child; children >> child) return true;
    ::usleep(1000);
  }
  return false;
}

// The parent dies while the child does not look at the socket: it waits for a hook.
TEST(ContainerInit, ParentKilledDuringHook_ChildIsKilled) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.hooks.create_container = {{.path = "/bin/sleep", .arguments = {"sleep", "60"}}};
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    if (!lab.Clone(config) || !lab.Tell(kSyncGo) || !lab.Expect(kSyncMounted)) ::_exit(1);
    if (!lab.Tell(kSyncPivot)) ::_exit(1);
    const Pid pid = lab.pid();
    if (!HasChildWithin(pid, std::chrono::seconds(10))) ::_exit(1);
    ::_exit(::write(ends[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
  }
  Pid child;
  ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  EXPECT_EQ(WaitForExitCode(lab.kernel, Pid{parent}), 0);
  // An orphan comes to this process, a subreaper.
  EXPECT_EQ(WaitForExitCode(lab.kernel, child), 128 + SIGKILL);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(ContainerInit, CredentialsAreThoseOfTheConfig) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  ::chmod(lab.rootfs().c_str(), 0777);
  ::mkdir((lab.rootfs() + "/etc").c_str(), 0755);
  std::ofstream(lab.rootfs() + "/etc/passwd") << "a:x:1:1::/one:/sh\nb:x:1000:5::/two:/sh\n";
  config.process->uid = 1000;
  config.process->gid = 1001;
  config.process->additional_gids = {7, 9};
  config.process->umask = 027;
  config.process->no_new_privileges = true;
  config.process->rlimits = {{RLIMIT_NOFILE, "RLIMIT_NOFILE", 20, 30}};
  const std::uint64_t kill = 1 << 5;
  config.process->capabilities = CapabilitySets{kill | 1, kill, kill, kill, kill};
  auto code = lab.Run(config);
  ASSERT_TRUE(code && *code == kReportExitCode) << Text(code);
  const std::string report = lab.Read("/report");
  EXPECT_EQ(Reported(report, "ids"), "1000 1001");
  EXPECT_EQ(Reported(report, "Groups"), "7 9 ");
  EXPECT_EQ(Reported(report, "home"), "/two");
  EXPECT_EQ(Reported(report, "umask"), "27");
  EXPECT_EQ(Reported(report, "NoNewPrivs"), "1");
  EXPECT_EQ(Reported(report, "CapBnd"), "0000000000000021");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    EXPECT_EQ(Reported(report, set), "0000000000000020") << set;
  }
}

TEST(ContainerInit, LimitAboveTheMachines_RefusedByNameAndNothingIsLeft) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  const std::uint64_t huge = std::uint64_t{1} << 40;
  config.process->rlimits = {{RLIMIT_NOFILE, "RLIMIT_NOFILE", huge, huge}};
  auto cloned = lab.Clone(config);
  ASSERT_FALSE(cloned);
  EXPECT_TRUE(cloned.error().text.starts_with("/process/rlimits/0 RLIMIT_NOFILE"))
      << cloned.error().text;
  EXPECT_TRUE(FailedWith(lab.kernel.Waitid(Pid{0}, /*block=*/false), ECHILD));
}

TEST(ContainerInit, MissingProgram_RefusedBeforeReady) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.process->arguments = {"nope"};
  auto ready = lab.BringToReady(config);
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().kind, FailureKind::kInvalidConfig);
  EXPECT_EQ(Text(ready), "/process/args/0: exec: \"nope\": executable file not found in $PATH");
  EXPECT_EQ(lab.WaitForEnd(), 1);
}

TEST(ContainerInit, HooksRunInTheirNamespacesWithTheirState) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  const std::string seen = lab.outside() + "/seen";
  config.hooks.create_container = {
      {.path = "/bin/sh",
       .arguments = {"sh", "-c", "cat > " + seen + "; hostname >> " + seen},
       .environment = {"PATH=/bin:/usr/bin"}}};
  config.hooks.start_container = {
      {.path = kPayload, .arguments = {kPayload, "report", "/hook-report"}}};
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  std::ifstream file(seen);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, R"({"id":"lab","pid":1,"status":"creating"})" "inside\n");
  ASSERT_TRUE(lab.BringToGate());
  // The hook's exit code is not 0: the program does not run.
  const std::string result = lab.OpenGate();
  EXPECT_TRUE(result.starts_with("!" + std::to_string(static_cast<int>(FailureKind::kHook)) + " "))
      << result;
  EXPECT_EQ(Reported(lab.Read("/hook-report"), "hostname"), "inside");
  EXPECT_EQ(lab.WaitForEnd(), 1);
}

TEST(ContainerInit, UserNamespace_DevicesAreBoundAndIdsMapped) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.namespaces.push_back({.type = NamespaceType::kUser});
  ::chmod(lab.rootfs().c_str(), 0777);
  config.process->arguments = {kPayload, "exists", "/dev/null", "/dev/tty", "/proc/1/status"};
  ASSERT_TRUE(lab.Clone(config));
  lab.WriteIdMaps("0 100000 65536");
  auto ready = lab.GoToReady();
  ASSERT_TRUE(ready) << Text(ready);
  ASSERT_TRUE(lab.BringToGate());
  EXPECT_EQ(lab.OpenGate(), "E");
  EXPECT_EQ(lab.WaitForEnd(), 3);
}

TEST(ContainerInit, Terminal_MasterGoesToTheSocketAndTheProgramHasIt) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.process->terminal = true;
  config.process->console_size = ConsoleSize{.height = 30, .width = 90};
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  lab.request.console_socket = Fd{ends[1]};
  auto code = lab.Run(config);
  ASSERT_TRUE(code && *code == kReportExitCode) << Text(code);
  EXPECT_EQ(Reported(lab.Read("/report"), "tty"), "/dev/pts/0");
  EXPECT_EQ(Reported(lab.Read("/report"), "fds"), "0,1,2");
  char text[64];
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec part{text, sizeof text};
  msghdr message{
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  EXPECT_GT(::recvmsg(ends[0], &message, 0), 0);
  ASSERT_NE(CMSG_FIRSTHDR(&message), nullptr);
  ::close(*reinterpret_cast<int*>(CMSG_DATA(CMSG_FIRSTHDR(&message))));
  ::close(ends[0]);
  ::close(ends[1]);
}

// getpriority(2) is not allowed to the program, everything else is.
TEST(ContainerInit, SeccompFilterHoldsForTheProgram) {
  NEEDS_LAB();
  const sock_filter filter[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_getpriority},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | 1},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  SeccompProgram program;
  const char* bytes = reinterpret_cast<const char*>(filter);
  program.instructions.assign(bytes, bytes + sizeof filter);
  for (const bool no_new_privileges : {false, true}) {
    ContainerLab lab;
    ::chmod(lab.rootfs().c_str(), 0777);
    OciConfig config = lab.BasicConfig();
    config.process->uid = 5;
    config.process->capabilities = CapabilitySets{};
    config.process->no_new_privileges = no_new_privileges;
    lab.request.seccomp = &program;
    auto code = lab.Run(config);
    ASSERT_TRUE(code && *code == kReportExitCode) << Text(code);
    EXPECT_EQ(Reported(lab.Read("/report"), "Seccomp"), "2");
    EXPECT_EQ(Reported(lab.Read("/report"), "CapEff"), "0000000000000000");
  }
}

}  // namespace
}  // namespace reapcheck
