// One processor core for a runtime and its supervisor while the one is traced by the other.
//
// A stop is two switches between the two. On one core they cost a few microseconds; between two, of
// which each sleeps while the other runs, ten times as much. Lives that run side by side are on
// different cores, because each takes the core that its caller is running on. sched(7).
#ifndef REAPCHECK_CONFORMANCE_INJECT_ONE_CORE_H_
#define REAPCHECK_CONFORMANCE_INJECT_ONE_CORE_H_

#include <sched.h>
#include <sys/types.h>

namespace reapcheck::inject {

// A plain value. Threads are named by id, 0 is the caller; one that is gone is no error. All are
// single system calls, fit for after vfork(2).
class OneCore {
 public:
  // Of this moment.
  static OneCore OfCaller();

  void Take(pid_t thread) const;
  // The mask that the caller had then; unless the thread has got another one meanwhile.
  void GiveBack(pid_t thread) const;

 private:
  cpu_set_t core_{};  // empty: it is not known
  cpu_set_t whole_{};
};

}  // namespace reapcheck::inject

#endif  // REAPCHECK_CONFORMANCE_INJECT_ONE_CORE_H_
