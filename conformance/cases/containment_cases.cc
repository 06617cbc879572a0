// What a container must not get hold of: descriptors, directories and the binary of the host.
#include <sys/socket.h>

#include "conformance/cases/container_view.h"

namespace reapcheck::conformance {
namespace {

// Descriptors that a careless engine leaves open in the runtime it calls.
class LooseDescriptors {
 public:
  explicit LooseDescriptors(const std::string& directory) {
    directory_ = FileDescriptor(open(directory.c_str(), O_RDONLY | O_DIRECTORY));
    file_ = FileDescriptor(open((directory + "/kept").c_str(), O_RDWR));
    int ends[2] = {-1, -1};
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    left_ = FileDescriptor(ends[0]);
    right_ = FileDescriptor(ends[1]);
  }
  bool Open() const { return directory_ && file_ && left_ && right_; }
  int directory() const { return directory_.get(); }

 private:
  FileDescriptor directory_, file_, left_, right_;
};

std::vector<int> Numbers(const Json& report) {
  std::vector<int> numbers;
  for (const Json& entry : report.value("fds", Json::array())) {
    numbers.push_back(entry.value("fd", -1));
  }
  return numbers;
}

// The directory that the program works in is not this one of the host, nor below it, and it can say
// where it is: getcwd(2) fails outside of the root.
void ExpectInside(Lab& lab, const Container& c, const std::string& report) {
  EXPECT_FALSE(Exists(ProcPath(c.init.pid, "cwd/kept"))) << "it works in a directory of the host";
  Json said = ReadReport(lab, report);
  ASSERT_TRUE(said.is_object());
  EXPECT_NE(said.value("cwd", ""), "") << "its working directory is out of its root";
}

// Creates and starts; a refusal of either is as good as a working directory inside.
void ExpectRefusedOrInside(Lab& lab, Container& c, const InvocationOptions& options) {
  Invocation created = CreateFrom(lab, c, options);
  if (!created.ok()) {
    EXPECT_REFUSED(created);
    EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(c)));
    return;
  }
  Invocation started = lab.runtime().Start(c.id);
  if (started.ok()) {
    // A program that can not be executed there ends without a word; that is safe as well.
    bool spoke = lab.Await("the program is ready or has ended", [&] {
      return lab.HasFile(c.name + ".ready") || !lab.Alive(c.init);
    });
    if (spoke && lab.Alive(c.init)) ExpectInside(lab, c, c.name + ".report");
  } else {
    EXPECT_REFUSED(started);
  }
  EXPECT_OK(lab.runtime().DeleteForce(c.id));
}

CASE(Containment, NoDescriptorOfTheHostReachesTheProgram,
     {.level = Level::kRobustness,
      .cites = {"C18", "S10"},
      .claim = "A program has descriptors 0, 1 and 2, whatever was open in the runtime's "
               "caller."}) {
  Sentinel host(lab, "host");
  LooseDescriptors loose(host.path());
  ASSERT_TRUE(loose.Open());
  Container c = lab.MakeBundle({.program = {"report", "c1.report", "sleep"}});
  ASSERT_OK(CreateFrom(lab, c, {.keep_descriptors = true}));
  ASSERT_OK(runtime.Run({"start", c.id}, {.keep_descriptors = true}));
  ASSERT_TRUE(lab.AwaitReady(c));
  Json report = ReadReport(lab, "c1.report");
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(Numbers(report), (std::vector<int>{0, 1, 2})) << report["fds"].dump();
}

CASE(Containment, NoDescriptorOfTheHostReachesAnExec,
     {.level = Level::kRobustness,
      .cites = {"C18", "S10"},
      .claim = "An exec'd program has descriptors 0, 1 and 2, whatever was open in the caller.",
      .needs = kNeedExec}) {
  Sentinel host(lab, "host");
  LooseDescriptors loose(host.path());
  ASSERT_TRUE(loose.Open());
  Container c = lab.Running();
  ASSERT_OK(runtime.Run({"exec", "--detach", c.id, "/payload", "report", "exec.report", "sleep"},
                        {.keep_descriptors = true}));
  ASSERT_TRUE(lab.AwaitFile("exec.report"));
  Json report = ReadReport(lab, "exec.report");
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(Numbers(report), (std::vector<int>{0, 1, 2})) << report["fds"].dump();
}

CASE(Containment, WorkingDirectoryIsNeverADescriptorOfTheRuntime,
     {.level = Level::kRobustness,
      .cites = {"S10", "C18"},
      .claim = "process.cwd = /proc/self/fd/N never puts a program into a directory of the host "
               "that the runtime has open (CVE-2024-21626)."}) {
  Sentinel host(lab, "host");
  LooseDescriptors loose(host.path());
  ASSERT_TRUE(loose.Open());
  std::vector<int> numbers = {3, 5, 6, 7, 8, 9, loose.directory()};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::string cwd = "/proc/self/fd/" + std::to_string(numbers[i]);
    SCOPED_TRACE("process.cwd = " + cwd);
    std::string name = "c" + std::to_string(i);
    Container c = lab.MakeBundle({.name = name,
                                  .program = {"report", name + ".report", "sleep"},
                                  .edit = [&](Json& config) { config["process"]["cwd"] = cwd; }});
    ExpectRefusedOrInside(lab, c, {.keep_descriptors = true});
  }
  EXPECT_UNTOUCHED(host);
}

