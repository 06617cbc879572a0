// config.json's mounts, root and the paths that are hidden or closed: seen in the container's own
// mount table and by opening files through it.
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "conformance/cases/container_view.h"

namespace reapcheck::conformance {
namespace {

using Edit = std::function<void(Json& config)>;

Edit WithMount(const Json& mount) {
  return [=](Json& config) { config["mounts"].push_back(mount); };
}

Json Bind(const std::string& source, const std::string& destination, const Json& options) {
  return {{"destination", destination}, {"type", "bind"}, {"source", source}, {"options", options}};
}

// 0, or the errno with which the host's root can not make a file there.
int ErrnoOfWriting(const std::string& path) {
  FileDescriptor made(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  return made ? 0 : errno;
}

CASE(ConfigMounts, Bind,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A bind mount shows the host's directory; with ro it can not be written, without it "
               "can."}) {
  Sentinel host(lab, "host");
  Container c = lab.Running({.edit = [&](Json& config) {
    config["mounts"].push_back(Bind(host.path(), "/writable", {"bind", "rw"}));
    config["mounts"].push_back(Bind(host.path(), "/closed", {"bind", "ro"}));
    config["mounts"].push_back(Bind(host.path() + "/kept", "/file", {"bind", "ro"}));
  }});
  EXPECT_EQ(ReadText(InContainer(c, "/closed/kept")).value_or(""), "of the host\n");
  EXPECT_EQ(ReadText(InContainer(c, "/file")).value_or(""), "of the host\n");
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/closed/new")), EROFS);
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/file")), EROFS);
  EXPECT_UNTOUCHED(host);
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/writable/new")), 0);
  EXPECT_TRUE(Exists(host.path() + "/new"));
}

CASE(ConfigMounts, OptionsOfABind,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "nosuid, nodev and noexec of a bind mount hold, though bind itself ignores them."}) {
  Sentinel host(lab, "host");
  Container c = lab.Running({.edit = WithMount(
      Bind(host.path(), "/m", {"bind", "nosuid", "nodev", "noexec"}))});
  std::optional<MountView> mount = FindMount(c, "/m");
  ASSERT_TRUE(mount);
  for (const char* option : {"rw", "nosuid", "nodev", "noexec"}) {
    EXPECT_TRUE(mount->Has(option)) << option << " is not in " << mount->options;
  }
}

CASE(ConfigMounts, RecursiveBindBringsSubmounts,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "rbind brings what is mounted below its source, bind does not."}) {
  Sentinel host(lab, "host");
  std::string below = host.path() + "/inner";
  ASSERT_EQ(mount("tmpfs", below.c_str(), "tmpfs", 0, nullptr), 0);
  EXPECT_TRUE(WriteText(below + "/submounted", ""));
  Container c = lab.Running({.edit = [&](Json& config) {
    config["mounts"].push_back(Bind(host.path(), "/with", {"rbind"}));
    config["mounts"].push_back(Bind(host.path(), "/without", {"bind"}));
  }});
  EXPECT_TRUE(Exists(InContainer(c, "/with/inner/submounted")));
  EXPECT_FALSE(Exists(InContainer(c, "/without/inner/submounted")));
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_TRUE(Exists(below + "/submounted")) << "delete reached the source of the mount";
  EXPECT_EQ(umount2(below.c_str(), 0), 0) << "the source is still in use";
}

CASE(ConfigMounts, TmpfsOptions,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A tmpfs has the size, mode and flags that its options say."}) {
  Container c = lab.Running({.edit = WithMount(
      {{"destination", "/scratch"}, {"type", "tmpfs"}, {"source", "tmpfs"},
       {"options", {"noexec", "nosuid", "size=64k", "mode=1750"}}})});
  std::optional<MountView> mount = FindMount(c, "/scratch");
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->type, "tmpfs");
  for (const char* option : {"noexec", "nosuid", "rw", "size=64k"}) {
    EXPECT_TRUE(mount->Has(option)) << option << " in " << mount->options << " " << mount->super;
  }
  struct stat st = {};
  ASSERT_EQ(stat(InContainer(c, "/scratch").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 01750u);
}

