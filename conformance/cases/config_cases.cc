// config.json's linux section: namespaces, cgroups and limits, devices' rules, sysctl, seccomp.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "conformance/cases/container_view.h"

namespace reapcheck::conformance {
namespace {

using Edit = std::function<void(Json& config)>;

Edit WithResources(const Json& resources) {
  return [=](Json& config) { config["linux"]["resources"] = resources; };
}

// The value of the first of these control files that a cgroup of the container has; "" for none.
std::string ControlValue(Lab& lab, const Container& c, const std::vector<std::string>& names) {
  for (const std::string& dir : lab.CgroupDirs(c)) {
    for (const std::string& name : names) {
      std::string value = ReadText(dir + "/" + name).value_or("");
      while (!value.empty() && value.back() == '\n') value.pop_back();
      if (!value.empty()) return value;
    }
  }
  return "";
}

// A limit is in a control file of the container's cgroup, or create says that it can not be.
void ExpectHonouredOrRefused(Lab& lab, const std::string& what, const Json& resources,
                             const std::vector<std::string>& files,
                             const std::vector<std::string>& values) {
  SCOPED_TRACE(what + ": " + resources.dump());
  Container c = lab.MakeBundle({.edit = WithResources(resources)});
  Invocation created = CreateFrom(lab, c);
  if (!created.ok()) {
    EXPECT_REFUSED(created);
    EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(c)));
    return;
  }
  std::string value = ControlValue(lab, c, files);
  EXPECT_TRUE(std::ranges::count(values, value) > 0)
      << "create succeeded, and the limit is \"" << value << "\"";
  EXPECT_OK(lab.runtime().DeleteForce(c.id));
}

CASE(ConfigLinux, NewNamespacesAreNewAndOthersInherited,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "The program is in new namespaces of the listed types and in the runtime's own of "
               "the others."}) {
  const std::vector<std::pair<std::string, std::string>> types = {
      {"pid", "pid"}, {"network", "net"}, {"mount", "mnt"},
      {"ipc", "ipc"}, {"uts", "uts"},     {"cgroup", "cgroup"}};
  Container all = lab.Running({.name = "all", .edit = [&](Json& config) {
    config["linux"]["namespaces"] = Json::array();
    for (const auto& [type, file] : types) {
      config["linux"]["namespaces"].push_back({{"type", type}});
    }
  }});
  Container few = lab.Running({.name = "few", .edit = [](Json& config) {
    config.erase("hostname");
    config["linux"]["namespaces"] = Json::array({{{"type", "mount"}}});
  }});
  for (const auto& [type, file] : types) {
    std::string own = NamespaceOf(getpid(), file);
    ASSERT_NE(own, "") << type;
    EXPECT_NE(NamespaceOf(all.init.pid, file), own) << type;
    EXPECT_EQ(NamespaceOf(few.init.pid, file) == own, type != "mount") << type;
  }
  EXPECT_EQ(NamespaceOf(all.init.pid, "user"), NamespaceOf(getpid(), "user"));
}

CASE(ConfigLinux, NamespacesAreJoined,
     {.level = Level::kSpec,
      .cites = {"A8", "A26"},
      .claim = "With a path the program is in that very namespace, and delete leaves it to its "
               "owner."}) {
  Container owner = lab.Running({.name = "owner", .network_namespace = true});
  const std::vector<std::pair<std::string, std::string>> types = {
      {"network", "net"}, {"ipc", "ipc"}, {"uts", "uts"}, {"pid", "pid"}};
  Container guest = lab.Running({.name = "guest", .edit = [&](Json& config) {
    config.erase("hostname");
    config["linux"]["namespaces"] = Json::array({{{"type", "mount"}}});
    for (const auto& [type, file] : types) {
      config["linux"]["namespaces"].push_back(
          {{"type", type}, {"path", ProcPath(owner.init.pid, "ns/" + file)}});
    }
  }});
  for (const auto& [type, file] : types) {
    EXPECT_EQ(NamespaceOf(guest.init.pid, file), NamespaceOf(owner.init.pid, file)) << type;
  }
  EXPECT_OK(runtime.DeleteForce(guest.id));
  EXPECT_TRUE(lab.Alive(owner.init));
}

CASE(ConfigLinux, HostnameIsTheContainersAlone,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "hostname is set in the container's uts namespace; the host's stays."}) {
  char before[256] = "", inside[256] = "", after[256] = "";
  gethostname(before, sizeof before);
  Container c = lab.Running({.edit = [](Json& config) { config["hostname"] = "reap-inside"; }});
  ASSERT_TRUE(InNamespace(c.init.pid, "uts", [&] { gethostname(inside, sizeof inside); }));
  gethostname(after, sizeof after);
  EXPECT_STREQ(inside, "reap-inside");
  EXPECT_STREQ(before, after);
}

