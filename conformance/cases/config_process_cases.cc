// config.json's process: what the program is given is exactly what was asked for.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <iterator>
#include <set>

#include "conformance/cases/container_view.h"

namespace reapcheck::conformance {
namespace {

using Edit = std::function<void(Json& config)>;

Edit OfProcess(const std::string& property, const Json& value) {
  return [=](Json& config) { config["process"][property] = value; };
}

// The bits of capabilities(7), as /proc/PID/status prints them.
std::string CapabilityMask(std::initializer_list<int> numbers) {
  unsigned long long mask = 0;
  for (int number : numbers) mask |= 1ull << number;
  char text[32];
  std::snprintf(text, sizeof text, "%016llx", mask);
  return text;
}

constexpr int kKill = 5, kNetBindService = 10, kSysChroot = 18;

// "Max open files" of /proc/PID/limits: "512 1024".
std::string LimitsOf(pid_t pid, const std::string& title) {
  std::istringstream in(ReadText(ProcPath(pid, "limits")).value_or(""));
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(title)) continue;
    std::istringstream words(line.substr(title.size()));
    std::string soft, hard;
    words >> soft >> hard;
    return soft + " " + hard;
  }
  return "";
}

CASE(ConfigProcess, UserAndGroups,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "The program has the uid, gid and additional groups of process.user, and no "
               "others."}) {
  Container c = lab.Running({.edit = OfProcess(
      "user", {{"uid", 1234}, {"gid", 2345}, {"additionalGids", {7, 3456}}})});
  EXPECT_EQ(StatusField(c.init.pid, "Uid"), "1234 1234 1234 1234");
  EXPECT_EQ(StatusField(c.init.pid, "Gid"), "2345 2345 2345 2345");
  std::istringstream words(StatusField(c.init.pid, "Groups"));
  std::set<int> groups{std::istream_iterator<int>(words), {}};
  groups.erase(2345);  // whether the list repeats the primary group is open
  EXPECT_EQ(groups, (std::set<int>{7, 3456}));
}

CASE(ConfigProcess, NoGroupOfTheCallerIsKept,
     {.level = Level::kRobustness,
      .cites = {"A8", "S10"},
      .claim = "Without additionalGids the program has no supplementary group of the runtime's "
               "caller."}) {
  Container c = lab.Running({.edit = OfProcess("user", {{"uid", 1234}, {"gid", 2345}})});
  std::string groups = StatusField(c.init.pid, "Groups");
  EXPECT_TRUE(groups.empty() || groups == "2345") << groups;
}

CASE(ConfigProcess, CapabilitiesOfRootAreExact,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A program of root has the capabilities that process.capabilities lists, and no "
               "others."}) {
  Json all = {"CAP_KILL", "CAP_NET_BIND_SERVICE"};
  Container c = lab.Running({.edit = OfProcess("capabilities", {{"bounding", all},
                                                                {"effective", all},
                                                                {"permitted", all}})});
  std::string mask = CapabilityMask({kKill, kNetBindService});
  for (const char* set : {"CapBnd", "CapEff", "CapPrm"}) {
    EXPECT_EQ(StatusField(c.init.pid, set), mask) << set;
  }
  for (const char* set : {"CapInh", "CapAmb"}) {
    EXPECT_EQ(StatusField(c.init.pid, set), CapabilityMask({})) << set;
  }
}

CASE(ConfigProcess, AmbientCapabilitiesReachAnOrdinaryUser,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A program of an ordinary user has the ambient capabilities, and no others."}) {
  Json one = {"CAP_NET_BIND_SERVICE"}, more = {"CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT"};
  Container c = lab.Running({.edit = [&](Json& config) {
    config["process"]["user"] = {{"uid", 1234}, {"gid", 1234}};
    config["process"]["capabilities"] = {{"bounding", more}, {"effective", one},
                                         {"permitted", one}, {"inheritable", one},
                                         {"ambient", one}};
  }});
  EXPECT_EQ(StatusField(c.init.pid, "CapBnd"), CapabilityMask({kNetBindService, kSysChroot}));
  for (const char* set : {"CapEff", "CapPrm", "CapInh", "CapAmb"}) {
    EXPECT_EQ(StatusField(c.init.pid, set), CapabilityMask({kNetBindService})) << set;
  }
}

