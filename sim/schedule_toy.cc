#include "sim/schedule_toy.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "sim/hash.h"

namespace reapcheck::sim {

ToyModel::ToyModel(TextTable& texts) : file_(texts.Intern("file")) {
  for (int index = 0; index < kThings; ++index) {
    cgroup_names_[index] = texts.Intern("cg" + std::to_string(index + 1));
  }
  first_look_.fill(-1);
}

ActorId ToyModel::AddActor(ProgramId program) {
  actors_.at(actor_count_) = ToyActor{.is_alive = true, .program = program};
  return actor_count_++;
}

Readiness ToyModel::Ready(ActorId actor, const Call& call, Nanoseconds since) const {
  if (call.op == Op::kNanosleep) return {now_ >= since + call.n, since + call.n};
  if (call.op == Op::kFlock && call.b == LOCK_EX) {
    return {lock_owners_[call.a] < 0 || lock_owners_[call.a] == actor, kNever};
  }
  return {true, kNever};
}

CallResult ToyModel::Execute(ActorId actor, const Call& call) {
  switch (call.op) {
    case Op::kKill:
      return Signal(call);
    case Op::kUnlinkAt:
      return Unlink(call);
    case Op::kStatFs:
      return CallResult{.value = counters_[call.a]};
    case Op::kPidfdSendSignal:
      counters_[call.a] = static_cast<std::uint8_t>(call.b);
      return {};
    case Op::kFlock:
      lock_owners_[call.a] = static_cast<std::int8_t>(call.b == LOCK_EX ? actor : -1);
      return {};
    case Op::kNanosleep:
      return {};
    case Op::kClockGettime:
      if (first_look_[actor] < 0) first_look_[actor] = now_;
      return CallResult{.value = now_ - first_look_[actor]};
    case Op::kGetPid:
      return CallResult{.value = 100 + actor};
    case Op::kExit:
      End(actor, call.a);
      return {};
    default:
      std::fprintf(stderr, "the toy has no %s\n", std::string(OpName(call.op)).c_str());
      std::abort();
  }
}

CallResult ToyModel::Signal(const Call& call) {
  if (call.a < 0) {
    AddActor(static_cast<ProgramId>(-call.a));
  } else if (lives_[call.a - 1] == Life::kRunning) {
    lives_[call.a - 1] = Life::kDying;
  }
  return {};
}

CallResult ToyModel::Unlink(const Call& call) {
  if (call.text == file_) {
    const bool was_there = has_file_ != 0;
    has_file_ = 0;
    return was_there ? CallResult{} : Failed(ENOENT);
  }
  for (int index = 0; index < kThings; ++index) {
    if (cgroup_names_[index] != call.text) continue;
    if (cgroups_[index] == 0) return Failed(ENOENT);
    if (lives_[index] != Life::kGone) return Failed(EBUSY);
    cgroups_[index] = 0;
    return {};
  }
  return Failed(ENOENT);
}

void ToyModel::ListSteps(std::vector<Step>& steps) const {
  for (int index = 0; index < kThings; ++index) {
    if (lives_[index] == Life::kDying) {
      steps.push_back(Step{StepKind::kDie, static_cast<std::int16_t>(index)});
    }
  }
}

void ToyModel::End(ActorId actor, int status) {
  actors_[actor].is_alive = false;
  actors_[actor].exit_status = static_cast<std::int16_t>(status);
  for (std::int8_t& owner : lock_owners_) {
    if (owner == actor) owner = -1;
  }
}

bool ToyModel::HasCgroups() const {
  return std::any_of(cgroups_.begin(), cgroups_.end(), [](std::uint8_t here) { return here != 0; });
}

std::uint64_t ToyModel::Hash() const {
  std::uint64_t hash = has_file_;
  const auto add = [&hash](const auto& things) {
    std::uint64_t words[(sizeof things + 7) / 8] = {};
    std::memcpy(words, &things, sizeof things);
    for (const std::uint64_t word : words) hash = (hash ^ word) * 0x9fb21c651e98df25ULL + 1;
  };
  add(lives_);
  add(cgroups_);
  add(counters_);
  add(lock_owners_);
  std::uint64_t ends = 0;
  for (int index = 0; index < actor_count_; ++index) {
    ends = ends * 8 + (actors_[index].is_alive ? 7 : (actors_[index].exit_status & 3) + 1);
  }
  return Combine(hash, ends);
}

}  // namespace reapcheck::sim
