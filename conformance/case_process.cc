#include "conformance/case_process.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "conformance/lab_impl.h"

namespace reapcheck::conformance {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostFailures = 4;       // of one case that are told
constexpr std::size_t kLongestFailure = 2000;  // bytes

// A TEST body takes no arguments: the one case of this process and what it is run with.
struct Current {
  const Case* entry = nullptr;
  const LabSettings* settings = nullptr;
  CaseOutcome outcome;
  std::vector<std::string> failures;
};
Current g_current;

class FailureCollector : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& part) override {
    if (!part.failed()) return;
    std::string text = part.message();
    if (text.rfind("Failed\n", 0) == 0) text = text.substr(7);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.size() > kLongestFailure) text = text.substr(0, kLongestFailure) + "...";
    g_current.failures.push_back(text);
  }
};

std::string JoinFailures() {
  std::string text;
  std::size_t shown = std::min(g_current.failures.size(), kMostFailures);
  for (std::size_t i = 0; i < shown; ++i) {
    text += (i == 0 ? "" : "\n") + g_current.failures[i];
  }
  if (shown < g_current.failures.size()) {
    text += "\nand " + std::to_string(g_current.failures.size() - shown) + " more failures";
  }
  return text;
}

using LabBody = std::function<void(Lab& lab)>;

// The body, with everything that may end it turned into a verdict.
void RunBody(const LabBody& body, Lab& lab) {
  CaseOutcome& outcome = g_current.outcome;
  try {
    body(lab);
    outcome.verdict = Verdict::kPass;
  } catch (const CaseStopped&) {
    outcome.verdict = Verdict::kFail;
  } catch (const CaseSkipped& skipped) {
    outcome.verdict = Verdict::kSkip;
    outcome.reason = skipped.what();
  } catch (const LabBroken& broken) {
    outcome.reason = std::string("the lab: ") + broken.what();
  } catch (const std::exception& error) {
    outcome.reason = std::string("the case threw: ") + error.what();
  }
}

void RunWithLab(const LabBody& body) {
  CaseOutcome& outcome = g_current.outcome;
  try {
    Lab lab(*g_current.settings);
    RunBody(body, lab);
    NoteActivity(lab.impl(), "taking the lab down");
    std::string problems = TearDown(lab);
    outcome.inside = lab.runtime().time_inside();
    outcome.expected_leaks = lab.impl().expected_leaks;
    bool harmless = outcome.verdict == Verdict::kPass || outcome.verdict == Verdict::kSkip;
    if (!problems.empty() && harmless) outcome.verdict = Verdict::kFail;
    if (!problems.empty()) g_current.failures.push_back(problems.substr(2));
  } catch (const LabBroken& broken) {
    outcome.verdict = Verdict::kBroken;
    outcome.reason = std::string("the lab: ") + broken.what();
  }
}

void CollectFailures() {
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new FailureCollector);
}

}  // namespace

void RunCaseBody(CaseBody body) {
  RunWithLab([body](Lab& lab) {
    SkipWhereANeedIsMissing(g_current.entry->info.needs, lab);
    body(lab, lab.runtime());
  });
}

FunctionOutcome RunFunctionHere(const LabSettings& settings,
                                const std::function<void(Lab& lab, CaseOutcome& outcome)>& body) {
  g_current = {.settings = &settings};
  CollectFailures();
  RunWithLab([&body](Lab& lab) { body(lab, g_current.outcome); });
  return {.outcome = g_current.outcome, .failures = JoinFailures()};
}

CaseOutcome RunCaseHere(const Case& entry, const LabSettings& settings) {
  g_current = {.entry = &entry, .settings = &settings};
  CollectFailures();
  GTEST_FLAG_SET(filter, entry.FullName());
  bool passed = RUN_ALL_TESTS() == 0;
  CaseOutcome& outcome = g_current.outcome;
  if (outcome.verdict == Verdict::kPass && !passed) outcome.verdict = Verdict::kFail;
  // A skip after a failed check is a failure: the check was made.
  if (outcome.verdict == Verdict::kSkip && !passed) outcome.verdict = Verdict::kFail;
  if (outcome.verdict == Verdict::kFail) outcome.reason = JoinFailures();
  return outcome;
}

std::string ToJsonText(const CaseOutcome& outcome) {
  Json text = {{"verdict", VerdictName(outcome.verdict)},
               {"reason", outcome.reason},
               {"inside_us", outcome.inside.count()},
               {"expected_leaks", outcome.expected_leaks}};
  return text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<CaseOutcome> ParseCaseOutcome(const std::string& text) {
  Json parsed = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  return CaseOutcome{
      .verdict = ParseVerdict(parsed.value("verdict", "")).value_or(Verdict::kBroken),
      .reason = parsed.value("reason", ""),
      .inside = std::chrono::microseconds(parsed.value("inside_us", 0LL)),
      .expected_leaks = parsed.value("expected_leaks", std::vector<std::string>{})};
}

}  // namespace reapcheck::conformance
