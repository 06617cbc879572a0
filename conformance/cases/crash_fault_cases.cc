// The runtime is killed before and after a call that matters. The caller's next steps, the same
// command again and delete --force, must end with nothing left and a usable id.
#include <signal.h>

#include "conformance/cases/fault.h"

namespace reapcheck::conformance {
namespace {

// False, with a failure, when it was not killed: then there is nothing to judge.
bool WasKilled(const Invocation& call) {
  EXPECT_EQ(call.signal, SIGKILL) << call.Describe();
  return call.signal == SIGKILL;
}

void ExpectCreateConverges(Lab& lab, const Faults& crashes, const ContainerPlan& plan = {}) {
  ForEachFault(crashes, [&](const Injection& crash, const std::string& name) {
    ContainerPlan named = plan;
    named.name = name;
    Container c = lab.MakeBundle(named);
    if (!WasKilled(RunFaulted(lab, c, CreateWords(c), crash))) return;
    ExpectForceCleans(lab, c);
    if (!testing::Test::HasFailure()) ExpectIdIsUsable(lab, c);
  });
}

// Delete, forced or not, is cut off; the same again ends it, and a hook that it had not come to has
// run once.
void ExpectDeleteConverges(Lab& lab, const Faults& crashes, bool force) {
  ForEachFault(crashes, [&](const Injection& crash, const std::string& name) {
    const ContainerPlan plan{.name = name, .hooks = {{.kind = "poststop", .name = name}}};
    Container c = force ? lab.Running(plan) : lab.Stopped(plan);
    const Arguments words = force ? Arguments{"delete", "--force", c.id}
                                  : Arguments{"delete", c.id};
    if (!WasKilled(RunFaulted(lab, c, words, crash))) return;
    EXPECT_HOLDS(JudgeFailedDelete(lab.Observe(c)));
    // Of what is gone already a plain delete says that it is not there.
    const bool was_gone = lab.Observe(c).gone();
    const Invocation again = lab.runtime().Run(words);
    if (!was_gone) {
      EXPECT_OK(again);
    }
    EXPECT_TRUE(lab.Observe(c).gone()) << lab.Observe(c).Describe();
    ExpectForceCleans(lab, c);
    EXPECT_HOLDS(JudgeHooks("poststop", {name}, lab.Observe(c).HooksOf("poststop")));
  });
}

// --- create ---

CASE(Crashes, CreateAtItsDirectory,
     {.level = Level::kRobustness,
      .cites = {"C3", "S19", "L9", "A27"},
      .claim = "create is killed before or after it makes ROOT/ID: delete --force leaves nothing "
               "and the id can be used."}) {
  ExpectCreateConverges(lab, CrashesAt({"mkdir container"}));
}

CASE(Crashes, CreateAtItsFirstCgroup,
     {.level = Level::kRobustness,
      .cites = {"C3", "S19", "L9", "A27"},
      .claim = "create is killed before or after it makes the first cgroup: delete --force leaves "
               "nothing and the id can be used."}) {
  ExpectCreateConverges(lab, CrashesAt({"mkdir cgroup"}));
}

CASE(Crashes, CreateAtALaterCgroup,
     {.level = Level::kRobustness,
      .cites = {"C3", "S19", "L9", "A27"},
      .claim = "create is killed at its fourth cgroup: delete --force leaves nothing and the id "
               "can be used."}) {
  ExpectCreateConverges(lab, CrashesAt({"mkdir cgroup"}, 4));
}

CASE(Crashes, CreateAtTheMoveOfInit,
     {.level = Level::kRobustness,
      .cites = {"C3", "S19", "L9"},
      .claim = "create is killed as it moves init into a cgroup: delete --force leaves nothing "
               "and the id can be used."}) {
  ExpectCreateConverges(lab, CrashesAt({"write cgroup.procs", "write cgroup file"}));
}

CASE(Crashes, CreateAtItsGate,
     {.level = Level::kRobustness,
      .cites = {"C3", "S19", "L9"},
      .claim = "create is killed before or after it makes the fifo: delete --force leaves nothing "
               "and the id can be used."}) {
  ExpectCreateConverges(lab, CrashesAt({"mkfifo gate"}));
}

CASE(Crashes, CreateAtItsRecord,
     {.level = Level::kRobustness,
      .cites = {"C3", "S18", "S19", "L9"},
      .claim = "create is killed before or after it renames the record: delete --force leaves "
               "nothing and the id can be used."}) {
  ExpectCreateConverges(lab, CrashesAt({"rename record"}));
}

CASE(Crashes, CreateAtTheWriteOfItsRecord,
     {.level = Level::kRobustness,
      .cites = {"C3", "S18", "S19", "L9"},
      .claim = "create is killed before or after it writes the record: delete --force leaves "
               "nothing and the id can be used."}) {
  ExpectCreateConverges(lab, CrashesAt({"open temporary", "write temporary"}));
}

CASE(Crashes, CreateAtItsHook,
     {.level = Level::kRobustness,
      .cites = {"C3", "S19", "L9"},
      .claim = "create is killed as it executes a createRuntime hook: delete --force leaves "
               "nothing and the id can be used."}) {
  const auto plan = [](const std::string& name) {
    return ContainerPlan{.name = name, .hooks = {{.kind = "createRuntime", .name = name}}};
  };
  const Container alike = lab.MakeBundle(plan("alike"));
  const int nth = SpawnOfHook(lab, alike, CreateWords(alike));
  ExpectCreateConverges(lab, {{.call = "spawn hook",
                               .occurrence = nth,
                               .action = Action::kKillBefore}},
                        plan("any"));
}

CASE(Crashes, CreateAgainAfterACrashIsRefusedOrWorks,
     {.level = Level::kRobustness,
      .cites = {"C3", "A18", "S25", "L9"},
      .claim = "create is killed at its first cgroup: create again works, or is an error after "
               "which delete --force leaves nothing."}) {
  ForEachFault(CrashesAt({"mkdir cgroup"}), [&](const Injection& crash, const std::string& name) {
    Container c = lab.MakeBundle({.name = name});
    if (!WasKilled(RunFaulted(lab, c, CreateWords(c), crash))) return;
    ExpectAnswer(runtime.Run(CreateWords(c)));
    ExpectForceCleans(lab, c);
  });
}

// --- start ---

CASE(Crashes, StartAtItsGate,
     {.level = Level::kRobustness,
      .cites = {"C3", "L9", "S8"},
      .claim = "start is killed at the fifo: the container can be killed, unless it has stopped, "
               "and deleted."}) {
  ForEachFault(CrashesAt({"open gate", "write gate", "read gate", "unlink gate"}),
               [&](const Injection& crash, const std::string& name) {
                 Container c = lab.Created({.name = name});
                 if (!WasKilled(RunFaulted(lab, c, {"start", c.id}, crash))) return;
                 ExpectAnswer(runtime.Kill(c.id, "KILL"));
                 EXPECT_TRUE(lab.AwaitDead(c.init));
                 ExpectForceCleans(lab, c);
               });
}

CASE(Crashes, StartAtItsRecord,
     {.level = Level::kRobustness,
      .cites = {"C3", "L9", "S18"},
      .claim = "start is killed as it writes what it notes: delete --force leaves nothing and the "
               "id can be used."}) {
  ForEachFault(CrashesAt({"write temporary", "rename record"}),
               [&](const Injection& crash, const std::string& name) {
                 Container c = lab.Created({.name = name});
                 if (!WasKilled(RunFaulted(lab, c, {"start", c.id}, crash))) return;
                 ExpectForceCleans(lab, c);
                 if (!testing::Test::HasFailure()) ExpectIdIsUsable(lab, c);
               });
}

// A reader holds the fifo no more, or the program runs: nobody can tell in between.
CASE(Crashes, StatusAfterACrashOfStartIsTrue,
     {.level = Level::kRobustness,
      .cites = {"C3", "A6", "S17"},
      .claim = "start is killed at the fifo: a container called created has not run its program, "
               "and can be started."}) {
  ForEachFault(CrashesAt({"open gate"}), [&](const Injection& crash, const std::string& name) {
    Container c = lab.Created({.name = name});
    if (!WasKilled(RunFaulted(lab, c, {"start", c.id}, crash))) return;
    if (runtime.Status(c.id) == "created") {
      const Invocation again = runtime.Start(c.id);
      // The program may have begun since it was asked.
      if (again.ok() || runtime.Status(c.id) == "running") {
        EXPECT_TRUE(lab.AwaitReady(c)) << again.Describe() << "\nand the container is "
                                       << lab.Observe(c).Describe();
      }
      ExpectAnswer(again);
    }
    ExpectForceCleans(lab, c);
  });
}

// --- kill ---

CASE(Crashes, KillAtItsSignal,
     {.level = Level::kRobustness,
      .cites = {"C3", "A22", "L9"},
      .claim = "kill is killed before or after its signal: kill again ends the container, and "
               "delete leaves nothing."}) {
  ForEachFault(CrashesAt({"pidfd_open init", "signal init"}),
               [&](const Injection& crash, const std::string& name) {
                 Container c = lab.Running({.name = name});
                 if (!WasKilled(RunFaulted(lab, c, {"kill", c.id, "KILL"}, crash))) return;
                 if (lab.Alive(c.init)) ExpectAnswer(runtime.Kill(c.id, "KILL"));
                 EXPECT_TRUE(lab.AwaitDead(c.init));
                 EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
                 EXPECT_OK(runtime.Delete(c.id));
                 EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
               });
}

CASE(Crashes, KillOfAllDoesNotLeaveItFrozenForEver,
     {.level = Level::kRobustness,
      .cites = {"C3", "C12", "L9", "S15"},
      .claim = "kill of all processes is killed with the cgroup frozen: kill again ends them "
               "all.",
      .needs = kNeedFreezer}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  ForEachFault(CrashesAt({"signal process"}), [&](const Injection& crash,
                                                  const std::string& name) {
    Container c = lab.Running(SeveralProcesses(name));
    const Arguments words{"kill", "--all", c.id, "KILL"};
    if (!WasKilled(RunFaulted(lab, c, words, crash))) return;
    if (!lab.Members(c).empty()) ExpectAnswer(runtime.Run(words));
    lab.Await("all are dead", [&] { return lab.Members(c).empty(); });
  });
}

// --- delete ---

CASE(Crashes, DeleteAtItsFirstCgroup,
     {.level = Level::kRobustness,
      .cites = {"C3", "S7", "S9", "L9", "S14"},
      .claim = "delete is killed before or after it removes the first cgroup: the next one ends "
               "it, and the poststop hook runs once."}) {
  ExpectDeleteConverges(lab, CrashesAt({"rmdir cgroup"}), /*force=*/false);
}

CASE(Crashes, DeleteAtALaterCgroup,
     {.level = Level::kRobustness,
      .cites = {"C3", "S7", "S9", "L9", "S14"},
      .claim = "delete is killed at the sixth cgroup: the next one ends it, and the poststop hook "
               "runs once."}) {
  ExpectDeleteConverges(lab, CrashesAt({"rmdir cgroup"}, 6), /*force=*/false);
}

CASE(Crashes, ForceAtItsKill,
     {.level = Level::kRobustness,
      .cites = {"C3", "S6", "S9", "L9", "S14"},
      .claim = "delete --force is killed before or after it kills init: the next one ends it, and "
               "the poststop hook runs once."}) {
  ExpectDeleteConverges(lab, CrashesAt({"pidfd_open init", "signal init"}), /*force=*/true);
}

CASE(Crashes, ForceAtItsFirstCgroup,
     {.level = Level::kRobustness,
      .cites = {"C3", "S7", "S9", "L9", "S14"},
      .claim = "delete --force is killed before or after it removes the first cgroup: the next "
               "one ends it, and the poststop hook runs once."}) {
  ExpectDeleteConverges(lab, CrashesAt({"rmdir cgroup"}), /*force=*/true);
}

// Whether the hook that it was about to run counts as run is the runtime's choice; the second is
// never lost and never twice: Aborted.DeleteKilledInPoststopRunsTheOtherHooksOnce. Here: it ends.
CASE(Crashes, DeleteAtItsRecord,
     {.level = Level::kRobustness,
      .cites = {"C3", "S7", "S9", "L9"},
      .claim = "delete is killed before or after it removes the record, or the directory: delete "
               "--force ends with nothing left, and the id can be used."}) {
  ForEachFault(CrashesAt({"unlink record", "rmdir container"}),
               [&](const Injection& crash, const std::string& name) {
                 Container c = lab.Stopped({.name = name});
                 if (!WasKilled(RunFaulted(lab, c, {"delete", c.id}, crash))) return;
                 EXPECT_HOLDS(JudgeFailedDelete(lab.Observe(c)));
                 ExpectForceCleans(lab, c);
                 if (!testing::Test::HasFailure()) ExpectIdIsUsable(lab, c);
               });
}

CASE(Crashes, PlainDeleteEndsWhatWasCutOffAtTheRecord,
     {.level = Level::kRobustness,
      .cites = {"C3", "S9", "L9", "S22"},
      .claim = "delete is killed before it removes the last of its record: a plain delete ends "
               "with nothing left and says so."}) {
  const Faults crashes = {{.call = "unlink record", .action = Action::kKillBefore},
                          {.call = "unlink record", .action = Action::kKillAfter}};
  ForEachFault(crashes, [&](const Injection& crash, const std::string& name) {
    Container c = lab.Stopped({.name = name});
    if (!WasKilled(RunFaulted(lab, c, {"delete", c.id}, crash))) return;
    EXPECT_OK(runtime.Delete(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  });
}

CASE(Crashes, DeleteAtItsTombstone,
     {.level = Level::kRobustness,
      .cites = {"C3", "S14", "S18", "L9"},
      .claim = "delete is killed as it notes how far it is: the next one ends it, and the "
               "poststop hook runs at most once."}) {
  ForEachFault(CrashesAt({"write temporary", "rename record"}),
               [&](const Injection& crash, const std::string& name) {
                 Container c =
                     lab.Stopped({.name = name, .hooks = {{.kind = "poststop", .name = name}}});
                 if (!WasKilled(RunFaulted(lab, c, {"delete", c.id}, crash))) return;
                 ExpectForceCleans(lab, c);
                 EXPECT_LE(lab.Observe(c).HooksOf("poststop").size(), 1u);
               });
}

}  // namespace
}  // namespace reapcheck::conformance