CASE(ConfigProcess, NoCapabilitiesMeansNone,
     {.level = Level::kRobustness,
      .cites = {"A8", "S10"},
      .claim = "A program whose capability sets are empty has none at all."}) {
  Container c = lab.Running({.edit = OfProcess("capabilities", {{"bounding", Json::array()}})});
  for (const char* set : {"CapBnd", "CapEff", "CapPrm", "CapInh", "CapAmb"}) {
    EXPECT_EQ(StatusField(c.init.pid, set), CapabilityMask({})) << set;
  }
}

CASE(ConfigProcess, UnknownCapabilityIsAWarning,
     {.level = Level::kConvention,
      .cites = {"A16", "A8"},
      .claim = "A capability that the kernel does not know is a warning, and the container is "
               "created with the others."}) {
  Json sets = {{"bounding", {"CAP_KILL", "CAP_NO_SUCH_THING"}}};
  Container c = lab.MakeBundle({.edit = OfProcess("capabilities", sets)});
  ASSERT_OK(CreateFrom(lab, c));
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_EQ(StatusField(c.init.pid, "CapBnd"), CapabilityMask({kKill}));
}

CASE(ConfigProcess, NoNewPrivileges,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "noNewPrivileges is set on the program exactly when it is asked for."}) {
  Container with = lab.Running({.name = "with", .edit = OfProcess("noNewPrivileges", true)});
  EXPECT_EQ(StatusField(with.init.pid, "NoNewPrivs"), "1");
  Container without = lab.Running({.name = "without", .edit = OfProcess("noNewPrivileges", false)});
  EXPECT_EQ(StatusField(without.init.pid, "NoNewPrivs"), "0");
}

CASE(ConfigProcess, RlimitsAreLowered,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "process.rlimits hold for the program, soft and hard."}) {
  Container c = lab.Running({.edit = OfProcess(
      "rlimits", {{{"type", "RLIMIT_NOFILE"}, {"soft", 300}, {"hard", 400}},
                  {{"type", "RLIMIT_CORE"}, {"soft", 0}, {"hard", 0}},
                  {{"type", "RLIMIT_STACK"}, {"soft", 1048576}, {"hard", 2097152}}})});
  EXPECT_EQ(LimitsOf(c.init.pid, "Max open files"), "300 400");
  EXPECT_EQ(LimitsOf(c.init.pid, "Max core file size"), "0 0");
  EXPECT_EQ(LimitsOf(c.init.pid, "Max stack size"), "1048576 2097152");
}

CASE(ConfigProcess, RlimitAboveTheCallersIsHonouredOrAnError,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "An rlimit above that of the runtime's caller holds, or is an error of create or "
               "start: it is never silently left out."}) {
  rlimit now;
  ASSERT_EQ(getrlimit(RLIMIT_MEMLOCK, &now), 0);
  if (now.rlim_max == RLIM_INFINITY) SKIP("RLIMIT_MEMLOCK has no limit to go above");
  std::string more = std::to_string(now.rlim_max + 4096);
  Container c = lab.MakeBundle({.edit = OfProcess(
      "rlimits", {{{"type", "RLIMIT_MEMLOCK"}, {"soft", now.rlim_max + 4096},
                   {"hard", now.rlim_max + 4096}}})});
  Invocation created = CreateFrom(lab, c);
  Invocation started = created.ok() ? runtime.Start(c.id) : created;
  if (!started.ok()) {
    EXPECT_REFUSED(started);
    EXPECT_OK(runtime.DeleteForce(c.id));
    return;
  }
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_EQ(LimitsOf(c.init.pid, "Max locked memory"), more + " " + more);
}

CASE(ConfigProcess, OomScoreAdj,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "oomScoreAdj is the program's; without it the runtime's own stays."}) {
  std::string own = ReadText("/proc/self/oom_score_adj").value_or("");
  Container with = lab.Running({.name = "with", .edit = OfProcess("oomScoreAdj", 777)});
  EXPECT_EQ(ReadText(ProcPath(with.init.pid, "oom_score_adj")).value_or(""), "777\n");
  Container without = lab.Running({.name = "without"});
  EXPECT_EQ(ReadText(ProcPath(without.init.pid, "oom_score_adj")).value_or(""), own);
}

