#include <fcntl.h>

#include <algorithm>
#include <sstream>

#include "sim/differential_runner.h"

namespace reapcheck::sim {
namespace {

// A pid above any that Linux gives.
constexpr Pid kNoProcess{0x3fffffff};

// Operands below it mean something that is there.
constexpr std::uint8_t kMostly = 230;

// "l" is a link to "a", and "m" one to nothing.
constexpr const char* kPaths[] = {"a",   "b", "a/b", "a",    "b",     "b/a", "l",
                                  "l/b", "m", "c",   "a/..", "a/b/c", "b/."};

}  // namespace

InstructionRunner::InstructionRunner(ContractLab& lab, LabLayout layout)
    : lab_(lab), kernel_(lab.kernel()), layout_(layout) {
  const int flags = O_RDONLY | O_DIRECTORY;
  root_ = kernel_.OpenAt(kCwd, lab.root(), flags, 0).value();
  cgroup_ = kernel_.OpenAt(kCwd, lab.cgroup(), flags, 0).value();
  lab.AddSymlink("l", "a");
  lab.AddSymlink("m", "none");
}

// One that is not gone, if there is any, most of the time.
int InstructionRunner::ProcessAt(std::uint8_t number) const {
  const std::size_t count = processes_.size();
  if (count == 0) return -1;
  for (std::size_t i = 0; i < count && number < kMostly; ++i) {
    const std::size_t at = (number + i) % count;
    if (processes_[at].state != State::kGone) return static_cast<int>(at);
  }
  return static_cast<int>(number % count);
}

// One that is open, if there is any, most of the time.
std::size_t InstructionRunner::SlotIndex(std::uint8_t number) const {
  for (std::size_t i = 0; i < slots_.size() && number < kMostly; ++i) {
    const std::size_t at = (number + i) % slots_.size();
    if (slots_[at].fd) return at;
  }
  return number % slots_.size();
}

Pid InstructionRunner::PidAt(std::uint8_t number) const {
  const int process = ProcessAt(number);
  // Its pid may be another's by now, whom a test must not touch.
  if (process < 0 || processes_[process].state == State::kGone) return kNoProcess;
  return processes_[process].pid;
}

std::string InstructionRunner::ProcessName(std::uint8_t number) const {
  const int process = ProcessAt(number);
  return process < 0 ? "nobody" : "p" + std::to_string(process);
}

// The youngest that has the pid.
std::string InstructionRunner::NameOf(Pid pid) const {
  for (std::size_t i = processes_.size(); i > 0; --i) {
    if (processes_[i - 1].pid == pid) return "p" + std::to_string(i - 1);
  }
  return "another";
}

std::string InstructionRunner::WithNames(const std::string& pids) const {
  std::istringstream in(pids);
  std::vector<std::string> names;
  for (pid_t pid = 0; in >> pid;) names.push_back(NameOf(Pid{pid}));
  if (names.empty()) return pids.empty() ? "nobody" : pids;  // an errno's name
  std::ranges::sort(names);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

const InstructionRunner::Slot* InstructionRunner::SlotOf(Kind kind, std::uint8_t number) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[(number + i) % slots_.size()];
    if (slot.fd && slot.kind == kind) return &slot;
  }
  return nullptr;
}

InstructionRunner::Place InstructionRunner::FileAt(std::uint8_t path, std::uint8_t dir) const {
  const std::string name = kPaths[path % std::size(kPaths)];
  const Slot& slot = SlotAt(dir);
  // Mostly the root, so that programs meet again at the same names. Names in cgroups have calls
  // of their own.
  if (dir % 4 != 0 || !slot.fd || slot.kind != Kind::kFile) return {root_.get(), name, name};
  return {slot.fd.get(), name, FdText(dir) + ":" + name};
}

}  // namespace reapcheck::sim
