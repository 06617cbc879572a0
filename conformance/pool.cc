#include "conformance/pool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "conformance/deadline.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kWorkerCleanUp{20};  // after SIGTERM, before SIGKILL

// Numbers that make tags unique: cases of all columns, then what comes on top.
int NumberOf(const std::vector<Column>& columns, std::size_t column, std::size_t index) {
  std::size_t number = 1;
  for (std::size_t i = 0; i < column; ++i) number += columns[i].queue.size();
  return static_cast<int>(number + index);
}

Json ToJson(const CaseResult& result) {
  return {{"verdict", VerdictName(result.verdict)},
          {"reason", result.reason},
          {"duration_ms", result.duration_ms},
          {"inside_ms", result.inside_ms},
          {"bad_runs", result.bad_runs}};
}

CaseResult ResultOf(const Case& entry, const Json& message) {
  return {.name = entry.FullName(),
          .level = entry.info.level,
          .cites = entry.info.cites,
          .claim = entry.info.claim,
          .verdict = ParseVerdict(message.value("verdict", "")).value_or(Verdict::kBroken),
          .reason = message.value("reason", ""),
          .duration_ms = message.value("duration_ms", 0.0),
          .inside_ms = message.value("inside_ms", 0.0),
          .bad_runs = message.value("bad_runs", 0)};
}

CaseResult BrokenResult(const Case& entry, const std::string& reason) {
  return ResultOf(entry, {{"verdict", "broken"}, {"reason", reason}, {"bad_runs", 1}});
}

