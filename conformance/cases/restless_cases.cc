// A container that the kernel can not freeze: one of its threads is where no freezer reaches it, as
// on a disk that does not answer. Once somebody has asked for it (an engine, a pause that was
// killed), its cgroup is freezing until it is thawed: FREEZING on v1, `frozen 0` on v2.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

using std::chrono::milliseconds;

// A runtime may give up after 10 s, as long as the suite waits for any call: that is an answer.
const InvocationOptions kPatient{.timeout = milliseconds(13000)};

// Does not wait, as lab.SetFrozen does.
void AskFreezer(Lab& lab, const Container& c, bool frozen) {
  const std::string dir = lab.FreezerDir(c);
  EXPECT_TRUE(lab.pure_v2() ? WriteControl(dir + "/cgroup.freeze", frozen ? "1" : "0")
                            : WriteControl(dir + "/freezer.state", frozen ? "FROZEN" : "THAWED"));
}

// Any container is freezing for a moment.
bool StaysFreezing(Lab& lab, const Container& c) {
  constexpr int kLooks = 20;
  for (int i = 0; i < kLooks; ++i) {
    if (lab.FreezerOf(lab.FreezerDir(c)) != Freezer::kFreezing) return false;
    lab.Nap(milliseconds(10));
  }
  return true;
}

// Freezing, and not by the runtime.
Container Freezing(Lab& lab, ContainerPlan plan) {
  const long allowed = syscall(SYS_userfaultfd, O_CLOEXEC);
  if (allowed < 0) SKIP("no userfaultfd");
  close(static_cast<int>(allowed));
  plan.edit = [](Json& config) {
    for (Json& set : config["process"]["capabilities"]) set.push_back("CAP_SYS_PTRACE");
  };
  Container c = lab.Running(plan);
  AskFreezer(lab, c, true);
  if (StaysFreezing(lab, c)) return c;
  EXPECT_TRUE(lab.Alive(c.init)) << "nobody is there to be frozen";
  AskFreezer(lab, c, false);
  SKIP("this kernel can freeze it");
}

Container FreezingAlone(Lab& lab) { return Freezing(lab, {.program = {"restless"}}); }

// Nobody has asked yet.
Container Unfreezable(Lab& lab, const ContainerPlan& plan) {
  Container c = Freezing(lab, plan);
  AskFreezer(lab, c, false);
  EXPECT_EQ(lab.FreezerOf(lab.FreezerDir(c)), Freezer::kThawed);
  return c;
}

// The others do not end with init.
const ContainerPlan kSeveral{.pid_namespace = PidNamespace::kHost,
                             .program = {"fork", "2", "restless"}};

void ExpectForceCleans(Lab& lab, const Container& c) {
  const Invocation gone = lab.runtime().Run({"delete", "--force", c.id}, kPatient);
  EXPECT_OK(gone);
  EXPECT_HOLDS(JudgeDelete({.ok = gone.ok()}, lab.Observe(c)));
}

