// One fault at one system call of one operation of the runtime, for cases: what may go wrong there,
// the operation with it, and what must be true afterwards whatever the runtime made of it.
//
// A runtime that never makes the call is not judged: the case is skipped, and says which call that
// is. Calls have the simulator's names (docs/injection.md). For cases alone.
#ifndef REAPCHECK_CONFORMANCE_CASES_FAULT_H_
#define REAPCHECK_CONFORMANCE_CASES_FAULT_H_

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "conformance/case.h"
#include "conformance/inject/injector.h"
#include "conformance/lab_injector.h"

namespace reapcheck::conformance {

using inject::Action;
using inject::Injection;
using inject::Injector;
using Calls = std::vector<std::string>;
using Errors = std::vector<int>;
using Faults = std::vector<Injection>;

// --- What goes wrong ---

inline Injection Once(const std::string& call, int error, int occurrence = 1) {
  return {.call = call, .occurrence = occurrence, .action = Action::kFail, .error = error};
}

inline Injection Always(const std::string& call, int error) {
  return {.call = call, .action = Action::kFail, .error = error, .lasting = true};
}

inline Faults OnceEach(const Calls& calls, const Errors& errors) {
  Faults faults;
  for (const std::string& call : calls) {
    for (const int error : errors) faults.push_back(Once(call, error));
  }
  return faults;
}

inline Faults AlwaysEach(const Calls& calls, const Errors& errors) {
  Faults faults = OnceEach(calls, errors);
  for (Injection& fault : faults) fault.lasting = true;
  return faults;
}

// SIGKILL to the runtime before the call, and after it.
inline Faults CrashesAt(const Calls& calls, int occurrence = 1) {
  Faults faults;
  for (const std::string& call : calls) {
    for (const Action action : {Action::kKillBefore, Action::kKillAfter}) {
      faults.push_back({.call = call, .occurrence = occurrence, .action = action});
    }
  }
  return faults;
}

inline std::string DescribeFault(const Injection& fault) {
  const std::string call = fault.call + " #" + std::to_string(fault.occurrence);
  switch (fault.action) {
    case Action::kFail:
      return call + " " + strerrorname_np(fault.error) + (fault.lasting ? " for ever" : "");
    case Action::kKillBefore:
      return "killed before " + call;
    case Action::kKillAfter:
      return "killed after " + call;
    default:
      return call;
  }
}

// --- The operation with it ---

// In the host's pid namespace: the others do not end with init.
inline ContainerPlan SeveralProcesses(const std::string& name) {
  return {.name = name,
          .pid_namespace = PidNamespace::kHost,
          .program = {"fork", "2", "sleep"}};
}

inline std::shared_ptr<Injector> MakeInjector(const Lab& lab, const Container& container,
                                              const Injection& injection) {
  return std::make_shared<Injector>(PlacesOf(lab, container), injection);
}

inline Invocation RunFaulted(Lab& lab, const Container& container, const Arguments& words,
                             const Injection& fault) {
  const auto injector = MakeInjector(lab, container, fault);
  Invocation call = lab.runtime().Run(words, {.injector = injector});
  CheckTracer(*injector);
  if (injector->reached() == 0) {
    const std::string nth = fault.occurrence > 1 ? std::to_string(fault.occurrence) + " times" : "";
    SKIP("never calls " + fault.call + (nth.empty() ? "" : " " + nth) + " in " + words.front());
  }
  return call;
}

// `body` judges each fault, in a container of its own with the name that it is given. A fault that
// the runtime can not meet is passed over; after the first that fails no other is tried.
inline void ForEachFault(
    const Faults& faults,
    const std::function<void(const Injection& fault, const std::string& name)>& body) {
  int judged = 0;
  std::string why;
  for (const Injection& fault : faults) {
    SCOPED_TRACE(DescribeFault(fault));
    try {
      body(fault, "c" + std::to_string(&fault - faults.data() + 1));
      ++judged;
    } catch (const CaseSkipped& skipped) {
      why += (why.empty() ? "" : "; ") + std::string(skipped.what());
    }
    if (testing::Test::HasFailure()) return;
  }
  if (judged == 0) SKIP(why);
}

// Which "spawn hook" of the operation executes the first hook that has the payload as its program:
// a runtime may execute helpers of its own. Seen in an operation without a fault, on a container
// like it.
inline int SpawnOfHook(Lab& lab, const Container& alike, const Arguments& words) {
  const auto injector = MakeInjector(lab, alike, {});
  EXPECT_OK(lab.runtime().Run(words, {.injector = injector}));
  CheckTracer(*injector);
  for (const inject::SeenCall& seen : injector->Seen()) {
    if (seen.call == "spawn hook" && seen.path == lab.PayloadPath()) return seen.occurrence;
  }
  SKIP("never executes the hook in " + words.front());
}

// An operation that is kept at a call until it is let go. Skips the case when it never comes there.
class HeldCall {
 public:
  HeldCall(Lab& lab, const Container& container, const Arguments& words, const std::string& call,
           int occurrence = 1)
      : injector_(MakeInjector(
            lab, container,
            {.call = call, .occurrence = occurrence, .action = Action::kHold})),
        pending_(lab.runtime().Begin(words, {.injector = injector_})) {
    lab.Await("the runtime is at " + call,
              [&] { return injector_->is_held() || !pending_.Running(); });
    if (injector_->is_held()) return;
    pending_.Finish();
    CheckTracer(*injector_);
    SKIP("never calls " + call + " in " + words.front());
  }

