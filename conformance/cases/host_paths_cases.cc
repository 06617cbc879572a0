// Links that lead out: in the root file system of a hostile image, and in the state directory.
// Something of the host, a sentinel, stands where each leads to, and must stay as it is.
#include <sys/mount.h>

#include "conformance/cases/container_view.h"

namespace reapcheck::conformance {
namespace {

// Steps up from any depth of a bundle to the root of the host.
constexpr char kClimb[] = "../../../../../../../../../../../..";

void Link(const std::string& target, const std::string& path) {
  ASSERT_EQ(symlink(target.c_str(), path.c_str()), 0) << path;
}

// "/absolute" and "/climbing" in the image both lead to the sentinel when a host resolves them.
void PlantLinks(const Container& c, const Sentinel& host) {
  Link(host.path(), RootfsOf(c) + "/absolute");
  Link(kClimb + host.path(), RootfsOf(c) + "/climbing");
}

Json Tmpfs(const std::string& destination) {
  return {{"destination", destination}, {"type", "tmpfs"}, {"source", "tmpfs"}};
}

// An ordinary refusal that leaves nothing, or a container that can be removed. True when it is
// there.
bool RefusedOrCreated(Lab& lab, Container& c) {
  Invocation created = CreateFrom(lab, c);
  if (created.ok()) return true;
  EXPECT_REFUSED(created);
  EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(c)));
  return false;
}

void CreateAndDelete(Lab& lab, Container& c) {
  if (!RefusedOrCreated(lab, c)) return;
  EXPECT_OK(lab.runtime().DeleteForce(c.id));
}

void ReplaceInStrings(Json& value, const std::string& from, const std::string& to) {
  if (value.is_string()) {
    std::string text = value;
    std::size_t at = text.find(from);
    if (at != std::string::npos) value = text.replace(at, from.size(), to);
  }
  if (!value.is_structured()) return;
  for (Json& inner : value) ReplaceInStrings(inner, from, to);
}

// Rewrites the record with another cgroup of the same length or not; false when it names none.
bool PointRecordAt(Lab& lab, const Container& c, const std::string& cgroups_path) {
  std::string file = lab.RecordFile(c), text = ReadText(file).value_or("");
  Json record = Json::parse(text, nullptr, false);
  if (record.is_discarded()) SKIP("the record is not JSON");
  ReplaceInStrings(record, c.cgroups_path, cgroups_path);
  std::string changed = record.dump();
  if (changed.find(c.cgroups_path + "\"") != std::string::npos) return false;
  return changed.find(cgroups_path) != std::string::npos && WriteText(file, changed);
}

CASE(HostPaths, MountPointsAreMadeInsideTheRoot,
     {.level = Level::kRobustness,
      .cites = {"S10", "A26"},
      .claim = "A mount destination below a symlink of the image makes no directory and no file on "
               "the host."}) {
  Sentinel host(lab, "host"), source(lab, "source");
  for (const std::string parent : {"/absolute", "/climbing", "/absolute/inner"}) {
    for (bool file : {false, true}) {
      std::string destination = parent + "/new";
      SCOPED_TRACE(std::string(file ? "a file" : "a tmpfs") + " mounted at " + destination);
      Json mount = Tmpfs(destination);
      if (file) {
        mount = {{"destination", destination}, {"type", "bind"}, {"options", {"bind"}},
                 {"source", source.path() + "/kept"}};
      }
      Container c =
          lab.MakeBundle({.edit = [&](Json& config) { config["mounts"].push_back(mount); }});
      PlantLinks(c, host);
      CreateAndDelete(lab, c);
      EXPECT_UNTOUCHED(host);
    }
  }
  EXPECT_UNTOUCHED(source);
}

CASE(HostPaths, DevicesAreMadeInsideTheRoot,
     {.level = Level::kRobustness,
      .cites = {"S10", "A26"},
      .claim = "linux.devices below a symlink of the image makes no node on the host."}) {
  Sentinel host(lab, "host");
  for (const std::string path : {"/absolute/node", "/climbing/node", "/climbing/inner/new/node"}) {
    SCOPED_TRACE("device " + path);
    Json device = {{"path", path}, {"type", "c"}, {"major", 1}, {"minor", 3}};
    Container c = lab.MakeBundle(
        {.edit = [&](Json& config) { config["linux"]["devices"].push_back(device); }});
    PlantLinks(c, host);
    CreateAndDelete(lab, c);
    EXPECT_UNTOUCHED(host);
  }
}

