#include "tools/benchmark/spin_run.h"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace reapcheck::benchmark {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

std::expected<SpinRun, std::string> ParsePan(const std::string& text) {
  SpinRun run;
  std::istringstream lines(text);
  bool is_clean = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("errors: 0") != std::string::npos) is_clean = true;
    const std::uint64_t number = std::strtoull(line.c_str(), nullptr, 10);
    if (line.find(" states, stored") != std::string::npos) run.states = number;
    if (line.find(" transitions (") != std::string::npos) run.transitions = number;
  }
  if (!is_clean) return std::unexpected("pan found an error, or was cut off");
  if (run.states == 0 || run.transitions == 0) return std::unexpected("pan printed no counts");
  return run;
}

std::expected<SpinRun, std::string> RunPan(const Interrupts& interrupts, const std::string& pan) {
  auto output = OutputOfChild(interrupts, [&pan](int out) {
    dup2(out, STDOUT_FILENO);
    // A hash table of 2^24 places; no schedule is longer than 1000.
    execl(pan.c_str(), pan.c_str(), "-w24", "-m1000", static_cast<char*>(nullptr));
    return 127;
  });
  if (!output) return std::unexpected(output.error());
  auto run = ParsePan(output->text);
  if (run) run->cpu_seconds = Seconds(output->usage.ru_utime) + Seconds(output->usage.ru_stime);
  return run;
}

}  // namespace reapcheck::benchmark
