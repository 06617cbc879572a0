#include "tools/benchmark/sweep_run.h"

#include <sys/wait.h>

#include <chrono>

namespace reapcheck::benchmark {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kCouldNotRun = 2;

}  // namespace

std::expected<std::string, std::string> SweepSummary(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return std::unexpected("reapcheck sweep printed nothing");
  const std::size_t begin = text.rfind('\n', end) + 1;
  const std::string last = text.substr(begin, end + 1 - begin);
  if (last.find(" points, ") == std::string::npos || !last.ends_with(" broken")) {
    return std::unexpected("reapcheck sweep: " + last);
  }
  return last;
}

std::expected<SweepRun, std::string> RunSweep(const Interrupts& interrupts,
                                              std::vector<std::string> options) {
  options.insert(options.begin(), "sweep");
  const Clock::time_point began = Clock::now();
  auto output = OutputOfChild(interrupts, [&](int out) { return BecomeReapcheck(options, out); });
  if (!output) return std::unexpected(output.error());
  const std::chrono::duration<double> took = Clock::now() - began;
  if (!WIFEXITED(output->status) || WEXITSTATUS(output->status) >= kCouldNotRun) {
    return std::unexpected("reapcheck sweep could not run");
  }
  auto summary = SweepSummary(output->text);
  if (!summary) return std::unexpected(summary.error());
  return SweepRun{.seconds = took.count(), .summary = *summary};
}

}  // namespace reapcheck::benchmark
