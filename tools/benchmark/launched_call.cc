#include "tools/benchmark/launched_call.h"

#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "conformance/file.h"
#include "conformance/inject/injector.h"
#include "conformance/inject/watched_call.h"

namespace reapcheck::benchmark {
namespace {

using conformance::FileDescriptor;

constexpr int kNotExecuted = 127;

double NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

inject::Injection InjectionOf(Tracer tracer) {
  constexpr int kNever = 1'000'000;
  if (tracer != Tracer::kOnePoint) return {};
  return {.call = "rmdir cgroup",
          .occurrence = kNever,
          .action = inject::Action::kFail,
          .error = EBUSY};
}

// What the child needs, made before it: with vfork(2) it runs in the caller's memory.
struct Launch {
  char** argv;
  int in, out;
  const inject::Injector* injector;
};

[[noreturn]] void Become(const Launch& launch) {
  dup2(launch.in, 0);
  dup2(launch.out, 1);
  dup2(launch.out, 2);
  close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const bool is_ready = launch.injector == nullptr || launch.injector->Attach();
  if (is_ready) execvp(launch.argv[0], launch.argv);
  _exit(kNotExecuted);
}

[[gnu::noinline]] pid_t Spawn(const Launch& launch) {
  const pid_t pid = vfork();
  if (pid == 0) Become(launch);
  return pid;
}

std::string Failure(const std::vector<std::string>& words, const std::string& output,
                    int status) {
  std::string typed;
  for (const std::string& word : words) typed += (typed.empty() ? "" : " ") + word;
  std::string text = conformance::ReadText(output).value_or("no output");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return "`" + typed + "` " +
         (WIFEXITED(status) ? "exited " + std::to_string(WEXITSTATUS(status))
                            : "was ended by signal " + std::to_string(WTERMSIG(status))) +
         ": " + text.substr(text.rfind('\n') + 1);
}

}  // namespace

std::vector<std::string> StraceWords() {
  std::string calls;
  for (const inject::WatchedCall& call : inject::WatchedCalls()) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, static_cast<int>(call.number));
    if (name != nullptr) (calls += calls.empty() ? "" : ",") += name;
    std::free(name);
  }
  return {"strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e",
          "trace=" + calls};
}

std::expected<LaunchedCall, std::string> LaunchCall(const std::vector<std::string>& words,
                                                    const std::string& output, Tracer tracer,
                                                    const inject::Places& places) {
  static const std::vector<std::string> kStrace = StraceWords();
  std::vector<std::string> all = tracer == Tracer::kStrace ? kStrace : std::vector<std::string>{};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : all) argv.push_back(word.data());
  argv.push_back(nullptr);
  FileDescriptor in(open("/dev/null", O_RDONLY | O_CLOEXEC));
  FileDescriptor out(open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!in || !out) return std::unexpected("can not write " + output);
  LaunchedCall call;
  const double began = NowMs();
  inject::Injector injector(places, InjectionOf(tracer));
  const bool is_supervised = tracer == Tracer::kInjector || tracer == Tracer::kOnePoint;
  if (is_supervised) call.supervisor = injector.Supervise();
  const bool is_injected = call.supervisor > 0;
  const pid_t pid = Spawn({.argv = argv.data(),
                           .in = in.get(),
                           .out = out.get(),
                           .injector = is_injected ? &injector : nullptr});
  if (pid < 0 || call.supervisor < 0) return std::unexpected("fork: no process left");
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  call.wall_ms = NowMs() - began;
  if (injector.problem() != 0) return std::unexpected("ptrace: the kernel refused");
  call.stops = static_cast<int>(injector.Seen().size());
  if (status != 0) return std::unexpected(Failure(all, output, status));
  return call;
}

}  // namespace reapcheck::benchmark
