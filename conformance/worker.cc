#include "conformance/worker.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "conformance/deadline.h"
#include "conformance/embedded.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

using Clock = std::chrono::steady_clock;

// A process that got SIGKILL and is not frozen ends at once; one that the kernel holds never may.
constexpr std::chrono::seconds kDeath{5};

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void UnblockAllSignals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::string HowItEnded(int status) {
  if (WIFSIGNALED(status)) {
    return std::string("was ended by signal ") + std::to_string(WTERMSIG(status)) + " (" +
           strsignal(WTERMSIG(status)) + ")";
  }
  return "exited " + std::to_string(WEXITSTATUS(status)) + " without a result";
}

// Leaks that the case announced do not count.
void DropExpected(std::vector<Leak>& leaks, const std::vector<std::string>& expected) {
  std::erase_if(leaks, [&](const Leak& leak) {
    return std::ranges::any_of(expected, [&](const std::string& part) {
      return leak.detail.find(part) != std::string::npos;
    });
  });
}

void AddReason(CaseResult& result, const std::string& reason) {
  if (!result.reason.empty()) result.reason += "\n";
  result.reason += reason;
}

}  // namespace

Worker::Worker(WorkerSettings settings) : settings_(std::move(settings)) {}
Worker::~Worker() = default;

std::expected<std::unique_ptr<Worker>, std::string> Worker::Start(WorkerSettings settings) {
  std::unique_ptr<Worker> worker(new Worker(std::move(settings)));
  std::expected<Surroundings, std::string> entered = EnterLayout(worker->settings_.layout);
  if (!entered) return std::unexpected(entered.error());
  worker->surroundings_ = *entered;
  worker->hierarchies_ = MountedHierarchies();
  worker->payload_ = worker->surroundings_.directory + "/payload";
  if (!WriteText(worker->payload_, EmbeddedPayload(), 0755)) {
    return std::unexpected("can not write " + worker->payload_);
  }
  worker->activity_ = static_cast<char*>(mmap(nullptr, kActivitySize, PROT_READ | PROT_WRITE,
                                              MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGTERM);
  sigprocmask(SIG_BLOCK, &mask, nullptr);
  worker->signals_ = FileDescriptor(signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  worker->account_ = std::make_unique<LeakAccount>(worker->surroundings_, worker->hierarchies_);
  return worker;
}

void Worker::set_capabilities(std::vector<Capability> capabilities) {
  settings_.subject.capabilities = std::move(capabilities);
}

LabSettings Worker::SettingsFor(int number) const {
  // No tag is the beginning of another: cgroups are found by the tag in their names.
  std::string tag = settings_.tag + "-" + std::to_string(number) + "x";
  return {.tag = tag,
          .directory = surroundings_.directory + "/" + std::to_string(number),
          .payload = payload_,
          .layout = settings_.layout,
          .hierarchies = hierarchies_,
          .subject = settings_.subject,
          .activity = activity_};
}

// A runtime may have frozen the case's own process: then SIGKILL waits until it is thawed.
bool Worker::EndsNow(int pidfd, const std::string& tag) const {
  Deadline deadline = Deadline::After(kDeath);
  while (!deadline.Expired()) {
    pollfd request{.fd = pidfd, .events = POLLIN, .revents = 0};
    constexpr int kStepMilliseconds = 20;
    if (poll(&request, 1, kStepMilliseconds) > 0) return true;
    for (const Hierarchy& hierarchy : hierarchies_) {
      for (const std::string& dir : FindCgroups(hierarchy, tag)) {
        SetFreezer(dir, false, Deadline::After({}));
      }
    }
  }
  return false;
}

std::expected<std::string, std::string> Worker::WaitFor(pid_t pid, const std::string& tag,
                                                        int result) {
  FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  Deadline deadline = Deadline::After(settings_.case_timeout);
  std::string cut;
  while (true) {
    pollfd requests[] = {{.fd = pidfd.get(), .events = POLLIN, .revents = 0},
                         {.fd = signals_.get(), .events = POLLIN, .revents = 0}};
    int ready = poll(requests, 2, static_cast<int>(deadline.Remaining().count()));
    if (ready < 0 && errno == EINTR) continue;
    if (requests[0].revents != 0) break;
    stopped_ = requests[1].revents != 0;
    cut = stopped_ ? "stopped"
                   : "no result in " + std::to_string(settings_.case_timeout.count() / 1000) +
                         " s, " + activity_;
    kill(pid, SIGKILL);
    break;
  }
  int status = 0;
  if (!cut.empty() && !EndsNow(pidfd.get(), tag)) {
    usable_ = false;
    return std::unexpected(cut + "; its process can not be killed");
  }
  waitpid(pid, &status, 0);
  if (!cut.empty()) return std::unexpected(cut);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return std::unexpected("its process " + HowItEnded(status));
  }
  lseek(result, 0, SEEK_SET);
  return ReadAll(result);
}

std::expected<std::string, std::string> Worker::RunInLab(
    int number, const std::function<std::string(const LabSettings&)>& body) {
  LabSettings lab = SettingsFor(number);
  activity_[0] = '\0';
  FileDescriptor result(memfd_create("result", MFD_CLOEXEC));
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    UnblockAllSignals();
    bool told = WriteAll(result.get(), body(lab));
    _exit(told ? 0 : 1);
  }
  if (pid < 0) return std::unexpected(std::string("fork: ") + strerror(errno));
  std::expected<std::string, std::string> text = WaitFor(pid, lab.tag, result.get());
  leaks_ = text ? account_->Find(lab.tag, lab.directory) : std::vector<Leak>{};
  cleaning_failed_ = account_->Remove(lab.tag, lab.directory);
  usable_ = usable_ && account_->MountsThatVanished().empty();
  return text;
}

CaseResult Worker::RunCase(const Case& entry, int number) {
  CaseResult result{.name = entry.FullName(),
                    .level = entry.info.level,
                    .cites = entry.info.cites,
                    .claim = entry.info.claim};
  Clock::time_point began = Clock::now();
  auto text = RunInLab(number, [&](const LabSettings& lab) {
    return ToJsonText(entry.run ? entry.run(lab) : RunCaseHere(entry, lab));
  });
  std::optional<CaseOutcome> outcome = text ? ParseCaseOutcome(*text) : std::nullopt;
  if (outcome) {
    result.verdict = outcome->verdict;
    result.reason = outcome->reason;
    result.inside_ms = static_cast<double>(outcome->inside.count()) / 1000;
    DropExpected(leaks_, outcome->expected_leaks);
  } else {
    result.reason = "the case: " + (text ? "it wrote no result" : text.error());
  }
  if (!leaks_.empty() && result.verdict != Verdict::kBroken) {
    result.verdict = Verdict::kFail;
    AddReason(result, "leaked: " + Describe(leaks_));
  }
  if (!cleaning_failed_.empty()) {
    result.verdict = Verdict::kBroken;
    AddReason(result, cleaning_failed_);
  }
  result.duration_ms = MillisecondsSince(began);
  result.bad_runs = result.verdict == Verdict::kPass || result.verdict == Verdict::kSkip ? 0 : 1;
  return result;
}

}  // namespace reapcheck::conformance
