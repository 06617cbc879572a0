#include "conformance/mutants/judgement.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

namespace reapcheck::mutants {
namespace {

// What a mutant lets escape, a fork storm above all, must not reach the machine: each run has a pid
// namespace of its own, with few pids, and all in it dies with the run. The shell is its init, so
// that orphans are reaped. No mutant needs longer; TERM lets the suite clean up after itself.
constexpr char kContained[] =
    "unshare --pid --fork --kill-child --mount-proc sh -c '"
    "echo 1024 > /proc/sys/kernel/pid_max || exit 125;"
    " timeout --signal=TERM --kill-after=10 40 \"$@\"; exit $?' sh ";

// A call of the runtime that has not ended by then has failed its case: a mutant may wait for what
// never comes. Longer than a second, which is the shortest timeout of a hook.
constexpr char kCallTimeout[] = "4s";

std::string Quoted(const std::string& text) { return "'" + text + "'"; }

std::string OutputOf(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char buffer[4096];
  for (std::size_t count; (count = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    text.append(buffer, count);
  }
  pclose(pipe);
  return text;
}

std::string Joined(const std::vector<std::string>& cases) {
  std::string text;
  for (const std::string& name : cases) text += (text.empty() ? "" : ":") + name;
  return text;
}

}  // namespace

Judgement Judge(const std::string& reapcheck, const Question& question) {
  const std::string command =
      Quoted(reapcheck) + " conform --deviations none --format json --jobs 1 --timeout " +
      kCallTimeout + " --runtime " + Quoted("judged=" + question.runtime) + " --cgroup " +
      question.cgroup + " --filter " + Quoted(Joined(question.cases));
  const std::string text = OutputOf(kContained + command);
  const auto report = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!report.is_object()) return {.problem = "no report from: " + command + "\n" + text};
  Judgement judgement;
  for (const auto& runtime : report.value("runtimes", nlohmann::json::array())) {
    for (const auto& result : runtime.value("results", nlohmann::json::array())) {
      judgement.findings[result.value("case", "")] = {.verdict = result.value("verdict", ""),
                                                      .reason = result.value("reason", "")};
    }
  }
  return judgement;
}

std::vector<std::string> ListCases(const std::string& reapcheck) {
  std::vector<std::string> names;
  std::istringstream lines(OutputOf(Quoted(reapcheck) + " conform --list"));
  for (std::string level, name; lines >> level >> name;) names.push_back(name);
  return names;
}

}  // namespace reapcheck::mutants
