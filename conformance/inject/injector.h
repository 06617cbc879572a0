// One injection into one invocation of a runtime, seen from who calls it.
//
//   auto injector = std::make_shared<Injector>(places, Injection{.call = "rmdir cgroup", ...});
//   runtime.Run({"delete", id}, {.injector = injector});
//   injector->reached();
//
// Used for one invocation only. One thread.
#ifndef REAPCHECK_CONFORMANCE_INJECT_INJECTOR_H_
#define REAPCHECK_CONFORMANCE_INJECT_INJECTOR_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "conformance/inject/call_name.h"
#include "conformance/inject/injection.h"
#include "conformance/inject/one_core.h"
#include "conformance/inject/tracer.h"
#include "conformance/inject/watched_call.h"

namespace reapcheck::inject {

class Injector {
 public:
  Injector(Places places, Injection injection);
  // One after the other: each is looked for from when the one before it acted; occurrences count
  // from the beginning all the same. What `lasting` says fails whenever it comes.
  Injector(Places places, const std::vector<Injection>& sequence,
           std::vector<Injection> lasting);
  ~Injector();  // a call that is still held goes on
  Injector(const Injector&) = delete;
  Injector& operator=(const Injector&) = delete;

  // Forks the supervisor, a child of the caller, before the runtime is. The supervisor's pid; -1
  // and errno when it can not be forked. It ends when the last that it traces has ended.
  pid_t Supervise();
  // In the process that is to become the runtime, last before its execve(2): waits until the
  // supervisor traces it. System calls alone, fit for after vfork(2). False: it must not go on.
  bool Attach() const;

  const Injection& injection() const { return injection_; }
  int reached() const { return shared_->reached; }
  int passed() const { return shared_->passed; }  // how many of a sequence acted
  bool is_held() const { return shared_->held != 0; }
  void Release();
  // errno of what kept the supervisor from tracing, 0: nothing did.
  int problem() const { return shared_->problem; }
  // False when there were more calls than can be noted.
  bool is_complete() const { return !shared_->overflowed; }
  // In the order in which they came.
  std::vector<SeenCall> Seen() const;

 private:
  Places places_;
  Injection injection_;
  std::vector<Injection> then_;
  std::vector<Injection> lasting_;
  Shared* shared_;
  CallFilter filter_;
  OneCore core_;
  int release_;       // eventfd(2)
  int request_ = -1;  // pipe(2): the pid of the runtime
  int reply_ = -1;    // pipe(2): a byte when it is traced
};

}  // namespace reapcheck::inject

#endif  // REAPCHECK_CONFORMANCE_INJECT_INJECTOR_H_