CASE(ConfigMounts, ReadonlyTmpfs,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A tmpfs with the option ro can not be written."}) {
  Container c = lab.Running({.edit = WithMount(
      {{"destination", "/closed"}, {"type", "tmpfs"}, {"source", "tmpfs"}, {"options", {"ro"}}})});
  ASSERT_TRUE(FindMount(c, "/closed"));
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/closed/new")), EROFS);
}

CASE(ConfigMounts, FileSystemsOfTheKernel,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "proc, sysfs, devpts, mqueue and shm are mounted where config.json says, with their "
               "flags."}) {
  auto entry = [](const char* destination, const char* type, Json options) -> Json {
    options.push_back("nosuid");
    return {{"destination", destination}, {"type", type}, {"source", type}, {"options", options}};
  };
  Container c = lab.Running({.network_namespace = true, .edit = [&](Json& config) {
    for (const Json& mount :
         {entry("/dev", "tmpfs", {"mode=755"}),
          entry("/dev/pts", "devpts", {"noexec", "newinstance", "ptmxmode=0666", "mode=0620"}),
          entry("/dev/shm", "tmpfs", {"noexec", "nodev", "mode=1777"}),
          entry("/dev/mqueue", "mqueue", {"noexec", "nodev"}),
          entry("/sys", "sysfs", {"noexec", "nodev", "ro"})}) {
      config["mounts"].push_back(mount);
    }
  }});
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"/proc", "proc"},      {"/dev", "tmpfs"},          {"/dev/pts", "devpts"},
      {"/dev/shm", "tmpfs"},  {"/dev/mqueue", "mqueue"},  {"/sys", "sysfs"}};
  for (const auto& [point, type] : wanted) {
    std::optional<MountView> mount = FindMount(c, point);
    ASSERT_TRUE(mount) << point;
    EXPECT_EQ(mount->type, type) << point;
    EXPECT_TRUE(point == "/proc" || mount->Has("nosuid")) << point;
  }
  EXPECT_EQ(FindMount(c, "/sys")->options.substr(0, 2), "ro");
  EXPECT_EQ(FindMount(c, "/dev/mqueue")->options.substr(0, 2), "rw");
}

CASE(ConfigMounts, InTheListedOrder,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "Mounts are made in the listed order: a later one lies on top of an earlier one."}) {
  Sentinel host(lab, "host");
  auto tmpfs = [](const char* destination) -> Json {
    return {{"destination", destination}, {"type", "tmpfs"}, {"source", "tmpfs"}};
  };
  Container c = lab.Running({.edit = [&](Json& config) {
    config["mounts"].push_back(tmpfs("/seen"));
    config["mounts"].push_back(Bind(host.path(), "/seen/below", {"bind"}));
    config["mounts"].push_back(Bind(host.path(), "/hidden/below", {"bind"}));
    config["mounts"].push_back(tmpfs("/hidden"));
  }});
  EXPECT_TRUE(Exists(InContainer(c, "/seen/below/kept")));
  EXPECT_FALSE(Exists(InContainer(c, "/hidden/below")));
}

CASE(ConfigMounts, PropagationOptions,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A mount's propagation is what its options say."}) {
  Sentinel host(lab, "host");
  Container c = lab.Running({.edit = [&](Json& config) {
    config["mounts"].push_back(Bind(host.path(), "/shared", {"bind", "shared"}));
    config["mounts"].push_back(Bind(host.path(), "/private", {"bind", "rprivate"}));
    config["mounts"].push_back(Bind(host.path(), "/unbindable", {"bind", "unbindable"}));
  }});
  ASSERT_TRUE(FindMount(c, "/shared") && FindMount(c, "/private") && FindMount(c, "/unbindable"));
  EXPECT_TRUE(FindMount(c, "/shared")->propagation.starts_with("shared:"));
  EXPECT_EQ(FindMount(c, "/private")->propagation, "");
  EXPECT_EQ(FindMount(c, "/unbindable")->propagation, "unbindable");
}

