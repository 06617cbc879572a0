#include "conformance/subject.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "conformance/deadline.h"
#include "conformance/inject/injector.h"
#include "conformance/inject/watched_call.h"
#include "conformance/lab_impl.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

using Clock = std::chrono::steady_clock;

std::string Join(const Arguments& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += " ";
    text += word.empty() ? "''" : word;
  }
  return text;
}

std::vector<char*> Pointers(const Arguments& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Arguments EnvironmentWith(const Arguments& extra) {
  Arguments all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  all.insert(all.end(), extra.begin(), extra.end());
  return all;
}

struct ChildSetup {
  const char* binary;
  char** argv;
  char** environment;
  const char* working_directory;
  int in, out, err;
  int barrier = -1;  // the exec waits for one byte from it
  bool keep_descriptors = false;
  const inject::Injector* injector = nullptr;  // that its system calls stop for
};

// The child's side. Only system calls: with vfork(2) it runs in the parent's memory.
[[noreturn]] void BecomeRuntime(const ChildSetup& launch) {
  char byte;
  if (launch.barrier >= 0 && read(launch.barrier, &byte, 1) != 1) _exit(127);
  setpgid(0, 0);  // a runtime that signals process 0, its group, hits only itself
  dup2(launch.in, 0);
  dup2(launch.out, 1);
  dup2(launch.err, 2);
  if (!launch.keep_descriptors) close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const bool is_ready = launch.injector == nullptr || launch.injector->Attach();
  if (is_ready && chdir(launch.working_directory) == 0) {
    execve(launch.binary, launch.argv, launch.environment);
  }
  _exit(127);
}

[[gnu::noinline]] pid_t Spawn(const ChildSetup& launch) {
  pid_t pid = launch.barrier >= 0 ? fork() : vfork();
  if (pid == 0) BecomeRuntime(launch);
  return pid;
}

FileDescriptor OpenOutput(const std::string& path) {
  return FileDescriptor(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
}

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::size_t line = text.rfind('\n');
  if (line != std::string::npos) text = text.substr(line + 1);
  constexpr std::size_t kShown = 300;
  return text.size() > kShown ? text.substr(0, kShown) + "..." : text;
}

}  // namespace

bool Invocation::refused() const {
  constexpr int kGoPanic = 2, kRustPanic = 101;
  constexpr int kNotExecuted = 126;  // 126, 127: the shell's and our own "could not be executed"
  return exit_code > 0 && !timed_out &&
         (exit_code != kGoPanic || err.find("goroutine ") == std::string::npos) &&
         (exit_code != kRustPanic || err.find("panicked at") == std::string::npos) &&
         exit_code != kNotExecuted && exit_code != kNotExecuted + 1;
}

std::string Invocation::Describe() const {
  std::string text = "`" + command + "` ";
  if (timed_out) {
    text += "gave no answer in " + std::to_string(duration.count() / 1000000) + " s";
  } else if (signal != 0) {
    text += "was ended by signal " + std::to_string(signal);
  } else {
    text += "exited " + std::to_string(exit_code);
  }
  if (!err.empty()) text += ": " + LastLine(err);
  return text;
}

// --- A call of the runtime ---

struct Subject::Impl {
  Settings settings;
  Lab& lab;
  int active = 0;
  Clock::time_point active_since;
  std::chrono::microseconds inside{0};

  void Began() {
    if (active++ == 0) active_since = Clock::now();
  }
  void Ended(Clock::time_point when) {
    if (--active > 0) return;
    inside += std::chrono::duration_cast<std::chrono::microseconds>(when - active_since);
  }
};

struct PendingInvocation::Call {
  Subject::Impl* subject;
  pid_t pid = -1;
  std::string command;
  FileDescriptor out, err;
  Clock::time_point began;
  Deadline deadline;
  bool may_hang;
  bool ended = false;

  Lab::Impl& lab() const { return subject->lab.impl(); }
  std::optional<Reaper::Record> End() const { return lab().reaper.EndOfOwn(pid); }
};

PendingInvocation::PendingInvocation(std::unique_ptr<Call> call) : call_(std::move(call)) {}
PendingInvocation::PendingInvocation(PendingInvocation&&) noexcept = default;
PendingInvocation& PendingInvocation::operator=(PendingInvocation&&) noexcept = default;

PendingInvocation::~PendingInvocation() {
  if (call_ && !call_->ended) {
    KillTree();
    call_->may_hang = true;
    Finish();
  }
}

pid_t PendingInvocation::pid() const { return call_->pid; }

bool PendingInvocation::Running() const {
  call_->lab().reaper.Reap();
  return !call_->End();
}

void PendingInvocation::Signal(int number) const {
  if (Running()) kill(call_->pid, number);
}

void PendingInvocation::KillTree() {
  if (!Running()) return;
  // Children first listed, then killed: without their parent they could not be found any more.
  std::vector<ProcessInfo> tree = Descendants(call_->pid);
  kill(call_->pid, SIGKILL);
  for (const ProcessInfo& process : tree) SendSignal(process.id, SIGKILL);
}