CASE(Frozen, PauseThatCanNotSucceedIsAnErrorInTime,
     {.level = Level::kRobustness,
      .cites = {"L1", "S15", "C12"},
      .claim = "A process of the container can not be frozen: pause is an error in time, and the "
               "container runs.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = Unfreezable(lab, {.program = {"restless"}});
  const Observation before = lab.Observe(c);
  EXPECT_REFUSED(runtime.Run({"pause", c.id}, kPatient));
  EXPECT_HOLDS(JudgeThawed(before, lab.Observe(c)));
  EXPECT_EQ(runtime.Status(c.id), "running");
}

CASE(Frozen, PauseThatCanNotSucceedDoesNotKeepForceFromIt,
     {.level = Level::kRobustness,
      .cites = {"L1", "L3", "S8", "C12"},
      .claim = "A process of the container can not be frozen: after a pause of it delete --force "
               "leaves nothing.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = Unfreezable(lab, {.program = {"restless"}});
  runtime.Run({"pause", c.id}, kPatient);
  ExpectForceCleans(lab, c);
}

CASE(Frozen, KillOfAllThatCanNotFreezeIsTold,
     {.level = Level::kRobustness,
      .cites = {"L1", "L4", "S15", "C12"},
      .claim = "A process of the container can not be frozen: kill of all processes kills them, or "
               "is an error in time that leaves nothing frozen.",
      .needs = kNeedFreezer}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  Container c = Unfreezable(lab, kSeveral);
  const Observation before = lab.Observe(c);
  const Invocation killed = runtime.Run({"kill", "--all", c.id, "KILL"}, kPatient);
  if (killed.ok()) {
    EXPECT_TRUE(lab.Await("all are dead", [&] { return lab.Members(c).empty(); }));
  } else {
    EXPECT_REFUSED(killed);
    EXPECT_HOLDS(JudgeThawed(before, lab.Observe(c)));
  }
}

CASE(Frozen, ForceThatCanNotFreezeIsTold,
     {.level = Level::kRobustness,
      .cites = {"L1", "L4", "S8", "C12"},
      .claim = "A process of the container can not be frozen: delete --force of several processes "
               "leaves nothing, or is an error in time that can be repeated.",
      .needs = kNeedFreezer}) {
  Container c = Unfreezable(lab, kSeveral);
  const Invocation deleted = runtime.Run({"delete", "--force", c.id}, kPatient);
  const Observation after = lab.Observe(c);
  EXPECT_HOLDS(deleted.ok() ? JudgeDelete({.ok = true}, after) : JudgeFailedDelete(after))
      << deleted.Describe();
  ExpectForceCleans(lab, c);
}

CASE(Frozen, OneThatFreezesForEverHasAState,
     {.level = Level::kRobustness,
      .cites = {"L1", "A6", "C12"},
      .claim = "The container is freezing for ever: state says in time that it runs, or is "
               "paused.",
      .needs = kNeedFreezer}) {
  Container c = FreezingAlone(lab);
  lab.Disown(c, "others judge its delete");
  const Invocation asked = runtime.Run({"state", c.id}, kPatient);
  ASSERT_OK(asked);
  const Json state = Json::parse(asked.out, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(state.is_object()) << asked.out;
  const std::string status = state.value("status", "");
  EXPECT_TRUE(status == "running" || status == "paused") << "the status is '" << status << "'";
}

CASE(Frozen, OneThatFreezesForEverIsListed,
     {.level = Level::kRobustness,
      .cites = {"L1", "L10", "C12"},
      .claim = "One container is freezing for ever: list answers in time, and names the others.",
      .needs = kNeedFreezer | kNeedList}) {
  Container other = lab.Running({.name = "other"});
  Container c = FreezingAlone(lab);
  lab.Disown(c, "others judge its delete");
  const Invocation listed = runtime.Run({"list", "--format", "json"}, kPatient);
  ASSERT_OK(listed);
  EXPECT_NE(listed.out.find(other.id), std::string::npos) << listed.out;
}

CASE(Frozen, OneThatFreezesForEverIsKilled,
     {.level = Level::kRobustness,
      .cites = {"L1", "A22", "L3", "C12"},
      .claim = "The container is freezing for ever: kill KILL ends it.",
      .needs = kNeedFreezer}) {
  Container c = FreezingAlone(lab);
  lab.Disown(c, "others judge its delete");
  EXPECT_OK(runtime.Run({"kill", c.id, "KILL"}, kPatient));
  EXPECT_TRUE(lab.AwaitDead(c.init));
}

CASE(Frozen, OneThatFreezesForEverIsDeletedByForce,
     {.level = Level::kRobustness,
      .cites = {"L1", "L3", "S8", "C12"},
      .claim = "The container is freezing for ever: delete --force leaves nothing.",
      .needs = kNeedFreezer}) {
  ExpectForceCleans(lab, FreezingAlone(lab));
}

}  // namespace
}  // namespace reapcheck::conformance
