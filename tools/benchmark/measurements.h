// What was measured, before anything is made of it: plain values that the measuring process sends
// and the figures are computed from.
#ifndef REAPCHECK_TOOLS_BENCHMARK_MEASUREMENTS_H_
#define REAPCHECK_TOOLS_BENCHMARK_MEASUREMENTS_H_

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace reapcheck::benchmark {

// One call of a program, as a whole process.
struct Timing {
  double wall_ms = 0;  // from before the fork to the reaping of it
  double cpu_ms = 0;   // user and system, of it and of the children that it waited for
  long peak_kb = 0;    // the largest resident set of one of these
};

enum class Operation { kCreate, kStart, kState, kKill, kDelete };
inline constexpr std::array<const char*, 5> kOperationNames{"create", "start", "state", "kill",
                                                            "delete"};

// One container, from create to the end of delete.
struct Life {
  std::array<Timing, kOperationNames.size()> operations;  // by Operation
  double wait_ms = 0;       // from the end of kill to init's death, 0 when it died before
  long waiting_init_kb = 0;  // the peak of the process that waits between create and start

  const Timing& Of(Operation operation) const {
    return operations[static_cast<std::size_t>(operation)];
  }
  // create, start, kill, wait, delete: state is no part of a life.
  double WholeWallMs() const;
  double WholeCpuMs() const;
};

struct RuntimeLives {
  std::string name;
  std::string version;
  std::vector<Life> lives;  // one of each round, in the order of the rounds
};

// One run of `reapcheck conform`.
struct SuiteRun {
  int cases = 0;
  int failed = 0;  // fail, xpass and broken
  double seconds = 0;
  double harness_share = 0;  // of the cases' time, outside the runtime's own processes
  long peak_sum_kb = 0;      // of all processes of the suite together, sampled
  long peak_one_kb = 0;      // of the largest of them
};

struct Measurements {
  int rounds = 0;
  int warm_ups = 0;
  double load = 0;     // getloadavg(3) of the last minute, before the first round
  int processors = 0;
  std::vector<RuntimeLives> runtimes;  // reaprun first
  std::vector<Timing> floor;           // the empty program, once a round
  std::optional<SuiteRun> suite;
};

// Between processes: everything but the suite. The error is one line.
std::string ToText(const Measurements& measurements);
std::expected<Measurements, std::string> ParseMeasurements(const std::string& text);
// In place of it, why there is nothing.
std::string ProblemText(const std::string& problem);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_MEASUREMENTS_H_
