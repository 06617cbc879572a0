// Answers that do not come for a while, or never: a freezer that is not done, a cgroup that is busy
// several times. What a runtime does with its patience is its own choice; it ends in time, and says
// what is true.
#include "conformance/cases/fault.h"

namespace reapcheck::conformance {
namespace {

// What Linux says as long as one process of the cgroup does not stop, or does not go on: v1, v2.
constexpr char kFreezing[] = "FREEZING\n", kNotFrozen[] = "populated 1\nfrozen 0\n";
constexpr char kFrozen[] = "FROZEN\n", kStillFrozen[] = "populated 1\nfrozen 1\n";

// From the moment at which the freezer is written; before it says what is true.
Invocation RunWithFreezer(Lab& lab, const Container& c, const Arguments& words, const char* v1,
                          const char* v2) {
  const bool is_v2 = lab.pure_v2();
  const Faults sequence{
      {.call = is_v2 ? "write cgroup.freeze" : "write freezer.state", .action = Action::kDelay},
      AlwaysReads(is_v2 ? "read cgroup.events" : "read freezer.state", is_v2 ? v2 : v1)};
  return RunSequence(lab, c, words, sequence, sequence.size());
}

CASE(Faults, PauseThatNeverEndsIsAnErrorInTime,
     {.level = Level::kRobustness,
      .cites = {"L1", "S15", "C12"},
      .claim = "The freezer is never done: pause ends in time with an error, and the container "
               "runs.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Running();
  const Observation before = lab.Observe(c);
  EXPECT_REFUSED(RunWithFreezer(lab, c, {"pause", c.id}, kFreezing, kNotFrozen));
  EXPECT_HOLDS(JudgeThawed(before, lab.Observe(c)));
  EXPECT_EQ(runtime.Status(c.id), "running");
  ExpectForceCleans(lab, c);
}

CASE(Faults, ResumeThatNeverEndsIsTold,
     {.level = Level::kRobustness,
      .cites = {"L1", "A15", "C12"},
      .claim = "The freezer stays frozen for ever: resume ends in time, and delete --force leaves "
               "nothing.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Paused();
  ExpectAnswer(RunWithFreezer(lab, c, {"resume", c.id}, kFrozen, kStillFrozen));
  ExpectForceCleans(lab, c);
}

CASE(Faults, KillOfAllThatCanNotFreezeIsTold,
     {.level = Level::kRobustness,
      .cites = {"L1", "L4", "S15", "C12"},
      .claim = "The freezer is never done: kill of all processes kills them, or is an error that "
               "leaves nothing frozen.",
      .needs = kNeedFreezer}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  Container c = lab.Running(SeveralProcesses("c1"));
  const Observation before = lab.Observe(c);
  const Arguments words{"kill", "--all", c.id, "KILL"};
  const Invocation killed = RunWithFreezer(lab, c, words, kFreezing, kNotFrozen);
  ExpectAnswer(killed);
  if (killed.ok()) {
    EXPECT_TRUE(lab.Await("all are dead", [&] { return lab.Members(c).empty(); }));
  } else {
    EXPECT_HOLDS(JudgeThawed(before, lab.Observe(c)));
  }
  ExpectForceCleans(lab, c);
}

CASE(Faults, ForceThatCanNotFreezeIsTold,
     {.level = Level::kRobustness,
      .cites = {"L1", "L4", "S8", "C12"},
      .claim = "The freezer is never done: delete --force of several processes leaves nothing, or "
               "is an error that can be repeated.",
      .needs = kNeedFreezer}) {
  Container c = lab.Running(SeveralProcesses("c1"));
  ExpectDeleteTold(
      lab, c, RunWithFreezer(lab, c, {"delete", "--force", c.id}, kFreezing, kNotFrozen));
}

CASE(Faults, ForceOfAPausedOneThatSeemsToStayFrozenIsTold,
     {.level = Level::kRobustness,
      .cites = {"L1", "L3", "S8", "C12"},
      .claim = "The thaw of a paused container is never done: delete --force leaves nothing, or is "
               "an error that can be repeated.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Paused();
  ExpectDeleteTold(
      lab, c, RunWithFreezer(lab, c, {"delete", "--force", c.id}, kFrozen, kStillFrozen));
}

// EBUSY of the first `times` rmdir of cgroups, whichever they are. A runtime may give up before.
Invocation RunBusy(Lab& lab, const Container& c, const Arguments& words, int times) {
  Faults busy;
  for (int i = 1; i <= times; ++i) busy.push_back(Once("rmdir cgroup", EBUSY, i));
  return RunSequence(lab, c, words, busy, 1);
}

CASE(Faults, CgroupThatIsBusySeveralTimesIsNotForgotten,
     {.level = Level::kRobustness,
      .cites = {"L1", "L2", "S8", "S9", "C15"},
      .claim = "Cgroups are busy 2, 3, 5, 10 and 20 times in a row, then no more: delete removes "
               "them, or is an error that can be repeated."}) {
  for (const int times : {2, 3, 5, 10, 20}) {
    SCOPED_TRACE("busy " + std::to_string(times) + " times");
    Container c = lab.Stopped({.name = "c" + std::to_string(times)});
    ExpectDeleteTold(lab, c, RunBusy(lab, c, {"delete", c.id}, times));
    if (testing::Test::HasFailure()) return;
  }
}

CASE(Faults, CgroupThatIsBusySeveralTimesIsNotForgottenByForce,
     {.level = Level::kRobustness,
      .cites = {"L1", "L2", "S8", "S9", "C15"},
      .claim = "Cgroups are busy 2, 5 and 20 times in a row, then no more: delete --force removes "
               "them, or is an error that can be repeated."}) {
  for (const int times : {2, 5, 20}) {
    SCOPED_TRACE("busy " + std::to_string(times) + " times");
    Container c = lab.Running({.name = "c" + std::to_string(times)});
    ExpectDeleteTold(lab, c, RunBusy(lab, c, {"delete", "--force", c.id}, times));
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace reapcheck::conformance
