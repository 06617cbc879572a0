#include "conformance/inject/one_core.h"

namespace reapcheck::inject {

OneCore OneCore::OfCaller() {
  OneCore core;
  const int number = sched_getcpu();
  if (number >= 0 && sched_getaffinity(0, sizeof core.whole_, &core.whole_) == 0) {
    CPU_SET(number, &core.core_);
  }
  return core;
}

void OneCore::Take(pid_t thread) const {
  if (CPU_COUNT(&core_) > 0) sched_setaffinity(thread, sizeof core_, &core_);
}

void OneCore::GiveBack(pid_t thread) const {
  cpu_set_t now;
  if (sched_getaffinity(thread, sizeof now, &now) == 0 && CPU_EQUAL(&now, &core_)) {
    sched_setaffinity(thread, sizeof whole_, &whole_);
  }
}

}  // namespace reapcheck::inject
