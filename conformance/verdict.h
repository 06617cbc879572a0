// What came out of cases: plain values that workers send and reports print.
#ifndef REAPCHECK_CONFORMANCE_VERDICT_H_
#define REAPCHECK_CONFORMANCE_VERDICT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/level.h"

namespace reapcheck::conformance {

// Ordered by how much attention it asks for.
enum class Verdict {
  kPass,
  kSkip,    // could not be judged here: the reason says why
  kXfail,   // failed, as the runtime's deviations say
  kXpass,   // passed, and the deviations say that it fails: the file is wrong
  kFail,
  kBroken,  // the suite itself failed: judges nothing
};

constexpr std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kSkip:
      return "skip";
    case Verdict::kXfail:
      return "xfail";
    case Verdict::kXpass:
      return "xpass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kBroken:
      return "broken";
  }
  return "";
}

constexpr std::optional<Verdict> ParseVerdict(std::string_view name) {
  for (Verdict verdict : {Verdict::kPass, Verdict::kSkip, Verdict::kXfail, Verdict::kXpass,
                          Verdict::kFail, Verdict::kBroken}) {
    if (VerdictName(verdict) == name) return verdict;
  }
  return std::nullopt;
}

struct CaseResult {
  std::string name;  // "Delete.RunningIsRefused"
  Level level = Level::kRobustness;
  std::vector<std::string> cites;
  std::string claim;
  Verdict verdict = Verdict::kBroken;
  std::string reason;      // "" when it passed; may have several lines
  double duration_ms = 0;  // with setting up and cleaning; the mean when repeated
  double inside_ms = 0;    // of that, inside the runtime's own processes
  int runs = 1;
  int bad_runs = 0;        // of these, how many did not pass or skip
};

// One runtime on one cgroup layout.
struct RuntimeReport {
  std::string name;     // "runc"
  std::string command;  // what to type after --runtime to get it again
  std::string version;  // first line of --version
  std::string cgroup;   // "host", "v1", "v2"
  std::string note;     // something the reader must know about this column; may be empty
  std::vector<CaseResult> results;  // sorted by name
};

struct Summary {
  int pass = 0, fail = 0, xfail = 0, xpass = 0, skip = 0, broken = 0;
  double seconds = 0;
  // Of the time that the cases took, the part outside the runtime's own processes; 0 to 1.
  double harness_share = 0;

  bool clean() const { return fail == 0 && xpass == 0 && broken == 0; }
};

struct Report {
  std::vector<RuntimeReport> runtimes;
  double seconds = 0;

  Summary Summarize() const;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_VERDICT_H_
