// A paused container of which every process is frozen by now. On v1 the kernel takes its time, and
// a runtime may return before: Pause.IsDoneWhenItReturns judges that, and no other case.
#ifndef REAPCHECK_CONFORMANCE_CASES_PAUSED_CONTAINER_H_
#define REAPCHECK_CONFORMANCE_CASES_PAUSED_CONTAINER_H_

#include "conformance/case.h"

namespace reapcheck::conformance {

inline Container PausedAndFrozen(Lab& lab, const ContainerPlan& plan = {}) {
  Container c = lab.Paused(plan);
  bool frozen = lab.Await("the container is frozen", [&] {
    return lab.FreezerOf(lab.FreezerDir(c)) == Freezer::kFrozen;
  });
  if (!frozen) throw CaseStopped();
  return c;
}

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CASES_PAUSED_CONTAINER_H_
