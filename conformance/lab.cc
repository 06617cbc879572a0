#include "conformance/lab.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "conformance/case_end.h"
#include "conformance/deadline.h"
#include "conformance/hook_log.h"
#include "conformance/lab_impl.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {

namespace {

// The kernel says when a child ends; files and states have to be asked for. Short at first: most
// things come at once.
constexpr std::chrono::microseconds kFirstStep{100};
constexpr std::chrono::microseconds kLongestStep{5000};

// SigPnd and ShdPnd of proc_pid_status(5).
bool SignalPending(pid_t pid) {
  std::istringstream in(ReadText("/proc/" + std::to_string(pid) + "/status").value_or(""));
  bool pending = false;
  for (std::string key, value; in >> key && std::getline(in, value);) {
    bool set = key == "SigPnd:" || key == "ShdPnd:";
    pending = pending || (set && value.find_first_not_of("0\t ") != std::string::npos);
  }
  return pending;
}

// PF_EXITING among the flags of proc_pid_stat(5): it is on its way out, and no zombie yet.
bool Exiting(pid_t pid) {
  std::string stat = ReadText("/proc/" + std::to_string(pid) + "/stat").value_or("");
  std::istringstream in(stat.substr(std::min(stat.rfind(')'), stat.size() - 1) + 1));
  std::string skipped;
  for (int field = 3; field < 9; ++field) in >> skipped;
  unsigned long flags = 0;
  in >> flags;
  constexpr unsigned long kExiting = 4;
  return (flags & kExiting) != 0;
}

}  // namespace

void FailCase(const std::string& reason) {
  ADD_FAILURE() << reason;
  throw CaseStopped();
}

void NoteActivity(Lab::Impl& lab, const std::string& text) {
  if (lab.settings.activity == nullptr) return;
  std::size_t size = std::min(text.size(), kActivitySize - 1);
  std::memcpy(lab.settings.activity, text.data(), size);
  lab.settings.activity[size] = '\0';
}

bool AwaitQuietly(Lab::Impl& lab, std::chrono::milliseconds timeout,
                  const std::function<bool()>& condition) {
  Deadline deadline = Deadline::After(timeout);
  std::chrono::microseconds step = kFirstStep;
  while (true) {
    lab.reaper.Reap();
    if (condition()) return true;
    if (deadline.Expired()) return false;
    lab.reaper.WaitForChange(std::min<std::chrono::microseconds>(step, deadline.Remaining()));
    step = std::min(step * 2, kLongestStep);
  }
}

Lab::Lab(const LabSettings& settings) : impl_(std::make_unique<Impl>(settings)) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string& directory = settings.directory;
  impl_->root = directory + "/root";
  impl_->share = directory + "/share";
  impl_->scratch = directory + "/scratch";
  impl_->bundles = directory + "/bundles";
  impl_->output = directory + "/output";
  for (const char* name : {"", "/root", "/share", "/scratch", "/bundles", "/output"}) {
    if (mkdir((directory + name).c_str(), 0755) != 0) {
      throw LabBroken("mkdir " + directory + name + ": " + strerror(errno));
    }
  }
  chmod(impl_->share.c_str(), 0777);  // a container with user mappings writes here too
  impl_->subject = std::make_unique<Subject>(settings.subject, *this);
}

Lab::~Lab() = default;

Subject& Lab::runtime() { return *impl_->subject; }
const std::string& Lab::tag() const { return impl_->settings.tag; }
std::string Lab::Id(const std::string& name) const { return tag() + "-" + name; }
const std::string& Lab::root() const { return impl_->root; }
const std::string& Lab::share() const { return impl_->share; }
const std::string& Lab::scratch() const { return impl_->scratch; }
std::string Lab::PayloadPath() const { return impl_->settings.payload; }
CgroupLayout Lab::layout() const { return impl_->settings.layout; }

std::string Lab::RecordDirectory(const Container& container) const {
  return root() + "/" + container.id;
}

// --- Waiting ---

bool Lab::Await(const std::string& what, const std::function<bool()>& condition,
                std::optional<std::chrono::milliseconds> timeout) {
  auto limit = timeout.value_or(impl_->settings.subject.timeout);
  NoteActivity(*impl_, "waiting for " + what);
  if (AwaitQuietly(*impl_, limit, condition)) return true;
  ADD_FAILURE() << "not within " << limit.count() / 1000.0 << " s: " << what;
  return false;
}

bool Lab::AwaitFile(const std::string& name) {
  return Await("file " + name + " in the share", [&] { return HasFile(name); });
}

bool Lab::AwaitReady(const Container& container) {
  return Await("the program of " + container.name + " is ready",
               [&] { return HasFile(container.name + ".ready"); });
}

bool Lab::AwaitDead(const ProcessId& process) {
  return Await("process " + std::to_string(process.pid) + " is dead",
               [&] { return !Alive(process); });
}

bool Lab::AwaitStatus(const Container& container, const std::string& status) {
  return Await("status of " + container.name + " is " + status,
               [&] { return runtime().Status(container.id) == status; });
}

void Lab::Nap(std::chrono::milliseconds duration) {
  AwaitQuietly(*impl_, duration, [] { return false; });
}

// --- Files of the payload ---

bool Lab::HasFile(const std::string& name) const { return Exists(share() + "/" + name); }

std::string Lab::ReadFile(const std::string& name) const {
  return ReadText(share() + "/" + name).value_or("");
}

void Lab::WriteFile(const std::string& name, const std::string& text) {
  if (!WriteText(share() + "/" + name, text, 0666)) throw LabBroken("can not write " + name);
}

std::vector<int> Lab::SignalsSeen(const Container& container) const {
  std::vector<int> signals;
  std::istringstream in(ReadFile(container.name + ".signals"));
  for (int number = 0; in >> number;) signals.push_back(number);
  return signals;
}

std::vector<HookRecord> Lab::Hooks() const { return ParseHookLog(ReadFile("hooks.log")); }

// --- Processes ---

bool Lab::Alive(const ProcessId& process) const {
  std::optional<ProcessInfo> now = ReadProcess(process.pid);
  return now && now->id == process && now->alive();
}

bool Lab::Unhurt(const ProcessId& process) const {
  // In this order: a signal that is taken off the list meanwhile shows in what is read next.
  bool hit = SignalPending(process.pid) || Exiting(process.pid);
  std::optional<ProcessInfo> now = ReadProcess(process.pid);
  return !hit && now && now->id == process && now->alive() && now->state != 'T';
}

std::optional<ProcessInfo> Lab::Inspect(pid_t pid) const { return ReadProcess(pid); }

ProcessId Lab::Identify(pid_t pid) const {
  std::optional<ProcessInfo> info = ReadProcess(pid);
  return info ? info->id : ProcessId{.pid = pid};
}

std::optional<Ending> Lab::EndingOf(const ProcessId& process) {
  impl_->reaper.Reap();
  std::optional<Reaper::Record> record = impl_->reaper.EndOf(process);
  if (!record) return std::nullopt;
  return Ending{.exited = record->exited, .code = record->code, .signal = record->signal};
}

void Lab::SetReaping(bool on) {
  impl_->reaper.set_reaps_orphans(on);
  impl_->reaper.Reap();
}

void Lab::ExpectLeak(const std::string& part, [[maybe_unused]] const std::string& why) {
  impl_->expected_leaks.push_back(part);
}

}  // namespace reapcheck::conformance
