// A container that the kernel can not freeze: one of its processes is where no freezer reaches it, as
// on a disk that does not answer. Its cgroup stays FREEZING until somebody thaws it.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

Container RunningRestless(Lab& lab) {
  const long allowed = syscall(SYS_userfaultfd, O_CLOEXEC);
  if (allowed < 0) SKIP("no userfaultfd");
  close(static_cast<int>(allowed));
  return lab.Running({.program = {"restless"}, .edit = [](Json& config) {
                        for (Json& set : config["process"]["capabilities"]) {
                          set.push_back("CAP_SYS_PTRACE");
                        }
                      }});
}

// What an engine, or a pause that was killed, has left behind.
Container FreezingForEver(Lab& lab) {
  if (lab.pure_v2()) SKIP("v2 has no such state");
  Container c = RunningRestless(lab);
  const std::string dir = lab.FreezerDir(c);
  std::ofstream(dir + "/freezer.state") << "FROZEN" << std::flush;
  EXPECT_EQ(lab.FreezerOf(dir), Freezer::kFreezing);
  return c;
}

// For a lab that has to clean up after a runtime that did not.
void LetGo(Lab& lab, const Container& c) {
  if (const std::string dir = lab.FreezerDir(c); !dir.empty()) lab.SetFrozen(dir, false);
}

CASE(Frozen, PauseThatCanNotSucceedIsAnErrorInTime,
     {.level = Level::kRobustness,
      .cites = {"L1", "S15", "C12"},
      .claim = "A process of the container can not be frozen: pause ends in time with an error, and "
               "the container runs.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = RunningRestless(lab);
  const Observation before = lab.Observe(c);
  EXPECT_REFUSED(runtime.Pause(c.id));
  EXPECT_HOLDS(JudgeThawed(before, lab.Observe(c)));
  EXPECT_EQ(runtime.Status(c.id), "running");
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  LetGo(lab, c);
}

CASE(Frozen, OneThatFreezesForEverHasAState,
     {.level = Level::kRobustness,
      .cites = {"L1", "A6", "C12"},
      .claim = "The container's freezer is FREEZING for ever: state answers in time.",
      .needs = kNeedFreezer}) {
  Container c = FreezingForEver(lab);
  lab.Disown(c, "others judge its delete");
  EXPECT_OK(runtime.Run({"state", c.id}));
  LetGo(lab, c);
}

CASE(Frozen, OneThatFreezesForEverIsListed,
     {.level = Level::kRobustness,
      .cites = {"L1", "C12"},
      .claim = "The container's freezer is FREEZING for ever: list answers in time, for the sake of "
               "the others.",
      .needs = kNeedFreezer | kNeedList}) {
  Container c = FreezingForEver(lab);
  lab.Disown(c, "others judge its delete");
  EXPECT_EQ(runtime.List(), std::vector<std::string>{c.id});
  LetGo(lab, c);
}

CASE(Frozen, OneThatFreezesForEverIsKilled,
     {.level = Level::kRobustness,
      .cites = {"L1", "A22", "L3", "C12"},
      .claim = "The container's freezer is FREEZING for ever: kill KILL ends it.",
      .needs = kNeedFreezer}) {
  Container c = FreezingForEver(lab);
  lab.Disown(c, "others judge its delete");
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  EXPECT_TRUE(lab.AwaitDead(c.init));
  LetGo(lab, c);
}

CASE(Frozen, OneThatFreezesForEverIsDeletedByForce,
     {.level = Level::kRobustness,
      .cites = {"L1", "L3", "S8", "C12"},
      .claim = "The container's freezer is FREEZING for ever: delete --force leaves nothing.",
      .needs = kNeedFreezer}) {
  Container c = FreezingForEver(lab);
  const Invocation gone = runtime.DeleteForce(c.id);
  EXPECT_OK(gone);
  EXPECT_HOLDS(JudgeDelete({.ok = gone.ok()}, lab.Observe(c)));
  LetGo(lab, c);
}

}  // namespace
}  // namespace reapcheck::conformance