CASE(ConfigLinux, SysctlIsTheContainersAlone,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A sysctl is set in the container's namespace; the host's value stays."}) {
  const std::string file = "/proc/sys/kernel/msgmax";
  std::string before = ReadText(file).value_or(""), inside;
  ASSERT_NE(before, "4321\n");
  Container c = lab.Running({.edit = [](Json& config) {
    config["linux"]["sysctl"] = {{"kernel.msgmax", "4321"}};
  }});
  ASSERT_TRUE(InNamespace(c.init.pid, "ipc", [&] { inside = ReadText(file).value_or(""); }));
  EXPECT_EQ(inside, "4321\n");
  EXPECT_EQ(ReadText(file).value_or(""), before);
}

CASE(ConfigLinux, AnnotationsAreInTheState,
     {.level = Level::kConvention,
      .cites = {"A3"},
      .claim = "`state` gives the annotations of config.json, whatever characters they hold."}) {
  std::map<std::string, std::string> annotations = {
      {"org.example.plain", "value"}, {"quote", "\"\\\n\t"}, {"umlaut", "\xc3\xa4"}, {"empty", ""}};
  Container c = lab.Created({.annotations = annotations});
  std::optional<Json> state = runtime.ReadState(c.id);
  ASSERT_TRUE(state);
  for (const auto& [key, value] : annotations) {
    EXPECT_EQ((*state)["annotations"].value(key, "(absent)"), value) << key;
  }
}

CASE(ConfigLinux, CgroupsPathIsHonoured,
     {.level = Level::kSpec,
      .cites = {"A8", "A25"},
      .claim = "An absolute cgroupsPath is where the program is, from the mount point of every "
               "hierarchy that the runtime uses."}) {
  Container c = lab.Running({.cgroups_path = "/" + lab.Id("chosen")});
  EXPECT_FALSE(lab.DirsOf(c.cgroups_path).empty());
  std::istringstream in(ReadText(ProcPath(c.init.pid, "cgroup")).value_or(""));
  int there = 0;
  for (std::string line; std::getline(in, line);) {
    there += line.ends_with(":" + c.cgroups_path) ? 1 : 0;
    EXPECT_EQ(line.find(lab.tag()) == std::string::npos, !line.ends_with(":" + c.cgroups_path))
        << line;
  }
  EXPECT_GT(there, 0);
  EXPECT_EQ(lab.Members(c).size(), 1u);
}

CASE(ConfigLinux, PidsLimitHoldsOrIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A pids limit is in force, or create is an error: it is never silently left out."}) {
  ExpectHonouredOrRefused(lab, "pids", {{"pids", {{"limit", 20}}}}, {"pids.max"}, {"20"});
}

CASE(ConfigLinux, PidsLimitStopsAForkBomb,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "With a pids limit the program can not have more processes than that.",
      .needs = kNeedCgroupV1}) {
  if (!lab.HasController("pids")) SKIP("no pids controller");
  Container c = lab.Running({.program = {"fork", "20", "sleep"},
                             .edit = WithResources({{"pids", {{"limit", 12}}}})});
  EXPECT_LE(lab.Members(c).size(), 12u);
  EXPECT_GE(lab.Members(c).size(), 8u);
}

CASE(ConfigLinux, MemoryLimitHoldsOrIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A memory limit is in force, or create is an error: it is never silently left "
               "out."}) {
  ExpectHonouredOrRefused(lab, "limit", {{"memory", {{"limit", 104857600}}}},
                          {"memory.limit_in_bytes", "memory.max"}, {"104857600"});
  ExpectHonouredOrRefused(lab, "reservation", {{"memory", {{"reservation", 52428800}}}},
                          {"memory.soft_limit_in_bytes", "memory.low"}, {"52428800"});
}

CASE(ConfigLinux, CpuLimitHoldsOrIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "CPU limits are in force, or create is an error: they are never silently left "
               "out."}) {
  // cpu.weight of shares 512: by the linear formula of all runtimes of today, or by runc's new one.
  ExpectHonouredOrRefused(lab, "shares", {{"cpu", {{"shares", 512}}}}, {"cpu.shares", "cpu.weight"},
                          {"512", "20", "59"});
  ExpectHonouredOrRefused(lab, "quota", {{"cpu", {{"quota", 20000}, {"period", 50000}}}},
                          {"cpu.cfs_quota_us", "cpu.max"}, {"20000", "20000 50000"});
  ExpectHonouredOrRefused(lab, "cpus", {{"cpu", {{"cpus", "0"}}}}, {"cpuset.cpus"}, {"0"});
}