CASE(HostPaths, DevAsALinkIsNotFollowed,
     {.level = Level::kRobustness,
      .cites = {"S10", "A26"},
      .claim = "Where /dev of the image is a symlink to a directory of the host, the default "
               "devices and links are not made there."}) {
  Sentinel host(lab, "host");
  for (const std::string& target : {host.path(), kClimb + host.path()}) {
    SCOPED_TRACE("/dev -> " + target);
    Container c = lab.MakeBundle();
    ASSERT_EQ(rmdir((RootfsOf(c) + "/dev").c_str()), 0);
    Link(target, RootfsOf(c) + "/dev");
    CreateAndDelete(lab, c);
    EXPECT_UNTOUCHED(host);
  }
}

CASE(HostPaths, ProcAsALinkIsRefusedOrStaysInside,
     {.level = Level::kRobustness,
      .cites = {"S10", "A8"},
      .claim = "Where /proc of the image is a symlink, create refuses, or procfs is mounted inside "
               "the root (CVE-2019-19921)."}) {
  Sentinel host(lab, "host");
  for (const std::string& target : {host.path(), kClimb + host.path() + "/new"}) {
    SCOPED_TRACE("/proc -> " + target);
    Container c = lab.MakeBundle();
    ASSERT_EQ(rmdir((RootfsOf(c) + "/proc").c_str()), 0);
    Link(target, RootfsOf(c) + "/proc");
    if (RefusedOrCreated(lab, c)) {
      std::string mounts = ReadText(ProcPath(c.init.pid, "mountinfo")).value_or("");
      EXPECT_NE(mounts.find(" - proc "), std::string::npos) << "the container has no procfs";
      EXPECT_OK(runtime.DeleteForce(c.id));
    }
    EXPECT_UNTOUCHED(host);
  }
}

CASE(HostPaths, RootReachedThroughALinkIsTheLinksTarget,
     {.level = Level::kRobustness,
      .cites = {"A8", "S10"},
      .claim = "Where root.path is a symlink, create refuses, or the root is what it leads to."}) {
  Container c = lab.MakeBundle();
  std::string real = lab.scratch() + "/real-rootfs";
  ASSERT_EQ(rename(RootfsOf(c).c_str(), real.c_str()), 0);
  Link(real, RootfsOf(c));
  ASSERT_TRUE(WriteText(real + "/marker", "real\n"));
  if (!RefusedOrCreated(lab, c)) return;
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_EQ(ReadText(InContainer(c, "/marker")).value_or(""), "real\n");
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_TRUE(Exists(real + "/marker"));
}

CASE(HostPaths, FifosInTheImageDoNotHangTheRuntime,
     {.level = Level::kRobustness,
      .cites = {"L1", "A8"},
      .claim = "An image whose /etc/passwd and /etc/group are fifos does not stop create or start "
               "from answering."}) {
  Container c = lab.MakeBundle();
  ASSERT_EQ(mkdir((RootfsOf(c) + "/etc").c_str(), 0755), 0);
  for (const char* name : {"/etc/passwd", "/etc/group"}) {
    ASSERT_EQ(mkfifo((RootfsOf(c) + name).c_str(), 0644), 0);
  }
  const InvocationOptions bounded{.timeout = std::chrono::milliseconds(2000), .may_hang = true};
  Invocation created = CreateFrom(lab, c, bounded);
  EXPECT_FALSE(created.timed_out) << created.Describe();
  if (created.ok()) {
    Invocation started = runtime.Run({"start", c.id}, bounded);
    EXPECT_FALSE(started.timed_out) << started.Describe();
    if (started.ok()) {
      lab.Await("the program is ready or has ended",
                [&] { return lab.HasFile("c1.ready") || !lab.Alive(c.init); });
    }
  }
  EXPECT_OK(runtime.DeleteForce(c.id));
}

CASE(HostPaths, StateDirectoryThatIsALinkIsNotFollowed,
     {.level = Level::kRobustness,
      .cites = {"S10", "S11", "A26"},
      .claim = "No operation changes the directory that a symlink ROOT/ID leads to."}) {
  Sentinel host(lab, "host");
  Container c = lab.MakeBundle();
  for (const Arguments& operation :
       {Arguments{"state", c.id}, Arguments{"kill", c.id, "KILL"},
        Arguments{"create", "--bundle", c.bundle, c.id}, Arguments{"delete", c.id},
        Arguments{"delete", "--force", c.id}}) {
    SCOPED_TRACE(operation.front() + " " + operation[1]);
    unlink(lab.RecordDirectory(c).c_str());
    Link(host.path(), lab.RecordDirectory(c));
    Invocation invocation = runtime.Run(operation);
    EXPECT_EQ(invocation.signal, 0) << invocation.Describe();
    if (operation.front() == "create" && invocation.ok()) {
      EXPECT_OK(runtime.DeleteForce(c.id));  // it was made elsewhere, which is safe
    } else if (operation.front() != "delete") {
      EXPECT_REFUSED(invocation);
    }
    EXPECT_UNTOUCHED(host);
  }
  unlink(lab.RecordDirectory(c).c_str());
}

