// Every schedule within bounds: depth-first over the states of a System, each seen once.
//
// The cost that a schedule may have - faults, crashes and preemptions together - rises 0, 1, 2, ...
// so that what is found first is the smallest. A schedule is cut at its first violation: what
// follows from that is not reported. Borrows what JudgedScheduler borrows. One thread.
#ifndef REAPCHECK_SIM_EXPLORER_H_
#define REAPCHECK_SIM_EXPLORER_H_

#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

#include "sim/schedule_judged.h"
#include "sim/search_limits.h"
#include "sim/visited.h"

namespace reapcheck::sim {

struct ExplorerOptions {
  Bounds bounds;
  SearchLimits limits;
  // False: one round at the full cost.
  bool is_deepening = true;
  // False: states with different budgets are different states, as in a model checker that keeps
  // them as variables.
  bool is_dominating = true;
};

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
class Explorer {
 public:
  Explorer(Behavior& behavior, const Rules& rules, Judge& judge, const ExplorerOptions& options)
      : judged_(behavior, rules, judge), options_(options) {}

  SearchReport Explore(const Model& start);

 private:
  using State = typename JudgedScheduler<Model, Rules, Judge>::State;

  // A state whose options, stack_[first, end), are under way. Its snapshots are those from
  // `snapshot`: one of itself, or of what each option led to where options are batched.
  struct Frame {
    std::uint32_t first = 0;
    std::uint32_t next = 0;
    std::uint32_t end = 0;
    std::uint32_t snapshot = 0;
  };
  static constexpr std::uint64_t kLimitCheckInterval = 128;
  // Small states: all options of a state are taken at once, so that the memory for the visited set
  // is on its way for all of them before the first is looked up. Of large ones the copies would
  // cost more than the wait.
  static constexpr bool kIsBatching = sizeof(State) <= 2048;

  void Search(const Model& start, int total);
  void Arrive(State& state);
  bool IsEnd(State& state);
  std::uint64_t LookAndName(const State& state);
  bool IsNew(const State& state, std::uint64_t key);
  void Expand(State& state);
  void TakeAll(const State& state, Frame& frame);
  void TakeNext(State& state, Frame& frame);
  void Leave();
  State& Save(const State& state);
  void Make(State& state, const Option& option);
  // The library's memcpy knows the machine; for a known size the compiler would put a slower loop
  // in its place.
  static void Copy(const State& from, State& to) {
    std::size_t size = sizeof(State);
    asm("" : "+r"(size));
    std::memcpy(static_cast<void*>(&to), &from, size);
  }
  bool IsStopped();
  int CostOf(const State& state) const;

  JudgedScheduler<Model, Rules, Judge> judged_;
  const ExplorerOptions options_;
  const Model* start_ = nullptr;
  int total_ = 0;
  bool is_cut_ = false;      // something costs more than this round allows
  bool is_stopped_ = false;  // a limit was reached
  std::uint64_t ticks_ = 0;
  Visited visited_;
  Survey survey_;
  std::vector<Option> stack_;
  std::vector<Frame> frames_;
  std::vector<Choice> path_;
  std::vector<std::uint64_t> keys_;  // of a batch
  std::vector<std::unique_ptr<State>> snapshots_;
  std::uint32_t snapshot_count_ = 0;
};

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
SearchReport Explorer<Model, Rules, Judge>::Explore(const Model& start) {
  const auto begin = std::chrono::steady_clock::now();
  SearchStats& stats = judged_.stats();
  start_ = &start;
  const Budget& budget = options_.bounds.budget;
  const int most = budget.Total();
  for (int total = options_.is_deepening ? 0 : most; total <= most; ++total) {
    Search(start, total);
    if (is_stopped_ || !judged_.is_well() || !is_cut_) break;
  }
  stats.is_complete = !is_stopped_ && judged_.is_well();
  stats.bounds = budget;
  stats.histories = judged_.behavior().node_count();
  stats.table_bytes = visited_.bytes();
  stats.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return SearchReport{.stats = stats,
                      .violations = judged_.log().Take(),
                      .divergence = judged_.behavior().divergence()};
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void Explorer<Model, Rules, Judge>::Search(const Model& start, int total) {
  total_ = total;
  is_cut_ = false;
  visited_.Clear();
  judged_.log().ForgetCounts();
  SearchStats& stats = judged_.stats();
  stats.total = total;
  stats.transitions = stats.schedules = stats.pruned = 0;
  path_.clear();
  State state = judged_.Start(start);
  state.system.left = options_.bounds.budget;
  Arrive(state);
  while (!frames_.empty() && !IsStopped()) {
    Frame& frame = frames_.back();
    if (frame.next == frame.end) {
      Leave();
    } else {
      TakeNext(state, frame);
    }
  }
  stats.states = visited_.size();
  while (!frames_.empty()) Leave();
}

}  // namespace reapcheck::sim

#include "sim/explorer_search.h"  // IWYU pragma: export

#endif  // REAPCHECK_SIM_EXPLORER_H_
