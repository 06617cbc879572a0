// A process that dies late: SIGKILL reaches it, and it stays on its way out (PTRACE_EVENT_EXIT of
// ptrace(2)) until it is let go. What a process in uninterruptible sleep looks like to a runtime:
// it is in its cgroup, it is no zombie, its pidfd is silent, and no further signal does anything.
//
// A helper process traces it, so that its parent remains who it was. What is traced already (the
// init of a create that an injector watched) can not be delayed. Move-free; one thread.
#ifndef REAPCHECK_CONFORMANCE_CASES_SLOW_DEATH_H_
#define REAPCHECK_CONFORMANCE_CASES_SLOW_DEATH_H_

#include <sys/types.h>

#include "conformance/file.h"
#include "conformance/lab.h"

namespace reapcheck::conformance {

class SlowDeath {
 public:
  // From now on it dies late. Skips the case where the kernel refuses that.
  SlowDeath(Lab& lab, const ProcessId& process);
  ~SlowDeath();  // lets it go
  SlowDeath(const SlowDeath&) = delete;
  SlowDeath& operator=(const SlowDeath&) = delete;

  // It was told to die, and is held.
  bool is_dying();
  void LetGo();

 private:
  Lab& lab_;
  pid_t tracer_ = -1;
  FileDescriptor news_;  // one byte when it is traced, one when it is dying
  bool is_dying_ = false;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CASES_SLOW_DEATH_H_
