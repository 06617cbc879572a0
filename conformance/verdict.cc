#include "conformance/verdict.h"

namespace reapcheck::conformance {

Summary Report::Summarize() const {
  Summary summary{.seconds = seconds};
  for (const RuntimeReport& runtime : runtimes) {
    for (const CaseResult& result : runtime.results) {
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
  return summary;
}

}  // namespace reapcheck::conformance
