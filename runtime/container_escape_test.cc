// What an image or a configuration could try in order to reach the host while a container is made:
// each case tries it. Needs root.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/close_range.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runtime/container_init.h"
#include "runtime/container_lab.h"

namespace reapcheck {
namespace {

std::string FileText(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The mount points of the container, as its own root shows them.
bool HasMount(Pid pid, const std::string& mount_point) {
  return FileText("/proc/" + std::to_string(pid.value) + "/mountinfo")
      .contains(" " + mount_point + " ");
}

// A symlink of the image with an absolute target that is there on the host.
TEST(ContainerEscape, MountTargetBehindSymlink_StaysInside) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  std::filesystem::create_symlink(lab.outside(), lab.rootfs() + "/link");
  config.mounts.push_back({.destination = "/link/made", .type = "tmpfs", .source = "tmpfs"});
  config.mounts.push_back({.destination = "/../../up", .type = "tmpfs", .source = "tmpfs"});
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  EXPECT_TRUE(std::filesystem::is_empty(lab.outside()));
  EXPECT_TRUE(HasMount(lab.pid(), lab.outside() + "/made"));
  EXPECT_TRUE(HasMount(lab.pid(), "/up"));
}

TEST(ContainerEscape, MaskedAndReadonlyPathBehindSymlink_StayInside) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  const std::string secret = lab.outside() + "/secret";
  std::filesystem::create_directories(lab.rootfs() + lab.outside());
  for (const std::string& path : {secret, lab.rootfs() + secret}) std::ofstream(path) << "s";
  std::filesystem::create_symlink(secret, lab.rootfs() + "/masked");
  std::filesystem::create_symlink(lab.outside(), lab.rootfs() + "/readonly");
  config.masked_paths = {"/masked", "/not/there"};
  config.readonly_paths = {"/readonly", "/not/there"};
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  EXPECT_TRUE(HasMount(lab.pid(), secret));
  EXPECT_TRUE(HasMount(lab.pid(), lab.outside()));
  EXPECT_EQ(FileText(secret), "s");
}

// CVE-2025-31133: the null device that masks is the host's, whatever the image has.
TEST(ContainerEscape, NullDeviceOfImage_IsNotUsedToMask) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.mounts.erase(config.mounts.begin() + 1, config.mounts.end());
  std::filesystem::create_directories(lab.rootfs() + "/dev");
  std::ofstream(lab.rootfs() + "/secret") << "s";
  std::filesystem::create_symlink("/proc/sys/kernel/core_pattern", lab.rootfs() + "/dev/null");
  config.masked_paths = {"/secret"};
  auto ready = lab.BringToReady(config);
  // A default device that is a symlink is refused; nothing was written through it.
  ASSERT_FALSE(ready);
  EXPECT_TRUE(Text(ready).contains("/dev/null")) << Text(ready);
}

TEST(ContainerEscape, DeviceBehindSymlink_StaysInside) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  std::filesystem::create_symlink(lab.outside(), lab.rootfs() + "/devices");
  config.devices = {{.path = "/devices/zero", .major = 1, .minor = 5, .mode = 0640, .uid = 3}};
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  EXPECT_TRUE(std::filesystem::is_empty(lab.outside()));
  struct stat status {};
  ASSERT_EQ(::lstat((lab.rootfs() + lab.outside() + "/zero").c_str(), &status), 0);
  EXPECT_EQ(status.st_rdev, makedev(1, 5));
  EXPECT_EQ(status.st_mode & 07777, 0640U);
  EXPECT_EQ(status.st_uid, 3U);
}

// CVE-2024-21626: a working directory by a descriptor that the runtime was started with.
TEST(ContainerEscape, WorkingDirectoryByDescriptor_Refused) {
  NEEDS_LAB();
  const int leaked = ::open("/", O_RDONLY | O_DIRECTORY);  // not close-on-exec
  for (const int preserved : {0, leaked - 2}) {
    ContainerLab lab;
    OciConfig config = lab.BasicConfig();
    lab.request.preserve_fds = preserved;
    config.process->cwd = "/proc/self/fd/" + std::to_string(leaked);
    auto ready = lab.BringToReady(config);
    ASSERT_FALSE(ready) << "with " << preserved << " preserved";
    EXPECT_TRUE(Text(ready).starts_with("/process/cwd")) << Text(ready);
  }
  ::close(leaked);
}