CASE(ConfigMounts, RootfsPropagation,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "The root's propagation is rootfsPropagation."}) {
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"shared", "shared:"}, {"private", ""}, {"unbindable", "unbindable"}};
  for (const auto& [value, seen] : wanted) {
    SCOPED_TRACE("rootfsPropagation: " + value);
    Container c = lab.Created({.name = value, .edit = [&](Json& config) {
      config["linux"]["rootfsPropagation"] = value;
    }});
    std::optional<MountView> root = FindMount(c, "/");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->propagation.substr(0, seen.empty() ? 99 : seen.size()), seen);
  }
}

CASE(ConfigMounts, NothingOfTheHostIsMountedInside,
     {.level = Level::kRobustness,
      .cites = {"S10", "C18"},
      .claim = "The mount table of a container has the root and what config.json lists, and "
               "nothing "
               "of the host; the host's has nothing of the container."}) {
  Snapshot before = lab.TakeSnapshot();
  Container c = lab.Running();
  EXPECT_EQ(lab.TakeSnapshot().mounts, before.mounts);
  std::istringstream in(ReadText(ProcPath(c.init.pid, "mountinfo")).value_or(""));
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word, point;
    words >> word >> word >> word >> word >> point;
    EXPECT_TRUE(point == "/" || point.starts_with("/proc") || point == "/lab" ||
                point.starts_with("/dev"))
        << line;
  }
}

CASE(ConfigMounts, ReadonlyRoot,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "With root.readonly the root can not be written, and what is mounted in it can."}) {
  Container c = lab.Running({.readonly_rootfs = true});
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/new")), EROFS);
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/lab/new")), 0);
  Container other = lab.Running({.name = "other"});
  EXPECT_EQ(ErrnoOfWriting(InContainer(other, "/new")), 0);
}

// Files of the image that the paths below name; "/link" leads to one of them inside the root.
void FillImage(const Container& c) {
  for (const char* directory : {"/hidden", "/closed"}) {
    ASSERT_TRUE(MakeDirectories(RootfsOf(c) + directory));
    ASSERT_TRUE(WriteText(RootfsOf(c) + directory + "/file", "secret\n"));
  }
  ASSERT_TRUE(WriteText(RootfsOf(c) + "/hidden-file", "secret\n"));
  ASSERT_TRUE(WriteText(RootfsOf(c) + "/behind-link", "secret\n"));
  ASSERT_EQ(symlink("/behind-link", (RootfsOf(c) + "/link").c_str()), 0);
}

CASE(ConfigMounts, MaskedPathsCanNotBeRead,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "maskedPaths are empty inside, files and directories; one that is absent is no "
               "error."}) {
  Container c = lab.MakeBundle({.edit = [](Json& config) {
    config["linux"]["maskedPaths"] = {"/hidden", "/hidden-file", "/absent", "/proc/version"};
  }});
  FillImage(c);
  ASSERT_OK(CreateFrom(lab, c));
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_TRUE(ListNames(InContainer(c, "/hidden")).empty());
  EXPECT_EQ(ReadText(InContainer(c, "/hidden-file")).value_or(""), "");
  EXPECT_EQ(ReadText(InContainer(c, "/proc/version")).value_or(""), "");
  EXPECT_NE(ErrnoOfWriting(InContainer(c, "/hidden/new")), 0);
  EXPECT_EQ(ReadText(InContainer(c, "/closed/file")).value_or(""), "secret\n");
}

CASE(ConfigMounts, MaskedPathThatIsALinkHidesWhatItLeadsTo,
     {.level = Level::kRobustness,
      .cites = {"A8", "S10"},
      .claim = "A masked path that is a symlink of the image hides what it leads to inside."}) {
  Container c = lab.MakeBundle(
      {.edit = [](Json& config) { config["linux"]["maskedPaths"] = {"/link"}; }});
  FillImage(c);
  Invocation created = CreateFrom(lab, c);
  if (!created.ok()) {
    EXPECT_REFUSED(created);
    return;
  }
  EXPECT_EQ(ReadText(InContainer(c, "/behind-link")).value_or(""), "");
}