  // What the call is about: the first of several threads that is held is the last that was seen.
  std::string path() const { return injector_->Seen().back().path; }

  // To the runtime's own process; it is delivered when the call goes on.
  void Signal(int number) const { pending_.Signal(number); }

  // Lets it go on.
  void Release() { injector_->Release(); }
  bool Running() const { return pending_.Running(); }
  // How many such calls there were, up to now.
  std::ptrdiff_t CountOf(const std::string& call) const {
    return std::ranges::count(injector_->Seen(), call, &inject::SeenCall::call);
  }

  // Lets it go on, and waits for its end.
  Invocation LetGo() {
    Release();
    return pending_.Finish();
  }

 private:
  std::shared_ptr<Injector> injector_;
  PendingInvocation pending_;
};

// A second operation while the first is held. One that waits for the first is right to: then the
// first is let go, and both end.
struct PairOfCalls {
  Invocation first, second;
};
inline PairOfCalls RunBeside(Lab& lab, HeldCall& held, const Arguments& words) {
  constexpr int kSteps = 15;
  constexpr std::chrono::milliseconds kStep{10};
  PendingInvocation second = lab.runtime().Begin(words);
  for (int i = 0; i < kSteps && second.Running(); ++i) lab.Nap(kStep);
  Invocation first = held.LetGo();
  return {.first = std::move(first), .second = second.Finish()};
}

// --- What must be true afterwards ---

inline Arguments CreateWords(const Container& c) {
  return {"create", "--bundle", c.bundle, c.id};
}

// An answer that a caller can do something with: no hang, no crash of its own.
inline void ExpectAnswer(const Invocation& call) {
  EXPECT_TRUE(call.ok() || call.refused()) << "expected: success or an error exit\nobserved: "
                                           << call.Describe();
}

// With nothing wrong any more, delete --force leaves nothing.
inline void ExpectForceCleans(Lab& lab, const Container& container) {
  EXPECT_OK(lab.runtime().DeleteForce(container.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(container)));
}

// A delete says what is true: success when nothing is left; after an error, another can do it.
inline void ExpectDeleteTold(Lab& lab, const Container& container, const Invocation& deleted) {
  ExpectAnswer(deleted);
  const Observation after = lab.Observe(container);
  EXPECT_HOLDS(deleted.ok() ? JudgeDelete({.ok = true}, after) : JudgeFailedDelete(after))
      << deleted.Describe();
  if (!testing::Test::HasFailure()) ExpectForceCleans(lab, container);
}

// A create is done or not: a created container, or nothing. What was told to die may take a moment.
inline void ExpectCreateTold(Lab& lab, const Container& container, const Invocation& created) {
  ExpectAnswer(created);
  if (created.ok()) {
    EXPECT_EQ(lab.runtime().Status(container.id), "created");
  } else {
    constexpr std::chrono::milliseconds kDeath{1000};
    lab.Await("nothing is left of what create began",
              [&] { return lab.Observe(container).gone(); }, kDeath);
    EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(container))) << created.Describe();
  }
  if (!testing::Test::HasFailure()) ExpectForceCleans(lab, container);
}

// After whatever cut the runtime off: the id is free again, and a container of it works.
inline void ExpectIdIsUsable(Lab& lab, const Container& container) {
  lab.Running({.name = container.name + "-again", .id = container.id});
  ExpectForceCleans(lab, container);
}

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CASES_FAULT_H_
