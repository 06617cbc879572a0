// For tests: a point that has failed.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_FAILING_POINT_H_
#define REAPCHECK_CONFORMANCE_SWEEP_FAILING_POINT_H_

#include <string>
#include <utility>

#include "conformance/sweep/sweep_result.h"

namespace reapcheck::sweep {

inline PointResult Failing(const std::string& call, int occurrence, int error,
                           conformance::Violations violations) {
  return {.point = {.injection = {.call = call,
                                  .occurrence = occurrence,
                                  .action = inject::Action::kFail,
                                  .error = error}},
          .reached = true,
          .violations = std::move(violations)};
}

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_FAILING_POINT_H_
