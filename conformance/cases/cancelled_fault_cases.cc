// The runtime itself gets SIGTERM, SIGINT or SIGHUP in the middle of a call, as from an engine that
// lost its patience or a terminal that was closed: nothing stays half done for good.
#include <signal.h>

#include "conformance/cases/fault.h"

namespace reapcheck::conformance {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP};

// Ended by the signal, or as if it had not come: no hang.
void ExpectEnd(const Invocation& call, int signal) {
  EXPECT_TRUE(call.signal == signal || call.ok() || call.refused()) << call.Describe();
}

using Prepare = std::function<Container(const std::string& name)>;
using Words = std::function<Arguments(const Container& c)>;

// Each signal at each call, on a container of its own; then delete --force and the id again.
void ExpectConverges(Lab& lab, const Calls& calls, const Prepare& prepare, const Words& words) {
  ForEachFault(OnceEach(calls, {0, 1, 2}), [&](const Injection& at, const std::string& name) {
    const int signal = kSignals[at.error];
    Container c = prepare(name);
    HeldCall held(lab, c, words(c), at.call);
    held.Signal(signal);
    const Invocation call = held.LetGo();
    ExpectEnd(call, signal);
    ExpectForceCleans(lab, c);
    if (!testing::Test::HasFailure() && signal == SIGTERM) ExpectIdIsUsable(lab, c);
  });
}

CASE(Cancelled, CreateAtItsCgroup,
     {.level = Level::kRobustness,
      .cites = {"C3", "C19", "S19", "L9"},
      .claim = "create gets a signal as it makes a cgroup: delete --force leaves nothing."}) {
  ExpectConverges(lab, {"mkdir cgroup"},
                  [&](const std::string& name) { return lab.MakeBundle({.name = name}); },
                  CreateWords);
}

CASE(Cancelled, CreateAtItsGate,
     {.level = Level::kRobustness,
      .cites = {"C3", "C19", "S19", "L9"},
      .claim = "create gets a signal as it makes the fifo: delete --force leaves nothing."}) {
  ExpectConverges(lab, {"mkfifo gate"},
                  [&](const std::string& name) { return lab.MakeBundle({.name = name}); },
                  CreateWords);
}

CASE(Cancelled, CreateAtItsRecord,
     {.level = Level::kRobustness,
      .cites = {"C3", "C19", "S18", "S19", "L9"},
      .claim = "create gets a signal as it puts the record in place: delete --force leaves "
               "nothing."}) {
  ExpectConverges(lab, {"rename record"},
                  [&](const std::string& name) { return lab.MakeBundle({.name = name}); },
                  CreateWords);
}

CASE(Cancelled, StartAtItsGate,
     {.level = Level::kRobustness,
      .cites = {"C3", "C19", "L9"},
      .claim = "start gets a signal as it opens the fifo: delete --force leaves nothing."}) {
  ExpectConverges(lab, {"open gate"},
                  [&](const std::string& name) { return lab.Created({.name = name}); },
                  [](const Container& c) { return Arguments{"start", c.id}; });
}

CASE(Cancelled, KillAtItsSignal,
     {.level = Level::kRobustness,
      .cites = {"C19", "L9", "A22"},
      .claim = "kill gets a signal as it sends its own: delete --force leaves nothing."}) {
  ExpectConverges(lab, {"signal init"},
                  [&](const std::string& name) { return lab.Running({.name = name}); },
                  [](const Container& c) { return Arguments{"kill", c.id, "KILL"}; });
}

CASE(Cancelled, PauseAtItsFreezer,
     {.level = Level::kRobustness,
      .cites = {"C12", "C19", "L9"},
      .claim = "pause gets a signal as it freezes: delete --force leaves nothing.",
      .needs = kNeedPause | kNeedFreezer}) {
  ExpectConverges(lab, {"write freezer.state", "write cgroup.freeze"},
                  [&](const std::string& name) { return lab.Running({.name = name}); },
                  [](const Container& c) { return Arguments{"pause", c.id}; });
}

CASE(Cancelled, DeleteAtItsCgroup,
     {.level = Level::kRobustness,
      .cites = {"C3", "C19", "S7", "L9"},
      .claim = "delete gets a signal as it removes a cgroup: delete --force leaves nothing."}) {
  ExpectConverges(lab, {"rmdir cgroup"},
                  [&](const std::string& name) { return lab.Stopped({.name = name}); },
                  [](const Container& c) { return Arguments{"delete", c.id}; });
}

CASE(Cancelled, DeleteAtItsRecord,
     {.level = Level::kRobustness,
      .cites = {"C3", "C19", "S7", "L9"},
      .claim = "delete gets a signal as it removes the record: delete --force leaves nothing."}) {
  ExpectConverges(lab, {"unlink record", "rmdir container"},
                  [&](const std::string& name) { return lab.Stopped({.name = name}); },
                  [](const Container& c) { return Arguments{"delete", c.id}; });
}

CASE(Cancelled, ForceAtItsKill,
     {.level = Level::kRobustness,
      .cites = {"C3", "C19", "S6", "L9"},
      .claim = "delete --force gets a signal as it kills init: delete --force again leaves "
               "nothing."}) {
  ExpectConverges(lab, {"signal init"},
                  [&](const std::string& name) { return lab.Running({.name = name}); },
                  [](const Container& c) { return Arguments{"delete", "--force", c.id}; });
}

// The caller need not wait until the runtime gives up by itself.
CASE(Cancelled, DeleteOfABusyCgroup,
     {.level = Level::kRobustness,
      .cites = {"C15", "C19", "L1", "L9", "S9"},
      .claim = "A cgroup stays busy, and the caller ends delete by SIGTERM: it ends, and the next "
               "delete leaves nothing."}) {
  Container c = lab.Stopped();
  const auto injector = MakeInjector(lab, c, Always("rmdir cgroup", EBUSY));
  PendingInvocation call = runtime.Begin({"delete", c.id}, {.injector = injector});
  lab.Await("delete has tried three times",
            [&] { return injector->reached() >= 3 || !call.Running(); });
  call.Signal(SIGTERM);
  const Invocation deleted = call.Finish();
  CheckTracer(*injector);
  ExpectEnd(deleted, SIGTERM);
  EXPECT_HOLDS(deleted.ok() ? JudgeDelete({.ok = true}, lab.Observe(c))
                            : JudgeFailedDelete(lab.Observe(c)))
      << deleted.Describe();
  ExpectForceCleans(lab, c);
}

CASE(Cancelled, DeleteInItsPoststopHook,
     {.level = Level::kRobustness,
      .cites = {"C10", "C19", "L9"},
      .claim = "delete gets SIGTERM while its poststop hook runs: delete --force ends with "
               "nothing left."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop",
                                        .name = "h",
                                        .then = {"touch", "in-hook", "wait", "go"}}}});
  PendingInvocation call = runtime.Begin({"delete", c.id});
  ASSERT_TRUE(lab.AwaitFile("in-hook"));
  ProcessId hook = lab.Identify(lab.Hooks().back().pid);
  call.Signal(SIGTERM);
  lab.WriteFile("go", "");
  ExpectEnd(call.Finish(), SIGTERM);
  ASSERT_TRUE(lab.AwaitDead(hook));
  ExpectForceCleans(lab, c);
}

}  // namespace
}  // namespace reapcheck::conformance