// Opens a file in a child that has joined these cgroups: 0, the errno, or -1 when it can not.
int ErrnoOfOpeningIn(const std::vector<std::string>& cgroups, const std::string& path) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  FileDescriptor out(ends[0]), in(ends[1]);
  pid_t child = fork();
  if (child == 0) {
    int result = 0;
    for (const std::string& dir : cgroups) {
      if (!WriteControl(dir + "/cgroup.procs", "0")) result = -1;
    }
    if (result == 0 && open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC) < 0) result = errno;
    WriteAll(in.get(), std::to_string(result));
    _exit(0);
  }
  in.Close();
  std::string text = ReadAll(out.get());
  waitpid(child, nullptr, 0);  // it must not be in the way of a delete
  return std::atoi(text.c_str());
}

CASE(ConfigLinux, DeviceRulesHold,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A device that resources.devices denies can not be opened in the container's "
               "cgroup, "
               "one that they allow can."}) {
  Container c = lab.MakeBundle({.edit = [](Json& config) {
    config["linux"]["devices"] = {
        {{"path", "/dev/allowed"}, {"type", "c"}, {"major", 1}, {"minor", 11}},
        {{"path", "/dev/denied"}, {"type", "c"}, {"major", 10}, {"minor", 235}},
        {{"path", "/dev/null"}, {"type", "c"}, {"major", 1}, {"minor", 3}}};
    config["linux"]["resources"]["devices"] = {
        {{"allow", false}, {"access", "rwm"}},
        {{"allow", true}, {"type", "c"}, {"major", 1}, {"minor", 11}, {"access", "r"}},
        {{"allow", true}, {"type", "c"}, {"major", 1}, {"minor", 3}, {"access", "rwm"}}};
  }});
  Invocation created = CreateFrom(lab, c);
  if (created.refused()) SKIP("create says that it can not have device rules here");
  ASSERT_OK(created);
  std::vector<std::string> cgroups = lab.CgroupDirs(c);
  ASSERT_FALSE(cgroups.empty());
  std::string allowed = InContainer(c, "/dev/allowed"), denied = InContainer(c, "/dev/denied");
  ASSERT_EQ(ErrnoOfOpeningIn({}, allowed), 0) << "/dev/kmsg does not open on the host";
  // Denied by the rules, or unknown to the kernel: outside of the cgroup it is not EPERM.
  ASSERT_NE(ErrnoOfOpeningIn({}, denied), EPERM);
  EXPECT_EQ(ErrnoOfOpeningIn(cgroups, InContainer(c, "/dev/null")), 0);
  EXPECT_EQ(ErrnoOfOpeningIn(cgroups, allowed), 0);
  EXPECT_EQ(ErrnoOfOpeningIn(cgroups, denied), EPERM);
}

// The payload renames its report into place: a call that no runtime needs once the filter is there.
Json FilterOfRename(const std::string& action) {
  Json rule = {{"names", {"rename", "renameat", "renameat2"}}, {"action", action}};
  if (action == "SCMP_ACT_ERRNO") rule["errnoRet"] = 1;
  return {{"defaultAction", "SCMP_ACT_ALLOW"}, {"syscalls", Json::array({rule})}};
}

CASE(ConfigLinux, SeccompRefusesACall,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A call that seccomp answers with an errno fails, and the others work."}) {
  Container free = lab.Running({.name = "free", .program = {"report", "free", "sleep"}});
  ASSERT_TRUE(lab.HasFile("free"));
  EXPECT_EQ(StatusField(free.init.pid, "Seccomp"), "0");
  Container c = lab.Running({.program = {"report", "filtered", "sleep"}, .edit = [](Json& config) {
    config["linux"]["seccomp"] = FilterOfRename("SCMP_ACT_ERRNO");
  }});
  EXPECT_EQ(StatusField(c.init.pid, "Seccomp"), "2");
  EXPECT_TRUE(lab.HasFile("filtered.part"));
  EXPECT_FALSE(lab.HasFile("filtered"));
}

CASE(ConfigLinux, SeccompKillsTheProgram,
     {.level = Level::kSpec,
      .cites = {"A8", "A6"},
      .claim = "A call that seccomp kills for ends the program, the container is stopped, and it "
               "can be deleted."}) {
  Container c = lab.Running({.program = {"report", "filtered"}, .edit = [](Json& config) {
    config["linux"]["seccomp"] = FilterOfRename("SCMP_ACT_KILL_PROCESS");
  }});
  ASSERT_TRUE(lab.AwaitDead(c.init));
  std::optional<Ending> ending;
  ASSERT_TRUE(lab.Await("init is reaped",
                        [&] { return (ending = lab.EndingOf(c.init)).has_value(); }));
  EXPECT_EQ(ending->signal, SIGSYS);
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

}  // namespace
}  // namespace reapcheck::conformance