void Tell(int fd, const Json& message) {
  WriteAll(fd, message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

using Counter = std::atomic<std::size_t>;
static_assert(Counter::is_always_lock_free);  // shared between processes

// The worker's side: does not return.
[[noreturn]] void WorkOff(const std::vector<Column>& columns, std::size_t column, Counter& next,
                          int out) {
  auto worker = Worker::Start(columns[column].settings);
  const std::vector<const Case*>& queue = columns[column].queue;
  while (!worker || !(*worker)->stopped()) {
    std::size_t index = next.fetch_add(1);
    if (index >= queue.size()) break;
    Tell(out, {{"begin", index}});
    CaseResult result =
        worker ? (*worker)->RunCase(*queue[index], NumberOf(columns, column, index))
               : BrokenResult(*queue[index], "the worker: " + worker.error());
    if (worker && (*worker)->stopped()) break;
    bool usable = !worker || (*worker)->usable();
    Tell(out, {{"end", index}, {"result", ToJson(result)}});
    if (!usable) break;  // the orchestrator starts another in its place
  }
  _exit(0);
}

std::string HowItEnded(int status) {
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                             : "exit " + std::to_string(WEXITSTATUS(status));
}

struct Slot {
  pid_t pid = -1;
  std::size_t column = 0;
  FileDescriptor in;
  std::string buffer;
  std::optional<std::size_t> under_way;  // index in the queue
  bool began = false;                    // at least one case
};

class Pool {
 public:
  Pool(const std::vector<Column>& columns, const PoolEvents& events)
      : columns_(columns), events_(events), foreign_(Descendants(getpid())) {
    for (const Column& column : columns) told_.emplace_back(column.queue.size(), false);
    std::size_t size = sizeof(Counter) * std::max<std::size_t>(columns.size(), 1);
    void* memory =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    counters_ = static_cast<Counter*>(memory);
    for (std::size_t i = 0; i < columns.size(); ++i) new (&counters_[i]) Counter(0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t mask;
    sigemptyset(&mask);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&mask, signal);
    sigprocmask(SIG_BLOCK, &mask, nullptr);  // for good: what follows is cleaning up
    signals_ = FileDescriptor(signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  // "" or why it did not come to its end.
  std::string Run(int jobs) {
    slots_.resize(static_cast<std::size_t>(std::max(jobs, 1)));
    for (Slot& slot : slots_) StartNext(slot);
    while (problem_.empty() && AnyRuns()) {
      if (!WaitOnce()) problem_ = "interrupted; everything was cleaned up";
    }
    if (!problem_.empty()) {
      StopAll();
    } else {
      TellLost();
    }
    return problem_;
  }

 private:
  bool AnyRuns() const {
    return std::ranges::any_of(slots_, [](const Slot& slot) { return slot.pid > 0; });
  }

  void StartNext(Slot& slot) {
    slot.pid = -1;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      if (counters_[column].load() < columns_[column].queue.size()) return Start(slot, column);
    }
  }

  void Start(Slot& slot, std::size_t column) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return CanNotStart("pipe");
    slot.in = FileDescriptor(ends[0]);
    FileDescriptor out(ends[1]);
    slot.column = column;
    slot.buffer.clear();
    slot.under_way.reset();
    slot.began = false;
    slot.pid = fork();
    if (slot.pid < 0) return CanNotStart("fork");
    if (slot.pid > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setpgid(0, 0);  // the terminal's Ctrl-C goes to the orchestrator alone
    WorkOff(columns_, column, counters_[column], out.get());
  }

  void CanNotStart(const std::string& call) {
    problem_ = "can not make a worker: " + call + ": " + strerror(errno);
  }

  // False when a signal asked for the end.
  bool WaitOnce() {
    std::vector<pollfd> requests{{.fd = signals_.get(), .events = POLLIN, .revents = 0}};
    for (const Slot& slot : slots_) {
      requests.push_back({.fd = slot.pid > 0 ? slot.in.get() : -1, .events = POLLIN, .revents = 0});
    }
    if (poll(requests.data(), requests.size(), -1) < 0) return errno == EINTR;
    if (requests[0].revents != 0) return false;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (requests[i + 1].revents != 0) Receive(slots_[i]);
    }
    return true;
  }

  void Receive(Slot& slot) {
    char chunk[16384];
    ssize_t size = read(slot.in.get(), chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) return;
    if (size <= 0) return Ended(slot);
    slot.buffer.append(chunk, static_cast<std::size_t>(size));
    for (std::size_t end; (end = slot.buffer.find('\n')) != std::string::npos;) {
      Handle(slot, slot.buffer.substr(0, end));
      slot.buffer.erase(0, end + 1);
    }
  }

  void Handle(Slot& slot, const std::string& line) {
    Json message = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!message.is_object()) return;
    const std::vector<const Case*>& queue = columns_[slot.column].queue;
    if (message.contains("begin")) {
      slot.under_way = message["begin"].get<std::size_t>();
      slot.began = true;
      events_.began(slot.column, *queue[*slot.under_way]);
      return;
    }
    std::size_t index = message["end"].get<std::size_t>();
    Conclude(slot.column, index, ResultOf(*queue[index], message["result"]));
    slot.under_way.reset();
  }

  void Conclude(std::size_t column, std::size_t index, const CaseResult& result) {
    told_[column][index] = true;
    events_.ended(column, result);
  }

  // A worker may have died between taking a case and saying so: no case goes without a verdict.
  void TellLost() {
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      const std::vector<const Case*>& queue = columns_[column].queue;
      for (std::size_t i = 0; i < queue.size(); ++i) {
        if (!told_[column][i]) Conclude(column, i, BrokenResult(*queue[i], "no worker ran it"));
      }
    }
  }

  void Ended(Slot& slot) {
    int status = 0;
    waitpid(slot.pid, &status, 0);
    slot.pid = -1;
    if (slot.under_way) {
      const Case& entry = *columns_[slot.column].queue[*slot.under_way];
      Conclude(slot.column, *slot.under_way,
               BrokenResult(entry, "the worker ended with " + HowItEnded(status)));
    }
    KillOrphans();
    // Another would end in the same way, and another, without end.
    if (!slot.began && status != 0) {
      problem_ = "a worker ended before its first case, with " + HowItEnded(status);
      return;
    }
    StartNext(slot);
  }

  // What a dead worker left is now a child of this process; living workers keep their own, and
  // what was there before (`sleep 9 & exec reapcheck`) is none of it.
  void KillOrphans() {
    std::set<pid_t> kept;
    for (const Slot& slot : slots_) kept.insert(slot.pid);
    std::vector<ProcessInfo> all = Descendants(getpid());
    for (const ProcessInfo& process : all) {
      bool foreign = std::ranges::count(foreign_, process.id, &ProcessInfo::id) > 0;
      if (foreign) kept.insert(process.id.pid);
    }
    bool grew = true;
    while (grew) {
      grew = false;
      for (const ProcessInfo& process : all) {
        if (kept.contains(process.parent)) grew = kept.insert(process.id.pid).second || grew;
      }
    }
    for (const ProcessInfo& process : all) {
      if (kept.contains(process.id.pid)) continue;
      SendSignal(process.id, SIGKILL);
      waitpid(process.id.pid, nullptr, WNOHANG);
    }
  }

  void StopAll() {
    for (const Slot& slot : slots_) {
      if (slot.pid > 0) kill(slot.pid, SIGTERM);
    }
    Deadline deadline = Deadline::After(kWorkerCleanUp);
    for (Slot& slot : slots_) {
      while (slot.pid > 0 && waitpid(slot.pid, nullptr, WNOHANG) == 0) {
        if (deadline.Expired()) kill(slot.pid, SIGKILL);
        poll(nullptr, 0, 1);
      }
      slot.pid = -1;
    }
    KillOrphans();
  }

  const std::vector<Column>& columns_;
  const PoolEvents& events_;
  Counter* counters_ = nullptr;
  FileDescriptor signals_;
  std::vector<Slot> slots_;
  std::vector<ProcessInfo> foreign_;     // descendants from before the first worker
  std::vector<std::vector<bool>> told_;  // by column and place in the queue: it has a result
  std::string problem_;
};

}  // namespace

std::string RunPool(const std::vector<Column>& columns, int jobs, const PoolEvents& events) {
  return Pool(columns, events).Run(jobs);
}

}  // namespace reapcheck::conformance