TEST(ContainerEscape, LeakedDescriptor_IsNotInTheContainer) {
  NEEDS_LAB();
  ContainerLab lab;
  const int leaked = ::open("/", O_RDONLY | O_DIRECTORY);
  const OciConfig config = lab.BasicConfig();
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  ASSERT_TRUE(lab.BringToGate());
  // At the gate already: the three streams, the gate and the result.
  const std::filesystem::path descriptors =
      "/proc/" + std::to_string(lab.pid().value) + "/fd";
  const auto count = [&] {
    return std::distance(std::filesystem::directory_iterator(descriptors), {});
  };
  // It closes the socket after it said so.
  for (int waited = 0; count() != 5 && waited < 1000; ++waited) ::usleep(1000);
  EXPECT_EQ(count(), 5);
  EXPECT_EQ(lab.OpenGate(), "E");
  EXPECT_EQ(lab.WaitForEnd(), kReportExitCode);
  EXPECT_EQ(Reported(lab.Read("/report"), "fds"), "0,1,2");
  ::close(leaked);
}

TEST(ContainerEscape, PreservedDescriptors_AreThoseOfTheCallerAlone) {
  NEEDS_LAB();
  // What the test itself was started with is not part of this.
  ASSERT_EQ(::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), 0);
  ContainerLab lab;
  const int given = ::open("/dev/null", O_RDONLY);
  const OciConfig config = lab.BasicConfig();
  // More than there are: the runtime's own descriptors lie in the range.
  lab.request.preserve_fds = given + 20;
  auto code = lab.Run(config);
  ASSERT_TRUE(code && *code == kReportExitCode) << Text(code);
  EXPECT_EQ(Reported(lab.Read("/report"), "fds"), "0,1,2," + std::to_string(given));
  ::close(given);
}

TEST(ContainerEscape, MountInsideProc_Refused) {
  NEEDS_LAB();
  for (const char* destination : {"/proc/self/attr", "/proc/sys", "/proc/1/../sys/net"}) {
    ContainerLab lab;
    OciConfig config = lab.BasicConfig();
    config.mounts.push_back({.destination = destination, .type = "tmpfs", .source = "tmpfs"});
    auto ready = lab.BringToReady(config);
    ASSERT_FALSE(ready) << destination;
    EXPECT_TRUE(Text(ready).contains("must not lie inside procfs")) << Text(ready);
  }
}

TEST(ContainerEscape, ProcOntoSymlink_Refused) {
  NEEDS_LAB();
  ContainerLab lab;
  const OciConfig config = lab.BasicConfig();
  std::filesystem::create_directories(lab.rootfs() + "/elsewhere");
  std::filesystem::create_symlink("/elsewhere", lab.rootfs() + "/proc");
  auto ready = lab.BringToReady(config);
  ASSERT_FALSE(ready);
  EXPECT_EQ(Text(ready), "mount /mounts/0 proc on /proc: openat2 /proc: ELOOP");
}

TEST(ContainerEscape, MountOntoRoot_Refused) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.mounts.push_back({.destination = "/proc/..", .type = "tmpfs", .source = "tmpfs"});
  auto ready = lab.BringToReady(config);
  ASSERT_FALSE(ready);
  EXPECT_TRUE(Text(ready).contains("is the root of the container")) << Text(ready);
}

TEST(ContainerEscape, MultiplexerThatIsNone_RefusedForTerminal) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  std::ofstream(lab.outside() + "/ptmx");
  config.mounts.push_back({.destination = "/dev/ptmx",
                           .type = "bind",
                           .source = lab.outside() + "/ptmx",
                           .flags = MS_BIND});
  config.process->terminal = true;
  lab.request.console_socket = Fd{2};
  auto ready = lab.BringToReady(config);
  ASSERT_FALSE(ready);
  EXPECT_TRUE(Text(ready).contains("/dev/ptmx is something else")) << Text(ready);
}

// The process at the gate belongs to root and nobody in the container may look into it.
TEST(ContainerEscape, ProcessAtTheGate_IsNotDumpable) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  const std::string directory = "/proc/" + std::to_string(lab.pid().value);
  ASSERT_EQ(::setegid(65534), 0);
  ASSERT_EQ(::seteuid(65534), 0);
  EXPECT_EQ(::open((directory + "/environ").c_str(), O_RDONLY), -1);
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_EQ(::setegid(0), 0);
}

}  // namespace
}  // namespace reapcheck
