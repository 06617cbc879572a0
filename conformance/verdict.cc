#include "conformance/verdict.h"

namespace reapcheck::conformance {

Summary Report::Summarize() const {
  Summary summary{.seconds = seconds};
  double cases_ms = 0, inside_ms = 0;
  for (const RuntimeReport& runtime : runtimes) {
    for (const CaseResult& result : runtime.results) {
      cases_ms += result.duration_ms * result.runs;
      inside_ms += result.inside_ms * result.runs;
      switch (result.verdict) {
        case Verdict::kPass:
          ++summary.pass;
          break;
        case Verdict::kSkip:
          ++summary.skip;
          break;
        case Verdict::kXfail:
          ++summary.xfail;
          break;
        case Verdict::kXpass:
          ++summary.xpass;
          break;
        case Verdict::kFail:
          ++summary.fail;
          break;
        case Verdict::kBroken:
          ++summary.broken;
          break;
      }
    }
  }
  if (cases_ms > 0) summary.harness_share = 1 - inside_ms / cases_ms;
  return summary;
}

}  // namespace reapcheck::conformance
