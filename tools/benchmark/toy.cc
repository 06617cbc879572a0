#include "tools/benchmark/toy.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace reapcheck::benchmark {
namespace {

using sim::Call;
using sim::CallResult;
using sim::Failed;
using sim::Op;
using sim::ProgramKernel;

constexpr int kAttempts = 5;  // to remove a cgroup

std::string CgroupName(int cgroup) { return "cgroup" + std::to_string(cgroup); }
constexpr const char* kRecord = "record";

bool RemoveCgroup(ProgramKernel& kernel, int cgroup) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // What was told before, which attempt of which cgroup it was aside, does not matter any more.
    sim::Forget(kernel, static_cast<std::uint64_t>(cgroup * kAttempts + attempt));
    const auto removed = kernel.UnlinkAt(kCwd, CgroupName(cgroup), AT_REMOVEDIR);
    if (removed || removed.error().code == ENOENT) return true;
  }
  return false;
}

int Delete(ProgramKernel& kernel) {
  for (int process = 1; process <= Toy::kProcesses; ++process) {
    static_cast<void>(kernel.Kill(Pid{process}, Signal{9}));
  }
  constexpr std::uint64_t kAtRecord = 100, kFailed = 101, kSucceeded = 102;
  for (int cgroup = 0; cgroup < Toy::kCgroups; ++cgroup) {
    if (RemoveCgroup(kernel, cgroup)) continue;
    sim::Forget(kernel, kFailed);
    return 1;
  }
  sim::Forget(kernel, kAtRecord);
  static_cast<void>(kernel.UnlinkAt(kCwd, kRecord, 0));
  sim::Forget(kernel, kSucceeded);
  return 0;
}

// Never ends: it waits for the next one.
int Reap(ProgramKernel& kernel) {
  for (;;) {
    sim::Forget(kernel, 0);
    if (!kernel.Waitid(Pid{0}, true)) return 1;
  }
}

}  // namespace

std::vector<sim::Program> ToyPrograms() { return {Delete, Reap}; }

Toy::Toy(sim::TextTable& texts) : record_(texts.Intern(kRecord)) {
  for (int cgroup = 0; cgroup < kCgroups; ++cgroup) {
    cgroups_[cgroup] = texts.Intern(CgroupName(cgroup));
  }
  for (Actor& actor : actors_) actor = {.is_alive = true, .program = 1};
  actors_.back().program = 2;
}

CallResult Toy::Execute(sim::ActorId actor, const Call& call) {
  switch (call.op) {
    case Op::kKill: {
      Life& life = things_.lives[call.a - 1];
      if (life == Life::kRunning) life = Life::kDying;
      return {};
    }
    case Op::kUnlinkAt:
      return Unlink(call);
    case Op::kWaitid:
      things_.lives[FirstZombie()] = Life::kGone;
      return {.value = 1};
    case Op::kExit:
      actors_[actor].is_alive = false;
      return {};
    default:
      std::fprintf(stderr, "the toy has no %s\n", std::string(sim::OpName(call.op)).c_str());
      std::abort();
  }
}

CallResult Toy::Unlink(const Call& call) {
  if (call.text == record_) {
    things_.is_record_gone = true;
    return {};
  }
  int cgroup = 0;
  while (cgroups_[cgroup] != call.text) ++cgroup;
  if (things_.is_removed[cgroup]) return Failed(ENOENT);
  if (IsBusy(cgroup)) return Failed(EBUSY);
  things_.is_removed[cgroup] = true;
  return {};
}

int Toy::FirstZombie() const {
  for (int process = 0; process < kProcesses; ++process) {
    if (things_.lives[process] == Life::kZombie) return process;
  }
  return -1;
}

void Toy::ListSteps(std::vector<sim::Step>& steps) const {
  for (int process = 0; process < kProcesses; ++process) {
    if (things_.lives[process] != Life::kDying) continue;
    steps.push_back({sim::StepKind::kDie, static_cast<std::int16_t>(process)});
  }
}

std::uint64_t Toy::Hash() const {
  static_assert(sizeof(Things) == sizeof(std::uint64_t));
  std::uint64_t word = 0;
  std::memcpy(&word, &things_, sizeof word);
  std::uint64_t ends = 0;
  for (const Actor& actor : actors_) ends = ends * 4 + actor.is_alive * 2 + actor.has_crashed;
  return sim::Combine(word, ends);
}

std::span<const int> ToyRules::FaultsOf(const Toy&, sim::ActorId, const Call& call) const {
  static constexpr int kBusy[] = {EBUSY};
  if (call.op == Op::kUnlinkAt && call.b == AT_REMOVEDIR) return kBusy;
  return {};
}

void ToyJudge::OnCall(const Toy& toy, const sim::CallEvent& event, Ghost&,
                      std::vector<sim::Violation>& found) const {
  if (toy.is_record_gone() && !toy.AreCgroupsGone()) {
    found.push_back({"S7", "the record is gone before the cgroups"});
  }
  if (event.call.op == Op::kExit && event.call.a == 0 && !toy.is_record_gone()) {
    found.push_back({"S8", "a delete succeeded, and the record is left"});
  }
}

sim::SearchReport ExploreToy() {
  sim::TextTable texts;
  sim::Behavior behavior(texts, ToyPrograms());
  const ToyRules rules;
  ToyJudge judge;
  sim::ExplorerOptions options{.is_deepening = false, .is_dominating = false};
  options.bounds.budget = {.faults = Toy::kMaxFaults,
                           .crashes = Toy::kMaxCrashes,
                           .preemptions = sim::Budget::kUnlimited};
  options.bounds.has_lasting_faults = false;
  options.bounds.has_slow_kernel = false;
  return sim::Explorer<Toy, ToyRules, ToyJudge>(behavior, rules, judge, options)
      .Explore(Toy(texts));
}

}  // namespace reapcheck::benchmark
