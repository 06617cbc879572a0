// config.md#mounts and the rest of the container's file system, on the real kernel. Needs root.
#include "runtime/container_mounts.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/cgroup_mount.h"
#include "runtime/container_lab.h"
#include "runtime/passwd_home.h"

namespace reapcheck {
namespace {

// "OPTIONS TYPE SUPER" of the mount that is on top at `point` in the container; "" for none.
std::string MountAt(Pid pid, const std::string& point) {
  std::ifstream file("/proc/" + std::to_string(pid.value) + "/mountinfo");
  std::string line, found;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string skip, at, options, word, type, source, super;
    fields >> skip >> skip >> skip >> skip >> at >> options;
    while (fields >> word && word != "-") options += "," + word;
    fields >> type >> source >> super;
    if (at == point) found = options + " " + type + " " + super;
  }
  return found;
}

std::string InContainer(const ContainerLab& lab, const std::string& path) {
  return "/proc/" + std::to_string(lab.pid().value) + "/root" + path;
}

MountEntry Tmpfs(const std::string& destination, std::uint64_t flags = 0,
                 const std::string& data = "") {
  return {.destination = destination,
          .type = "tmpfs",
          .source = "tmpfs",
          .flags = flags,
          .data = data};
}

TEST(ContainerMounts, OptionsAndDataReachTheKernel) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.mounts.push_back(Tmpfs("/a/b", MS_NOSUID | MS_RDONLY | MS_NOATIME, "size=64k,mode=711"));
  config.mounts.push_back({.destination = "/sys", .type = "sysfs", .flags = MS_RDONLY});
  config.mounts.push_back({.destination = "/dev/mqueue", .type = "mqueue", .flags = MS_NODEV});
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  EXPECT_EQ(MountAt(lab.pid(), "/a/b"), "ro,nosuid,noatime tmpfs rw,size=64k,mode=711");
  EXPECT_TRUE(MountAt(lab.pid(), "/sys").starts_with("ro,relatime sysfs"));
  EXPECT_TRUE(MountAt(lab.pid(), "/dev/mqueue").starts_with("rw,nodev,relatime mqueue"));
  EXPECT_TRUE(MountAt(lab.pid(), "/dev").starts_with("rw,nosuid tmpfs rw,size=65536k,mode=755"));
}

TEST(ContainerMounts, UnknownOption_NamesTheEntryAndTheOption) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.mounts.push_back(Tmpfs("/t", 0, "mode=755,nonsense=1"));
  auto ready = lab.BringToReady(config);
  ASSERT_FALSE(ready);
  EXPECT_TRUE(Text(ready).starts_with("mount /mounts/3 tmpfs on /t: fsconfig nonsense=1"))
      << Text(ready);
}

TEST(ContainerMounts, MissingBindSource_NamesTheEntry) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.mounts.push_back(
      {.destination = "/b", .type = "bind", .source = "/no/such", .flags = MS_BIND});
  auto ready = lab.BringToReady(config);
  ASSERT_FALSE(ready);
  EXPECT_EQ(Text(ready), "mount /mounts/3 bind on /b: source: open_tree /no/such: ENOENT");
}

TEST(ContainerMounts, BindsOfDirectoryAndFileWithFlags) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  std::ofstream(lab.outside() + "/file") << "content";
  config.mounts.push_back({.destination = "/bound",
                           .type = "bind",
                           .source = lab.outside(),
                           .flags = MS_BIND | MS_REC | MS_RDONLY | MS_NOEXEC,
                           .propagation = MS_PRIVATE | MS_REC});
  config.mounts.push_back({.destination = "/deep/file",
                           .type = "bind",
                           .source = lab.outside() + "/file",
                           .flags = MS_BIND});
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  EXPECT_TRUE(MountAt(lab.pid(), "/bound").starts_with("ro,noexec,relatime tmpfs"));
  EXPECT_TRUE(std::filesystem::exists(InContainer(lab, "/bound/file")));
  EXPECT_EQ(std::filesystem::file_size(InContainer(lab, "/deep/file")), 7U);
  EXPECT_NE(::access(InContainer(lab, "/bound/file").c_str(), W_OK), 0);
  EXPECT_EQ(::access(InContainer(lab, "/deep/file").c_str(), W_OK), 0);
}

TEST(ContainerMounts, CopyUpTakesOverWhatIsCovered) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  std::filesystem::create_directories(lab.rootfs() + "/full/sub");
  std::ofstream(lab.rootfs() + "/full/sub/file") << "content";
  ::chmod((lab.rootfs() + "/full/sub").c_str(), 0700);
  ::chmod((lab.rootfs() + "/full").c_str(), 0750);
  std::filesystem::create_symlink("/payload", lab.rootfs() + "/full/link");
  MountEntry mount = Tmpfs("/full", MS_RDONLY);
  mount.copy_up = true;
  config.mounts.push_back(mount);
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  EXPECT_TRUE(MountAt(lab.pid(), "/full").starts_with("ro,"));
  EXPECT_EQ(std::filesystem::file_size(InContainer(lab, "/full/sub/file")), 7U);
  EXPECT_TRUE(std::filesystem::is_symlink(InContainer(lab, "/full/link")));
  struct stat status {};
  ASSERT_EQ(::stat(InContainer(lab, "/full").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0750U);
}

