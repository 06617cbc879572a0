#include "conformance/inject/tracer.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "conformance/inject/tracee.h"

namespace reapcheck::inject {
namespace {

constexpr unsigned long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP |
                                   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

class Tracer {
 public:
  explicit Tracer(const TraceRequest& request)
      : request_(request), shared_(*request.shared), lasting_(request.lasting) {}

  void Run() {
    // waitpid(2) tells of each stop; a signal for each besides would be thrown away.
    struct sigaction no_stops {};
    no_stops.sa_handler = SIG_DFL;
    no_stops.sa_flags = SA_NOCLDSTOP;
    sigaction(SIGCHLD, &no_stops, nullptr);
    if (read(request_.request, &runtime_, sizeof runtime_) != sizeof runtime_) return;
    if (ptrace(PTRACE_SEIZE, runtime_, nullptr, kOptions) != 0) {
      shared_.problem = errno;
      return;  // the pipe closes with this process: the runtime is never executed
    }
    const char go = 'x';
    if (write(request_.reply, &go, 1) != 1) return;
    close(request_.reply);
    while (true) {
      int status = 0;
      const pid_t thread = waitpid(-1, &status, __WALL);
      if (thread < 0 && errno == EINTR) continue;
      if (thread < 0) return;
      if (WIFSTOPPED(status)) {
        Stopped(thread, status);
      } else {
        Ended(thread);
      }
    }
  }

 private:
  // The thread goes on, with the signal that it was about to get.
  void Continue(pid_t thread, int signal = 0) {
    ptrace(PTRACE_CONT, thread, nullptr, static_cast<long>(signal));
  }