Invocation PendingInvocation::Finish() {
  Lab::Impl& lab = call_->lab();
  NoteActivity(lab, call_->command);
  Invocation result{.command = call_->command};
  auto ended = [&] { return call_->End().has_value(); };
  if (!AwaitQuietly(lab, call_->deadline.Remaining(), ended)) {
    result.timed_out = true;
    KillTree();
    constexpr std::chrono::seconds kDeath{5};  // SIGKILL is on its way
    if (!AwaitQuietly(lab, kDeath, ended)) {
      throw LabBroken("`" + call_->command + "` can not be killed");
    }
  }
  Reaper::Record end = *call_->End();
  call_->ended = true;
  lab.invocations.erase(call_->pid);
  call_->subject->Ended(end.when);
  if (end.exited && !result.timed_out) result.exit_code = end.code;
  result.signal = end.signal;
  result.duration = std::chrono::duration_cast<std::chrono::microseconds>(end.when - call_->began);
  lseek(call_->out.get(), 0, SEEK_SET);
  lseek(call_->err.get(), 0, SEEK_SET);
  result.out = ReadAll(call_->out.get());
  result.err = ReadAll(call_->err.get());
  if (result.timed_out && !call_->may_hang) {
    lab.hung = true;
    FailCase("no answer in " + std::to_string(result.duration.count() / 1000000) + " s: `" +
             call_->command + "`");
  }
  return result;
}

// --- The subject ---

Subject::Subject(Settings settings, Lab& lab)
    : impl_(std::make_unique<Impl>(Impl{.settings = std::move(settings), .lab = lab})) {}
Subject::~Subject() = default;

const std::string& Subject::name() const { return impl_->settings.name; }
const std::string& Subject::binary() const { return impl_->settings.argv.front(); }

bool Subject::Can(Capability capability) const {
  return std::ranges::count(impl_->settings.capabilities, capability) > 0;
}

Arguments Subject::CommandLine(const Arguments& arguments) const {
  Arguments words = impl_->settings.argv;
  words.insert(words.end(), {"--root", impl_->lab.root()});
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

PendingInvocation Subject::Launch(const Arguments& arguments, const InvocationOptions& options,
                                  int barrier) {
  Lab::Impl& lab = impl_->lab.impl();
  Arguments words = options.pass_root ? CommandLine(arguments) : impl_->settings.argv;
  if (!options.pass_root) words.insert(words.end(), arguments.begin(), arguments.end());
  Arguments environment = EnvironmentWith(options.extra_environment);
  std::string output = lab.output + "/" + std::to_string(lab.next_output++);
  auto timeout = options.timeout.value_or(impl_->settings.timeout);
  auto call = std::make_unique<PendingInvocation::Call>(PendingInvocation::Call{
      .subject = impl_.get(),
      .command = name() + " " + Join(arguments),
      .out = OpenOutput(output + ".out"),
      .err = OpenOutput(output + ".err"),
      .began = Clock::now(),
      .deadline = Deadline::After(timeout),
      .may_hang = options.may_hang});
  if (!call->out || !call->err) throw LabBroken("can not write " + output);
  FileDescriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::string directory =
      options.working_directory.empty() ? lab.settings.directory : options.working_directory;
  std::vector<char*> argv = Pointers(words), env = Pointers(environment);
  if (options.injector) Supervise(*options.injector);
  impl_->Began();
  call->pid = Spawn({.binary = words.front().c_str(),
                     .argv = argv.data(),
                     .environment = env.data(),
                     .working_directory = directory.c_str(),
                     .in = null.get(),
                     .out = call->out.get(),
                     .err = call->err.get(),
                     .barrier = barrier,
                     .keep_descriptors = options.keep_descriptors,
                     .injector = options.injector.get()});
  if (call->pid < 0) throw LabBroken(std::string("fork: ") + strerror(errno));
  lab.reaper.Own(call->pid);
  lab.invocations.insert(call->pid);
  return PendingInvocation(std::move(call));
}

void Subject::Supervise(inject::Injector& injector) {
  Lab::Impl& lab = impl_->lab.impl();
  const pid_t supervisor = injector.Supervise();
  if (supervisor < 0) throw LabBroken(std::string("fork: ") + strerror(errno));
  lab.reaper.Own(supervisor);
  // Until the container's init ends: its own processes are no leak of the runtime.
  lab.own_processes.insert(impl_->lab.Identify(supervisor));
}

PendingInvocation Subject::Begin(const Arguments& arguments, const InvocationOptions& options) {
  return Launch(arguments, options, -1);
}

Invocation Subject::Run(const Arguments& arguments, const InvocationOptions& options) {
  return Launch(arguments, options, -1).Finish();
}

std::vector<Invocation> Subject::AtOnce(const std::vector<Arguments>& calls,
                                        const InvocationOptions& options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw LabBroken("pipe: no start barrier");
  FileDescriptor barrier(ends[0]), release(ends[1]);
  std::vector<PendingInvocation> pending;
  for (const Arguments& call : calls) pending.push_back(Launch(call, options, barrier.get()));
  if (!WriteAll(release.get(), std::string(calls.size(), 'x'))) throw LabBroken("start barrier");
  std::vector<Invocation> results;
  for (PendingInvocation& call : pending) results.push_back(call.Finish());
  return results;
}

std::chrono::microseconds Subject::time_inside() const { return impl_->inside; }

}  // namespace reapcheck::conformance