TEST(ContainerMounts, CgroupsShowTheContainersOwn) {
  NEEDS_LAB();
  for (const bool own_namespace : {true, false}) {
    ContainerLab lab;
    OciConfig config = lab.BasicConfig();
    if (!own_namespace) config.namespaces.pop_back();
    config.mounts.push_back({.destination = "/cg",
                             .type = "cgroup",
                             .source = "cgroup",
                             .flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC});
    auto ready = lab.BringToReady(config);
    ASSERT_TRUE(ready) << Text(ready);
    const bool pure_v2 = !std::filesystem::exists("/sys/fs/cgroup/pids");
    const std::string point = pure_v2 ? "/cg" : "/cg/pids";
    EXPECT_TRUE(MountAt(lab.pid(), "/cg").starts_with("ro,nosuid,nodev,noexec"));
    EXPECT_TRUE(MountAt(lab.pid(), point).starts_with("ro,nosuid,nodev,noexec"));
    EXPECT_TRUE(std::filesystem::exists(InContainer(lab, point + "/cgroup.procs")));
  }
}

TEST(ContainerMounts, DefaultDevicesLinksMasksAndReadonlyRoot) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.root_readonly = true;
  config.masked_paths = {"/proc/keys", "/proc/acpi", "/proc/not-there"};
  config.readonly_paths = {"/proc/sys", "/proc/irq"};
  auto ready = lab.BringToReady(config);
  ASSERT_TRUE(ready) << Text(ready);
  for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) {
    EXPECT_TRUE(std::filesystem::is_character_file(InContainer(lab, "/dev/") + name)) << name;
  }
  EXPECT_EQ(std::filesystem::read_symlink(InContainer(lab, "/dev/ptmx")), "pts/ptmx");
  EXPECT_EQ(std::filesystem::read_symlink(InContainer(lab, "/dev/stderr")), "/proc/self/fd/2");
  EXPECT_TRUE(MountAt(lab.pid(), "/").starts_with("ro,"));
  EXPECT_TRUE(MountAt(lab.pid(), "/proc/sys").starts_with("ro,"));
  EXPECT_TRUE(MountAt(lab.pid(), "/proc").starts_with("rw,"));
  EXPECT_FALSE(MountAt(lab.pid(), "/proc/keys").empty());
}

// A parameter is seen by who is in its namespace, so the program looks.
TEST(ContainerMounts, SysctlIsSetInTheContainerAlone) {
  NEEDS_LAB();
  ContainerLab lab;
  OciConfig config = lab.BasicConfig();
  config.sysctl = {{"net.ipv4.ip_forward", "1"}, {"kernel.shmmax", "4096"}};
  const auto own = [] {
    std::ifstream shmmax("/proc/sys/kernel/shmmax");
    return std::string(std::istreambuf_iterator<char>(shmmax), {});
  };
  const std::string before = own();
  auto code = lab.Run(config);
  ASSERT_TRUE(code) << Text(code);
  EXPECT_EQ(Reported(lab.Read("/report"), "shmmax"), "4096");
  EXPECT_EQ(own(), before);
}

TEST(ContainerMounts, NothingOfTheHostIsLeftInSight) {
  NEEDS_LAB();
  for (const bool no_pivot : {false, true}) {
    ContainerLab lab;
    OciConfig config = lab.BasicConfig();
    lab.request.no_pivot = no_pivot;
    config.process->arguments = {kPayload, "exists", "/bin/sh", "/usr", lab.outside(), "/payload"};
    auto code = lab.Run(config);
    ASSERT_TRUE(code) << Text(code);
    EXPECT_EQ(*code, 1) << "no_pivot " << no_pivot;
  }
}

TEST(ContainerMounts, MountsOfTheContainerDoNotReachTheHost) {
  NEEDS_LAB();
  for (const std::uint64_t propagation : {std::uint64_t{0}, std::uint64_t{MS_SHARED | MS_REC}}) {
    ContainerLab lab;
    OciConfig config = lab.BasicConfig();
    config.rootfs_propagation = propagation;
    const std::string before = [] {
      std::ifstream file("/proc/self/mountinfo");
      return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    auto ready = lab.BringToReady(config);
    ASSERT_TRUE(ready) << Text(ready);
    std::ifstream file("/proc/self/mountinfo");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), before);
    EXPECT_EQ(MountAt(lab.pid(), "/").contains("shared:"), propagation != 0);
  }
}

TEST(CgroupMount, HierarchiesAreMatchedByControllers) {
  const auto found = FindHierarchies(
      "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
      "32 31 0:29 /docker/x /sys/fs/cgroup/cpu,cpuacct rw,relatime master:3 - cgroup cgroup "
      "rw,cpu,cpuacct\n"
      "33 31 0:30 / /mnt/a\\040b rw - cgroup cgroup rw,xattr,name=systemd\n"
      "34 31 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "3:cpu,cpuacct:/docker/x/c\n2:name=systemd:/s\n1:pids:/p\n0::/u\n");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].mount_point, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(found[0].mount_root, "/docker/x");
  EXPECT_EQ(found[0].own_path, "/docker/x/c");
  EXPECT_EQ(found[1].mount_point, "/mnt/a b");
  EXPECT_TRUE(found[2].unified);
  EXPECT_EQ(found[2].own_path, "/u");
}

TEST(PasswdHome, SixthFieldOfTheUsersFirstLine) {
  constexpr char kPasswd[] = "root:x:0:0:root:/root:/bin/sh\nbad\nu:x:5:5::/a b:\nv:x:5:5::/c:\n";
  EXPECT_EQ(HomeInPasswd(kPasswd, 0), "/root");
  EXPECT_EQ(HomeInPasswd(kPasswd, 5), "/a b");
  EXPECT_EQ(HomeInPasswd(kPasswd, 6), "/");
  EXPECT_EQ(HomeInPasswd("", 0), "/");
}

}  // namespace
}  // namespace reapcheck