  void Stopped(pid_t thread, int status) {
    const int event = status >> 16;
    const int signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_SECCOMP) return AtCall(thread);
    if (event == PTRACE_EVENT_STOP) Came(thread);
    // The return of an execve(2) comes after it.
    if (event == PTRACE_EVENT_EXEC && Executed(thread) == returning_) return AtReturn(thread);
    if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
      ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);  // a group that SIGSTOP has stopped
      return;
    }
    if (event != 0) return Continue(thread);
    if (signal == (SIGTRAP | 0x80)) return AtReturn(thread);
    Continue(thread, signal);
  }

  // The thread that made the call: another than the process's first takes over its number.
  pid_t Executed(pid_t process) {
    if (process == runtime_ && !is_executed_) {
      is_executed_ = true;
      program_ = ProgramOf(process);
    }
    unsigned long former = 0;
    ptrace(PTRACE_GETEVENTMSG, process, nullptr, &former);
    return static_cast<pid_t>(former);
  }

  void Came(pid_t thread) {
    followed_.insert(thread);
    if (is_ended_) request_.core.GiveBack(thread);
    // Born while all others were killed.
    if (is_tree_killed_) KillCopy(thread);
  }

  void Ended(pid_t thread) {
    followed_.erase(thread);
    asking_.erase(thread);
    if (thread != runtime_) return;
    // What lives on is the container: it gets the cores that it would have without a supervisor.
    is_ended_ = true;
    for (const pid_t other : followed_) request_.core.GiveBack(other);
  }

  // A runtime that asks where it may run is told what it would be told without a supervisor: Go has
  // so many threads at work.
  void AtQuestion(pid_t thread) {
    request_.core.GiveBack(thread);
    asking_.insert(thread);
    ptrace(PTRACE_SYSCALL, thread, nullptr, nullptr);
  }

  void AtCall(pid_t thread) {
    const auto arguments = ReadCall(thread);
    if (arguments && arguments->number == kAffinityQuestion) return AtQuestion(thread);
    const WatchedCall* call = arguments ? FindWatched(arguments->number) : nullptr;
    // What comes before the first execve(2) is this project's own code.
    if (call == nullptr || !is_executed_) return Continue(thread);
    if (IsToOwnThread(thread, *call, *arguments)) return Continue(thread);
    const CallSubject subject = SubjectOf(request_.places, thread, *call, *arguments);
    const std::string verb = VerbOf(*call, subject.flags);
    SeenCall seen{.call = verb + " " + subject.kind,
                  .path = subject.path,
                  .is_effect = IsEffect(verb, subject.kind, subject.creates),
                  .number = arguments->number};
    seen.occurrence = ++counts_[seen.call];
    Note(seen);
    if (LastingError(seen) != 0) FailCall(thread, LastingError(seen));
    if (IsHit(seen)) return Act(thread, seen);
    Continue(thread);
  }

  // Of an injection for ever that others have followed.
  int LastingError(const SeenCall& seen) const {
    for (const Injection& lasting : lasting_) {
      if (lasting.call == seen.call) return lasting.error;
    }
    return 0;
  }

  // To the next of a sequence; false when there is none.
  bool Advance() {
    if (request_.then.empty()) {
      is_last_over_ = !request_.injection.lasting;
      shared_.passed = passed_ + 1;  // one for ever acts again and again
      return false;
    }
    shared_.passed = ++passed_;
    if (request_.injection.lasting) lasting_.push_back(request_.injection);
    request_.injection = request_.then.front();
    request_.then.erase(request_.then.begin());
    return true;
  }

  bool IsHit(const SeenCall& seen) const {
    const Injection& wanted = request_.injection;
    if (is_last_over_ || wanted.action == Action::kNothing) return false;
    if (seen.call != wanted.call) return false;
    return seen.occurrence == wanted.occurrence ||
           (wanted.lasting && seen.occurrence > wanted.occurrence);
  }

  // What a child of the runtime reaches when that has ended can not end it.
  bool IsTooLate() const {
    const Action action = request_.injection.action;
    const bool ends_runtime = action == Action::kKillBefore || action == Action::kKillAfter ||
                              action == Action::kTerminate;
    return ends_runtime && is_ended_;
  }

  void Act(pid_t thread, const SeenCall& seen) {
    // What can not be shortened is no point of this fault.
    const bool is_moot =
        request_.injection.action == Action::kShorten && !ShortenWrite(thread);
    if (is_moot || IsTooLate()) return Continue(thread);
    ++shared_.reached;
    switch (request_.injection.action) {
      case Action::kNothing:
      case Action::kShorten:
        break;
      case Action::kFail:
        FailCall(thread, request_.injection.error);
        break;
      case Action::kKillBefore:
        KillRuntime(thread);
        Advance();
        return;
      case Action::kKillAfter:
        returning_ = thread;
        ptrace(PTRACE_SYSCALL, thread, nullptr, nullptr);
        return;
      case Action::kTerminate:
        kill(runtime_, SIGTERM);
        break;
      case Action::kDelay:
        Await(kDelay);
        break;
      case Action::kHold:
        Hold();
        break;
    }
    // What comes next may be at the same call.
    if (Advance() && IsHit(seen)) return Act(thread, seen);
    Continue(thread);
  }

  void AtReturn(pid_t thread) {
    if (asking_.erase(thread) > 0) {
      if (!is_ended_) request_.core.Take(thread);
      return Continue(thread);
    }
    if (request_.injection.action == Action::kKillAfter) {
      KillRuntime(thread);
      Advance();
      return;
    }
    Continue(thread);
  }

  // What an engine that has lost its patience, or the kernel that is out of memory, ends: the
  // process that was called. What it has started lives on, as it would, also when it made the call:
  // a thread of the runtime itself dies on its way out of the stop, and does not execute it.
  // With whole_tree all processes that are the runtime's own die, as in a cgroup that is killed:
  // hooks and the container's program are none of them.
  void KillRuntime(pid_t thread) {
    if (!is_ended_) kill(runtime_, SIGKILL);
    is_tree_killed_ = request_.injection.whole_tree;
    if (is_tree_killed_) {
      for (const pid_t other : followed_) KillCopy(other);
    }
    Continue(thread);
  }

  void KillCopy(pid_t thread) const {
    if (IsCopy(ProgramOf(thread), program_)) kill(thread, SIGKILL);
  }

  void Hold() {
    shared_.held = 1;
    Await(kLongestHold);
    shared_.held = 0;
    eventfd_t released = 0;
    // The next hold of a sequence has a release of its own.
    if (!request_.then.empty()) eventfd_read(request_.release, &released);
  }

  // Until the caller releases the call, at most so long.
  void Await(std::chrono::milliseconds longest) {
    pollfd released{.fd = request_.release, .events = POLLIN, .revents = 0};
    poll(&released, 1, static_cast<int>(longest.count()));
  }

  void Note(const SeenCall& seen) {
    const std::string line = std::to_string(seen.occurrence) + "\t" +
                             (seen.is_effect ? "1" : "0") + "\t" +
                             std::to_string(seen.number) + "\t" + seen.call + "\t" + seen.path +
                             "\n";
    const std::uint32_t used = shared_.used;
    if (used + line.size() > Shared::kTextSize) {
      shared_.overflowed = true;
      return;
    }
    std::memcpy(shared_.text + used, line.data(), line.size());
    shared_.used = used + static_cast<std::uint32_t>(line.size());
  }

  TraceRequest request_;
  Shared& shared_;
  pid_t runtime_ = 0;
  bool is_executed_ = false;
  std::string program_;  // the runtime's
  bool is_tree_killed_ = false;
  bool is_ended_ = false;       // the runtime's process
  std::set<pid_t> followed_;    // threads, but for the runtime's first
  std::set<pid_t> asking_;      // between a question for its cores and the answer
  std::map<std::string, int> counts_;
  std::vector<Injection> lasting_;
  pid_t returning_ = 0;  // from the call after which the runtime is killed
  int passed_ = 0;
  bool is_last_over_ = false;
};

}  // namespace

void Trace(const TraceRequest& request) { Tracer(request).Run(); }

}  // namespace reapcheck::inject
