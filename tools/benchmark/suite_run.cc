#include "tools/benchmark/suite_run.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "conformance/process_table.h"

namespace reapcheck::benchmark {
namespace {

using Json = nlohmann::json;

// The resident set of proc_pid_statm(5), 0 for a process that is gone.
long ResidentKb(pid_t pid) {
  const std::string text =
      conformance::ReadText("/proc/" + std::to_string(pid) + "/statm").value_or("");
  long size = 0, resident = 0;
  if (std::sscanf(text.c_str(), "%ld %ld", &size, &resident) != 2) return 0;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// Of the suite, its workers and cases, and the runtimes and containers under test. A page that two
// share counts twice: the true sum is below this one.
long ResidentSumKb(pid_t root) {
  long sum = ResidentKb(root);
  for (const auto& process : conformance::Descendants(root)) sum += ResidentKb(process.id.pid);
  return sum;
}

std::expected<SuiteRun, std::string> Parse(const std::string& text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::unexpected("reapcheck conform gave no result");
  const Json& summary = json.at("summary");
  SuiteRun run{.seconds = summary.at("seconds"), .harness_share = summary.at("harness_share")};
  for (const char* verdict : {"fail", "xpass", "broken"}) {
    run.failed += summary.at(verdict).get<int>();
  }
  for (const Json& runtime : json.at("runtimes")) {
    run.cases += static_cast<int>(runtime.at("results").size());
  }
  return run;
}

}  // namespace

std::expected<SuiteRun, std::string> RunSuite(const Interrupts& interrupts) {
  long peak_sum_kb = 0;
  auto output = OutputOfChild(
      interrupts,
      [](int out) {
        return BecomeReapcheck({"conform", "--runtime", "reaprun", "--cgroup", "v1", "--jobs",
                                "2", "--format", "json"},
                               out);
      },
      [&](pid_t suite) { peak_sum_kb = std::max(peak_sum_kb, ResidentSumKb(suite)); });
  if (!output) return std::unexpected(output.error());
  auto run = Parse(output->text);
  if (!run) return run;
  run->peak_sum_kb = peak_sum_kb;
  run->peak_one_kb = output->usage.ru_maxrss;
  return run;
}

}  // namespace reapcheck::benchmark