CASE(Containment, WorkingDirectoryLinkDoesNotLeadOut,
     {.level = Level::kRobustness,
      .cites = {"S10"},
      .claim = "A process.cwd that is a symlink to a path of the host, or climbs, stays inside."}) {
  Sentinel host(lab, "host");
  const std::string climb = "/../../../../../../../../../../../..";
  for (const std::string& cwd : {std::string("/link"), std::string("/climbing"),
                                 std::string("/link/new"), climb + host.path()}) {
    SCOPED_TRACE("process.cwd = " + cwd);
    Container c = lab.MakeBundle({.program = {"report", "c1.report", "sleep"},
                                  .edit = [&](Json& config) { config["process"]["cwd"] = cwd; }});
    ASSERT_EQ(symlink(host.path().c_str(), (RootfsOf(c) + "/link").c_str()), 0);
    ASSERT_EQ(symlink(("." + climb + host.path()).c_str(), (RootfsOf(c) + "/climbing").c_str()), 0);
    ExpectRefusedOrInside(lab, c, {});
    unlink((lab.share() + "/c1.ready").c_str());
    EXPECT_UNTOUCHED(host);
  }
}

CASE(Containment, ExecWorkingDirectoryIsNeverADescriptorOfTheRuntime,
     {.level = Level::kRobustness,
      .cites = {"S10", "C18"},
      .claim = "exec --cwd /proc/self/fd/N never puts a program into a directory of the host "
               "(CVE-2024-21626).",
      .needs = kNeedExec}) {
  Sentinel host(lab, "host");
  LooseDescriptors loose(host.path());
  ASSERT_TRUE(loose.Open());
  Container c = lab.Running();
  Invocation known = runtime.Run({"exec", "--detach", "--cwd", "/tmp", c.id, "/payload", "touch",
                                  "in-tmp"});
  if (!known.ok()) SKIP("the runtime has no exec --cwd");
  for (int number : {3, 5, 6, 7, 8, 9, loose.directory()}) {
    std::string cwd = "/proc/self/fd/" + std::to_string(number);
    SCOPED_TRACE("exec --cwd " + cwd);
    std::string report = "report" + std::to_string(number), done = report + ".done";
    Invocation exec = runtime.Run({"exec", "--detach", "--cwd", cwd, c.id, "/payload", "report",
                                   report, "touch", done},
                                  {.keep_descriptors = true});
    if (!exec.ok()) continue;
    // exec -d answers before the program could be executed in crun: no report is no harm.
    lab.Await("the exec'd program has ended", [&] { return lab.Members(c).size() <= 1; });
    if (!lab.HasFile(report)) continue;
    EXPECT_NE(ReadReport(lab, report).value("cwd", ""), "") << "it works out of its root";
  }
  EXPECT_UNTOUCHED(host);
}

// What a container that shares init's pid namespace could do: open /proc/INIT/exe for writing when
// init is no longer the runtime's own code. Nothing is opened: that it is being executed now
// (ETXTBSY) is no protection, and access(2) says whether the mount that it came from is read-only.
CASE(Containment, RuntimeBinaryIsNotWritableThroughInit,
     {.level = Level::kRobustness,
      .cites = {"S10"},
      .claim = "Init of a created container does not hold the runtime's binary of the host in a "
               "way that lets the container overwrite it (CVE-2019-5736)."}) {
  Container c = lab.Created();
  std::string exe = ProcPath(c.init.pid, "exe");
  struct stat st;
  ASSERT_EQ(stat(exe.c_str(), &st), 0);
  ASSERT_TRUE(S_ISREG(st.st_mode));
  bool of_the_host = st.st_nlink > 0;  // neither a memfd nor a file that was removed
  bool writable = faccessat(AT_FDCWD, exe.c_str(), W_OK, AT_EACCESS) == 0;
  EXPECT_FALSE(of_the_host && writable) << LinkTarget(exe) << " is a file of the host";
}

CASE(Containment, FailedExecLeavesTheContainerAsItIs,
     {.level = Level::kConvention,
      .cites = {"A15", "C17"},
      .claim = "exec of a program that does not exist is an error and changes nothing.",
      .needs = kNeedExec}) {
  Container c = lab.Running();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Run({"exec", c.id, "/not-there"}));
  // The process that was to be the program may be at its end still.
  lab.Await("nothing of the exec is left",
            [&] { return Diff(before, lab.TakeSnapshot()).empty(); });
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

}  // namespace
}  // namespace reapcheck::conformance
