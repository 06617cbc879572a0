// Init is dead and its parent does not wait for it: it has a pid, a start time, and no life.
#include <string>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

// Ends init while nobody reaps. From here on it is a zombie until the case ends.
void MakeZombie(Lab& lab, const Container& container) {
  lab.SetReaping(false);
  lab.KillInit(container);
  std::optional<ProcessInfo> init = lab.Inspect(container.init.pid);
  ASSERT_TRUE(init && init->id == container.init) << "it was reaped";
  ASSERT_EQ(init->state, 'Z');
}

CASE(Zombie, StatusIsStopped,
     {.level = Level::kSpec,
      .cites = {"A6", "L6", "C6"},
      .claim = "A container whose init is a zombie has exited: it is stopped."}) {
  Container c = lab.Running();
  MakeZombie(lab, c);
  EXPECT_EQ(runtime.Status(c.id), "stopped");
}

CASE(Zombie, KillIsRefused,
     {.level = Level::kSpec,
      .cites = {"A21", "A15", "S5", "C6"},
      .claim = "kill of a container whose init is a zombie is an error and changes nothing."}) {
  Container c = lab.Running();
  MakeZombie(lab, c);
  Snapshot before = lab.TakeSnapshot();
  for (const std::string signal : {"0", "TERM", "KILL"}) {
    EXPECT_REFUSED(runtime.Kill(c.id, signal));
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Zombie, DeleteDoesNotWaitForTheReaper,
     {.level = Level::kConvention,
      .cites = {"A25", "L6", "S8", "C6"},
      .claim = "delete of a container whose init is a zombie succeeds and leaves nothing."}) {
  Container c = lab.Running({.program = {"fork", "2", "zombies", "2", "sleep"}});
  MakeZombie(lab, c);
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Zombie, ForceDeleteDoesNotWaitForTheReaper,
     {.level = Level::kConvention,
      .cites = {"A25", "L3", "L6", "S8", "C6"},
      .claim = "delete --force of a running container succeeds though nobody reaps its init."}) {
  Container c = lab.Running({.program = {"fork", "2", "sleep"}});
  lab.SetReaping(false);
  ASSERT_TRUE(lab.Alive(c.init));
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Zombie, ForceDeleteWithoutAPidNamespace,
     {.level = Level::kConvention,
      .cites = {"A25", "L6", "S8", "C6", "C13"},
      .claim = "The same in the host's pid namespace, where all of it become zombies of ours."}) {
  Container c =
      lab.Running({.pid_namespace = PidNamespace::kHost, .program = {"detach", "3", "sleep"}});
  lab.SetReaping(false);
  ASSERT_EQ(lab.Members(c).size(), 4u);
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Zombie, CreatedContainerIsStoppedAndDeleted,
     {.level = Level::kRobustness,
      .cites = {"A6", "A19", "L6", "S8", "C6"},
      .claim = "A created container whose init is a zombie is not started, and is deleted."}) {
  Container c = lab.Created();
  MakeZombie(lab, c);
  EXPECT_EQ(runtime.Status(c.id), "stopped");
  EXPECT_REFUSED(runtime.Start(c.id));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

}  // namespace
}  // namespace reapcheck::conformance
