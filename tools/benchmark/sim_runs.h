// What `tools/bench sim` lets the simulator do, each a run that is timed. Times are the CPU's, of
// the threads that did the work, and the clock's: other work on the machine shows in the latter.
#ifndef REAPCHECK_TOOLS_BENCHMARK_SIM_RUNS_H_
#define REAPCHECK_TOOLS_BENCHMARK_SIM_RUNS_H_

#include <chrono>
#include <cstdint>

namespace reapcheck::benchmark {

struct RandomRun {
  std::uint64_t calls = 0;
  std::uint64_t schedules = 0;
  double cpu_seconds = 0;   // of all threads together
  double wall_seconds = 0;  // until the last one was done
};

// Random schedules of kill beside delete --force, one fault and one crash in each at most; every
// thread has a stage of its own and runs that many.
RandomRun RunRandom(int threads, std::uint64_t schedules);

struct SearchRun {
  std::uint64_t states = 0;       // of the last round
  std::uint64_t transitions = 0;  // the same
  double cpu_seconds = 0;
  double wall_seconds = 0;
  int unfinished = 0;  // scenarios that are not complete
  int violations = 0;
  int scenarios = 1;
};

// Exhaustive: delete --force beside delete --force, 1 fault, 1 crash, 3 preemptions.
SearchRun RunTwoDeletes(std::chrono::seconds budget);
// Exhaustive: every scenario that ships at its bounds.
SearchRun RunShipped(std::chrono::seconds budget_of_each, int jobs);
// tools/benchmark/toy.h.
SearchRun RunToy();

enum class Code {
  kRemembered,  // as a search does it: what the code does was seen before, and is looked up
  kRun,         // the runtime's code runs anew in each life
};

struct LivesRun {
  std::uint64_t lives = 0;
  std::uint64_t calls = 0;
  double cpu_seconds = 0;
  double wall_seconds = 0;
  bool is_well = false;  // each came to its end, and the container is gone
};

// create, start, kill and delete of one container, again and again, each from the same world.
LivesRun RunLives(Code code, std::uint64_t lives);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_SIM_RUNS_H_