CASE(ConfigProcess, EnvironmentAndArgumentsAreExact,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "The program's environment and arguments are those of config.json, bytes and "
               "order."}) {
  std::vector<std::string> environment = {"PATH=/", "HOME=/nowhere", "EMPTY=", "TWO=a=b",
                                          "SPACE= a  b ", "UTF8=\xc3\xa4", "LINES=1\n2"};
  Container c = lab.Running({.program = {"ready", "as", "x y", "lab", "/lab", "as", "", "sleep"},
                             .environment = environment});
  auto with_ends = [](const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += word + '\0';
    return text;
  };
  EXPECT_EQ(ReadText(ProcPath(c.init.pid, "environ")).value_or(""), with_ends(environment));
  EXPECT_EQ(ReadText(ProcPath(c.init.pid, "cmdline")).value_or(""),
            with_ends({"/payload", "as", "c1", "lab", "/lab", "ready", "as", "x y", "lab", "/lab",
                       "as", "", "sleep"}));
}

CASE(ConfigProcess, WorkingDirectory,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "The program works in process.cwd."}) {
  Container c = lab.Running({.program = {"report", "c1.report", "sleep"},
                             .edit = OfProcess("cwd", "/tmp")});
  EXPECT_EQ(ReadReport(lab, "c1.report").value("cwd", ""), "/tmp");
}

CASE(ConfigProcess, MissingWorkingDirectoryIsMade,
     {.level = Level::kConvention,
      .cites = {"A8"},
      .claim = "A process.cwd that does not exist in the image is made."}) {
  Container c = lab.Running({.program = {"report", "c1.report", "sleep"},
                             .edit = OfProcess("cwd", "/work/deep")});
  EXPECT_EQ(ReadReport(lab, "c1.report").value("cwd", ""), "/work/deep");
}

// Receives the descriptor that a runtime sends over the console socket; -1 when none is there.
FileDescriptor ReceiveTerminal(int listener) {
  FileDescriptor connection(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection) return {};
  char name[256];
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec bytes{name, sizeof name};
  msghdr message{.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control,
                 .msg_controllen = sizeof control};
  if (recvmsg(connection.get(), &message, MSG_CMSG_CLOEXEC) <= 0) return {};
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return {};
  int terminal = -1;
  memcpy(&terminal, CMSG_DATA(header), sizeof terminal);
  return FileDescriptor(terminal);
}

FileDescriptor ListenAt(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX};
  if (path.size() >= sizeof address.sun_path) return {};
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr* generic = reinterpret_cast<const sockaddr*>(&address);
  if (bind(listener.get(), generic, sizeof address) != 0 || listen(listener.get(), 4) != 0) {
    return {};
  }
  return listener;
}

CASE(ConfigProcess, TerminalGoesToTheConsoleSocket,
     {.level = Level::kConvention,
      .cites = {"A8", "A39"},
      .claim = "With process.terminal the master of the program's terminal comes over the socket "
               "of --console-socket, and /dev/console is there."}) {
  std::string socket = lab.scratch() + "/console";
  FileDescriptor listener = ListenAt(socket);
  ASSERT_TRUE(listener);
  Container c = lab.MakeBundle({.program = {"report", "c1.report", "sleep"},
                                .edit = [](Json& config) {
    config["process"]["terminal"] = true;
    config["mounts"].push_back({{"destination", "/dev"}, {"type", "tmpfs"}, {"source", "tmpfs"},
                                {"options", {"nosuid", "mode=755"}}});
    config["mounts"].push_back({{"destination", "/dev/pts"}, {"type", "devpts"},
                                {"source", "devpts"},
                                {"options", {"newinstance", "ptmxmode=0666"}}});
  }});
  ASSERT_OK(CreateFrom(lab, c, {}, {"--console-socket", socket}));
  FileDescriptor terminal = ReceiveTerminal(listener.get());
  ASSERT_TRUE(terminal) << "no descriptor came";
  EXPECT_TRUE(isatty(terminal.get()));
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  for (const char* fd : {"fd/0", "fd/1", "fd/2"}) {
    EXPECT_TRUE(LinkTarget(ProcPath(c.init.pid, fd)).starts_with("/dev/")) << fd;
  }
  struct stat st = {};
  EXPECT_EQ(stat(InContainer(c, "/dev/console").c_str(), &st), 0);
  EXPECT_TRUE(S_ISCHR(st.st_mode));
}

}  // namespace
}  // namespace reapcheck::conformance