CASE(ConfigMounts, ReadonlyPathsCanNotBeWritten,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "readonlyPaths can be read and not written; one that is absent is no error."}) {
  Container c = lab.MakeBundle({.edit = [](Json& config) {
    config["linux"]["readonlyPaths"] = {"/closed", "/hidden-file", "/absent", "/proc/sys"};
  }});
  FillImage(c);
  ASSERT_OK(CreateFrom(lab, c));
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_EQ(ReadText(InContainer(c, "/closed/file")).value_or(""), "secret\n");
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/closed/new")), EROFS);
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/hidden-file")), EROFS);
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/proc/sys/kernel/domainname")), EROFS);
  EXPECT_EQ(ErrnoOfWriting(InContainer(c, "/hidden/new")), 0);
}

CASE(ConfigMounts, Devices,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "linux.devices are there with their type, numbers, mode and owner."}) {
  Container c = lab.Running({.edit = [](Json& config) {
    config["linux"]["devices"] = {
        {{"path", "/dev/made"}, {"type", "c"}, {"major", 1}, {"minor", 3}, {"fileMode", 0640},
         {"uid", 7}, {"gid", 8}},
        {{"path", "/made-fifo"}, {"type", "p"}, {"fileMode", 0600}, {"uid", 0}, {"gid", 0}},
        {{"path", "/dev/deep/made"}, {"type", "b"}, {"major", 7}, {"minor", 200}}};
  }});
  struct stat st = {};
  ASSERT_EQ(stat(InContainer(c, "/dev/made").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode, static_cast<mode_t>(S_IFCHR | 0640));
  EXPECT_EQ(st.st_rdev, makedev(1, 3));
  EXPECT_EQ(st.st_uid, 7u);
  EXPECT_EQ(st.st_gid, 8u);
  ASSERT_EQ(stat(InContainer(c, "/made-fifo").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode, static_cast<mode_t>(S_IFIFO | 0600));
  ASSERT_EQ(stat(InContainer(c, "/dev/deep/made").c_str(), &st), 0);
  EXPECT_TRUE(S_ISBLK(st.st_mode));
  EXPECT_EQ(st.st_rdev, makedev(7, 200));
}

CASE(ConfigMounts, DefaultDevicesAreSupplied,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "null, zero, full, random, urandom, tty and ptmx are in /dev, whatever is listed, "
               "and fd, stdin, stdout and stderr lead to /proc/self/fd."}) {
  Container c = lab.Running();
  const std::vector<std::pair<std::string, dev_t>> wanted = {
      {"null", makedev(1, 3)},   {"zero", makedev(1, 5)},    {"full", makedev(1, 7)},
      {"random", makedev(1, 8)}, {"urandom", makedev(1, 9)}, {"tty", makedev(5, 0)}};
  struct stat st = {};
  for (const auto& [name, number] : wanted) {
    ASSERT_EQ(stat(InContainer(c, "/dev/" + name).c_str(), &st), 0) << name;
    EXPECT_TRUE(S_ISCHR(st.st_mode)) << name;
    EXPECT_EQ(st.st_rdev, number) << name;
  }
  EXPECT_TRUE(Exists(InContainer(c, "/dev/ptmx")));
  EXPECT_EQ(LinkTarget(InContainer(c, "/dev/fd")), "/proc/self/fd");
  EXPECT_EQ(LinkTarget(InContainer(c, "/dev/stdin")), "/proc/self/fd/0");
  EXPECT_EQ(LinkTarget(InContainer(c, "/dev/stdout")), "/proc/self/fd/1");
  EXPECT_EQ(LinkTarget(InContainer(c, "/dev/stderr")), "/proc/self/fd/2");
}

}  // namespace
}  // namespace reapcheck::conformance
