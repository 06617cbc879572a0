// What all sequences of a property share in the simulator.
#include <fcntl.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "conformance/property/sim_machine.h"
#include "runtime/file_text.h"
#include "runtime/record.h"

namespace reapcheck::property {
namespace {

using scenario::Operation;
using scenario::Role;
using scenario::Verb;
using Json = nlohmann::json;

// Where processes wrap is where pids are used again: not far.
constexpr int kSmallPidSpace = 64;

// All that a step can ask for, in the order of their programs.
const std::vector<Operation>& AllOperations() {
  static const std::vector<Operation> all = {
      {.verb = Verb::kCreate},
      {.verb = Verb::kStart},
      {.verb = Verb::kKill, .signal = "KILL"},
      {.verb = Verb::kKill, .signal = "TERM"},
      {.verb = Verb::kKill, .signal = "0"},
      {.verb = Verb::kKill, .signal = "WINCH"},
      {.verb = Verb::kKill, .signal = "NOSUCH"},
      {.verb = Verb::kDelete},
      {.verb = Verb::kDelete, .force = true},
      {.verb = Verb::kState},
      {.verb = Verb::kPause},
      {.verb = Verb::kResume},
  };
  return all;
}

bool IsSame(const Operation& a, const Operation& b) {
  return a.verb == b.verb && a.force == b.force &&
         (a.verb != Verb::kKill || a.signal == b.signal);
}

std::string PathOf(const char* file) {
  return std::string(scenario::kRoot) + "/" + Operation{}.id + "/" + file;
}

std::string StatePath() { return PathOf(kStateFile); }

int LoseState(sim::ProgramKernel& kernel) {
  return kernel.UnlinkAt(kCwd, StatePath(), 0).has_value() ? 0 : 1;
}

int CutState(sim::ProgramKernel& kernel) {
  auto text = ReadFileText(kernel, kCwd, StatePath());
  if (!text) return 1;
  auto file = kernel.OpenAt(kCwd, StatePath(), O_WRONLY | O_TRUNC, 0);
  if (!file) return 1;
  return kernel.Write(file->get(), text->substr(0, text->size() / 2)).has_value() ? 0 : 1;
}

// As an out-of-memory killer would: by its pid, which is still its own.
int KillInit(sim::ProgramKernel& kernel) {
  for (const char* file : {kStateFile, kIntentFile}) {
    auto text = ReadFileText(kernel, kCwd, PathOf(file));
    auto record = ParseRecord(text.value_or(""), Operation{}.id);
    if (record) return kernel.Kill(record->init.pid, Signal{SIGKILL}).has_value() ? 0 : 1;
  }
  return 1;
}

}  // namespace

int ExitStatusOf(std::string_view word) {
  constexpr std::string_view kWords[] = {"creating", "created", "running", "paused", "stopped"};
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (kWords[i] == word) return kFirstWord + static_cast<int>(i);
  }
  return 1;
}

std::string WordOfExitStatus(int status) {
  constexpr const char* kWords[] = {"creating", "created", "running", "paused", "stopped"};
  const int index = status - kFirstWord;
  return index >= 0 && index < static_cast<int>(std::size(kWords)) ? kWords[index] : "";
}

SimFloor::SimFloor(const scenario::Subject& subject) : subject_(subject) {
  using Kind = Role::Kind;
  options_.root = scenario::kRoot;
  options_.pid_max = kSmallPidSpace;
  options_.init_program = Add({.kind = Kind::kInit}, scenario::InitBody());
  options_.exec_program = Add({.kind = Kind::kInit}, scenario::ExecBody());
  gate_ = Add({.kind = Kind::kInit}, scenario::GateBody());
  for (const Operation& operation : AllOperations()) {
    operations_.push_back(Add({.kind = Kind::kOperation, .operation = operation},
                              scenario::OperationBody(operation, subject_)));
  }
  const Role hook{.kind = Kind::kHook, .container = -1};
  for (int end = 0; end <= static_cast<int>(scenario::HookEnd::kIsMissing); ++end) {
    const auto how = static_cast<scenario::HookEnd>(end);
    hooks_.push_back(Add(hook, scenario::HookBody(how, Operation{}.id, subject_)));
  }
  lose_state_ = Add(hook, LoseState);
  cut_state_ = Add(hook, CutState);
  kill_init_ = Add(hook, KillInit);
  ask_state_ = Add(hook, [this](sim::ProgramKernel& kernel) {
    auto runtime = subject_.make_runtime(kernel, scenario::kRoot, [](const std::string&) {});
    auto text = runtime->State(Operation{}.id);
    if (!text) return 1;
    const Json state = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
    return state.is_object() ? ExitStatusOf(state.value("status", "")) : 1;
  });
  behavior_ = std::make_unique<sim::Behavior>(texts_, programs_);
}

sim::ProgramId SimFloor::Add(Role role, scenario::Body body) {
  roles_.push_back(std::move(role));
  programs_.push_back(std::move(body));
  return static_cast<sim::ProgramId>(programs_.size());
}

sim::ProgramId SimFloor::OperationProgram(const Operation& operation) const {
  const std::vector<Operation>& all = AllOperations();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (IsSame(all[i], operation)) return operations_[i];
  }
  return 0;
}

}  // namespace reapcheck::property
