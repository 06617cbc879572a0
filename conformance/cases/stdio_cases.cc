// Standard streams and other descriptors: which the runtime must not touch, which it must pass on,
// and which it must survive the lack of.
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

constexpr int kClosed = -1;

struct Streams {
  int in = kClosed, out = kClosed, err = kClosed;
  int three = kClosed;  // one descriptor more
};

struct Pipe {
  FileDescriptor read_end, write_end;
};

Pipe MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) SKIP("no pipe");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

FileDescriptor OpenDevice(const char* path) {
  return FileDescriptor(open(path, O_RDWR | O_CLOEXEC));
}

// The child's side. The sources are above 3.
[[noreturn]] void ExecWith(const Arguments& words, const Streams& streams) {
  const int sources[] = {streams.in, streams.out, streams.err, streams.three};
  for (int target = 0; target < 4; ++target) {
    if (sources[target] == kClosed) {
      close(target);
    } else {
      dup2(sources[target], target);
    }
  }
  close_range(4, ~0u, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

// A call of the runtime with exactly these descriptors; Subject::Run decides on them itself.
Ending CallWith(Lab& lab, const Arguments& words, const Streams& streams) {
  pid_t pid = fork();
  if (pid == 0) ExecWith(words, streams);
  ProcessId process = lab.Identify(pid);
  if (!lab.Await("`" + words.back() + "` of the runtime ends",
                 [&] { return lab.EndingOf(process).has_value(); })) {
    kill(pid, SIGKILL);
    throw CaseStopped();
  }
  return *lab.EndingOf(process);
}

bool Ok(const Ending& ending) { return ending.exited && ending.code == 0; }

std::string LinkOf(int fd) {
  char target[256];
  ssize_t size = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
  return std::string(target, size > 0 ? static_cast<std::size_t>(size) : 0);
}

std::string TargetOf(const Json& report, int number) {
  for (const Json& fd : report.at("fds")) {
    if (fd.at("fd") == number) return fd.at("target");
  }
  return "closed";
}

CASE(Cli, StdinIsNotRead,
     {.level = Level::kConvention,
      .cites = {"A38"},
      .claim = "state, start, kill and delete end though stdin does not, and read nothing."}) {
  Container c = lab.Created();
  Pipe in = MakePipe();
  FileDescriptor null = OpenDevice("/dev/null");
  ASSERT_EQ(write(in.write_end.get(), "precious", 8), 8);
  for (const Arguments& words : std::vector<Arguments>{
           {"state", c.id}, {"start", c.id}, {"kill", c.id, "KILL"}, {"delete", "--force", c.id}}) {
    SCOPED_TRACE(words.front());
    EXPECT_TRUE(Ok(CallWith(lab, runtime.CommandLine(words),
                            {.in = in.read_end.get(), .out = null.get(), .err = null.get()})));
    int left = 0;
    ASSERT_EQ(ioctl(in.read_end.get(), FIONREAD, &left), 0);
    EXPECT_EQ(left, 8) << "it read from stdin";
  }
}

CASE(Cli, StateThatCanNotBePrintedIsAnError,
     {.level = Level::kRobustness,
      .cites = {"A17", "A38", "C19"},
      .claim = "state does not exit 0 when its document was not written, and changes nothing."}) {
  Container c = lab.Running();
  FileDescriptor null = OpenDevice("/dev/null"), full = OpenDevice("/dev/full");
  Pipe broken = MakePipe();
  broken.read_end.Close();
  Snapshot before = lab.TakeSnapshot();
  for (const auto& [what, out] : std::vector<std::pair<std::string, int>>{
           {"full", full.get()}, {"without a reader", broken.write_end.get()}}) {
    SCOPED_TRACE("stdout is " + what);
    Ending ending = CallWith(lab, runtime.CommandLine({"state", c.id}),
                             {.in = null.get(), .out = out, .err = null.get()});
    EXPECT_FALSE(Ok(ending)) << "an engine would take the empty output for an answer";
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Cli, ClosedStreamsDoNoHarm,
     {.level = Level::kRobustness,
      .cites = {"A22", "A25", "C19", "S8"},
      .claim = "With stdin, stdout and stderr closed kill and delete do their work; what is "
               "printed does not end up in a file that took the number."}) {
  Container c = lab.Running();
  Snapshot before = lab.TakeSnapshot();
  CallWith(lab, runtime.CommandLine({"state", c.id}), {});
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_TRUE(Ok(CallWith(lab, runtime.CommandLine({"kill", c.id, "KILL"}), {})));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_TRUE(Ok(CallWith(lab, runtime.CommandLine({"delete", c.id}), {})));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Cli, DeleteDoesNotDependOnItsOutput,
     {.level = Level::kRobustness,
      .cites = {"A25", "C19", "S8"},
      .claim = "delete with a hook that prints, and nowhere to print to, deletes all."}) {
  Container c =
      lab.Stopped({.hooks = {{.kind = "poststop", .name = "p", .then = {"print", "100"}}}});
  FileDescriptor null = OpenDevice("/dev/null");
  Pipe broken = MakePipe();
  broken.read_end.Close();
  int nowhere = broken.write_end.get();
  CallWith(lab, runtime.CommandLine({"delete", c.id}),
           {.in = null.get(), .out = nowhere, .err = nowhere});
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Create, StreamsArePassedThrough,
     {.level = Level::kConvention,
      .cites = {"A39"},
      .claim = "The program has the very stdin, stdout and stderr that create was called with."}) {
  Container c = lab.MakeBundle({.program = {"report", "report.json", "sleep"}});
  Pipe in = MakePipe(), out = MakePipe(), err = MakePipe();
  ASSERT_TRUE(Ok(CallWith(
      lab, runtime.CommandLine({"create", "--bundle", c.bundle, c.id}),
      {.in = in.read_end.get(), .out = out.write_end.get(), .err = err.write_end.get()})));
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitFile("report.json"));
  Json report = Json::parse(lab.ReadFile("report.json"));
  EXPECT_EQ(TargetOf(report, 0), LinkOf(in.read_end.get()));
  EXPECT_EQ(TargetOf(report, 1), LinkOf(out.write_end.get()));
  EXPECT_EQ(TargetOf(report, 2), LinkOf(err.write_end.get()));
}

CASE(Create, ListenDescriptorsArePassedOn,
     {.level = Level::kConvention,
      .cites = {"A39"},
      .claim = "With LISTEN_FDS=1 the program gets descriptor 3, LISTEN_FDS and LISTEN_PID=1."}) {
  Container c = lab.MakeBundle({.program = {"report", "report.json", "sleep"}});
  FileDescriptor null = OpenDevice("/dev/null");
  Pipe passed = MakePipe();
  Arguments words{"/bin/sh", "-c", "export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"", "sh"};
  for (const std::string& word : runtime.CommandLine({"create", "--bundle", c.bundle, c.id})) {
    words.push_back(word);
  }
  ASSERT_TRUE(Ok(CallWith(lab, words,
                          {.in = null.get(),
                           .out = null.get(),
                           .err = null.get(),
                           .three = passed.read_end.get()})));
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitFile("report.json"));
  Json report = Json::parse(lab.ReadFile("report.json"));
  EXPECT_EQ(TargetOf(report, 3), LinkOf(passed.read_end.get()));
  std::vector<std::string> environment = report.at("environ");
  EXPECT_EQ(std::ranges::count(environment, "LISTEN_FDS=1"), 1);
  EXPECT_EQ(std::ranges::count(environment, "LISTEN_PID=1"), 1);
}

}  // namespace
}  // namespace reapcheck::conformance