CASE(HostPaths, DeleteRemovesLinksInTheStateDirectoryNotTheirTargets,
     {.level = Level::kRobustness,
      .cites = {"S10", "A26"},
      .claim = "Symlinks in ROOT/ID are removed by delete, what they lead to is not."}) {
  for (bool force : {false, true}) {
    SCOPED_TRACE(force ? "delete --force" : "delete");
    Sentinel host(lab, force ? "host-force" : "host");
    Container c = lab.Stopped({.name = force ? "forced" : "plain"});
    Link(host.path(), lab.RecordDirectory(c) + "/directory");
    Link(host.path() + "/kept", lab.RecordDirectory(c) + "/file");
    EXPECT_OK(force ? runtime.DeleteForce(c.id) : runtime.Delete(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
    EXPECT_UNTOUCHED(host);
  }
}

CASE(HostPaths, RecordThatIsALinkIsNotWrittenThrough,
     {.level = Level::kRobustness,
      .cites = {"S10", "S18"},
      .claim = "Where the record is a symlink to a file elsewhere, kill and delete do not change "
               "or "
               "remove that file."}) {
  Container c = lab.Running({.program = {"ignore", "TERM", "sleep"}});
  std::string record = lab.RecordFile(c), elsewhere = lab.scratch() + "/elsewhere";
  std::string text = ReadText(record).value_or("");
  ASSERT_FALSE(text.empty());
  ASSERT_TRUE(WriteText(elsewhere, text));
  ASSERT_EQ(unlink(record.c_str()), 0);
  Link(elsewhere, record);
  Invocation killed = runtime.Kill(c.id, "TERM");
  EXPECT_EQ(killed.signal, 0) << killed.Describe();
  EXPECT_EQ(ReadText(elsewhere).value_or("(gone)"), text) << "after kill";
  Invocation deleted = runtime.DeleteForce(c.id);
  EXPECT_EQ(deleted.signal, 0) << deleted.Describe();
  EXPECT_EQ(ReadText(elsewhere).value_or("(gone)"), text) << "after delete --force";
  EXPECT_HOLDS(JudgeDelete({.ok = deleted.ok()}, lab.Observe(c)));
  if (!deleted.ok()) lab.Disown(c, "a runtime may refuse to trust such a record");
}

CASE(HostPaths, DeleteDoesNotWipeWhatIsMountedInTheStateDirectory,
     {.level = Level::kRobustness,
      .cites = {"S10", "S9", "A26"},
      .claim = "A directory of the host that is bind-mounted in ROOT/ID keeps its content, whether "
               "delete --force unmounts it or is refused."}) {
  Sentinel host(lab, "host");
  Container c = lab.Stopped();
  std::string point = lab.RecordDirectory(c) + "/mounted";
  ASSERT_EQ(mkdir(point.c_str(), 0755), 0);
  ASSERT_EQ(mount(host.path().c_str(), point.c_str(), nullptr, MS_BIND, nullptr), 0);
  ASSERT_TRUE(Exists(point + "/kept"));
  Invocation deleted = runtime.DeleteForce(c.id);
  EXPECT_UNTOUCHED(host);
  EXPECT_HOLDS(JudgeDelete({.ok = deleted.ok()}, lab.Observe(c)));
  if (!deleted.ok()) {
    EXPECT_REFUSED(deleted);
    EXPECT_HOLDS(JudgeFailedDelete(lab.Observe(c)));
  }
  while (umount2(point.c_str(), MNT_DETACH) == 0) {
  }
}

CASE(HostPaths, TmpfsInTheStateDirectoryDoesNotStopDelete,
     {.level = Level::kRobustness,
      .cites = {"S9", "L1"},
      .claim = "With a tmpfs mounted in ROOT/ID delete --force cleans up, or is refused and can be "
               "tried again when it is gone."}) {
  Container c = lab.Stopped();
  std::string point = lab.RecordDirectory(c) + "/mounted";
  ASSERT_EQ(mkdir(point.c_str(), 0755), 0);
  ASSERT_EQ(mount("tmpfs", point.c_str(), "tmpfs", 0, nullptr), 0);
  Invocation deleted = runtime.DeleteForce(c.id);
  EXPECT_HOLDS(JudgeDelete({.ok = deleted.ok()}, lab.Observe(c)));
  if (deleted.ok()) return;
  EXPECT_REFUSED(deleted);
  while (umount2(point.c_str(), MNT_DETACH) == 0) {
  }
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(HostPaths, RecordThatNamesTheCgroupOfASiblingDoesNotHurtIt,
     {.level = Level::kRobustness,
      .cites = {"S10", "S1", "S20"},
      .claim = "A record whose cgroup paths were changed to those of another container: delete "
               "--force hurts neither its processes nor its cgroups."}) {
  Container sibling = lab.Running({.name = "sibling", .program = {"fork", "2", "sleep"}});
  Container c = lab.Running(
      {.pid_namespace = PidNamespace::kHost, .program = {"fork", "2", "sleep"}});
  std::size_t members = lab.Members(sibling).size();
  ASSERT_GE(members, 3u);
  if (!PointRecordAt(lab, c, sibling.cgroups_path)) SKIP("the record names no cgroup");
  Invocation deleted = runtime.DeleteForce(c.id);
  EXPECT_EQ(deleted.signal, 0) << deleted.Describe();
  EXPECT_TRUE(lab.Unhurt(sibling.init)) << "the sibling was killed";
  EXPECT_EQ(lab.Members(sibling).size(), members);
  EXPECT_EQ(runtime.Status(sibling.id), "running");
  lab.Disown(c, "its record was forged: what delete makes of it is not judged here");
}

// Not the root of the hierarchy: a runtime that falls for it would kill the machine.
CASE(HostPaths, RecordThatNamesTheParentCgroupDoesNotHurtBystanders,
     {.level = Level::kRobustness,
      .cites = {"S10", "A26", "S20"},
      .claim = "A record whose cgroup paths were shortened to the parent's: delete --force kills "
               "no "
               "process in or below the parent that is not the container's."}) {
  std::string parent = lab.MakeForeignCgroup("parent");
  Container c = lab.Running({.pid_namespace = PidNamespace::kHost,
                             .program = {"fork", "2", "sleep"},
                             .cgroups_path = parent + "/inner"});
  ProcessId bystander = lab.MakeForeignProcess();
  std::vector<std::string> dirs = lab.DirsOf(parent);
  ASSERT_FALSE(dirs.empty());
  for (const std::string& dir : dirs) {
    // On v2 a cgroup that gives controllers away can have no process itself.
    std::string place = lab.pure_v2() ? dir + "/other" : dir;
    ASSERT_TRUE(MakeDirectories(place));
    ASSERT_TRUE(lab.MoveTo(bystander.pid, place)) << place;
  }
  if (!PointRecordAt(lab, c, parent)) SKIP("the record names no cgroup");
  Invocation deleted = runtime.DeleteForce(c.id);
  EXPECT_EQ(deleted.signal, 0) << deleted.Describe();
  EXPECT_TRUE(lab.Unhurt(bystander)) << "a process that is not the container's was killed";
  EXPECT_EQ(lab.DirsOf(parent).size(), dirs.size());
  lab.Disown(c, "its record was forged: what delete makes of it is not judged here");
}

CASE(HostPaths, RecordDirectoryIsNotWritableByOthers,
     {.level = Level::kRobustness,
      .cites = {"S10", "S18"},
      .claim = "In a --root that anybody may write and another user owns, create refuses, or makes "
               "ROOT/ID the runtime's own and closed to others; delete leaves nothing."}) {
  ASSERT_EQ(chown(lab.root().c_str(), 1234, 1234), 0);
  ASSERT_EQ(chmod(lab.root().c_str(), 0777), 0);
  Container c = lab.MakeBundle();
  if (RefusedOrCreated(lab, c)) {
    struct stat st;
    ASSERT_EQ(lstat(lab.RecordDirectory(c).c_str(), &st), 0);
    EXPECT_EQ(st.st_uid, geteuid());
    EXPECT_EQ(st.st_mode & 0022, 0u) << "others may write into ROOT/ID";
    EXPECT_OK(runtime.DeleteForce(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  }
  EXPECT_EQ(chown(lab.root().c_str(), 0, 0), 0);
  EXPECT_EQ(chmod(lab.root().c_str(), 0755), 0);
}

}  // namespace
}  // namespace reapcheck::conformance
