// Containers without a record: what a create, start or delete that was cut off leaves in ROOT.
#include <unistd.h>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

constexpr char kUnknown[] = "the runtime's own record of it was taken away";

// A container that `make`, a member of Lab, brings up, and whose record the lab then takes away.
// ROOT/ID stays, and what else the runtime keeps there: emptied it could not be told from one that
// create had not put anything into.
Container Lost(Lab& lab, Container (Lab::*make)(const ContainerPlan&),
               const ContainerPlan& plan = {}) {
  Container container = (lab.*make)(plan);
  EXPECT_EQ(unlink(lab.RecordFile(container).c_str()), 0);
  lab.Disown(container, kUnknown);
  return container;
}

void ExpectForceCleans(Lab& lab, Subject& runtime, const Container& container) {
  Invocation deleted = runtime.DeleteForce(container.id);
  EXPECT_OK(deleted);
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(container)));
}

// Exit 0 and everything is gone, or an error and it can be tried again.
void ExpectTruth(Lab& lab, const Container& container, const Invocation& deleted) {
  EXPECT_TRUE(deleted.ok() || deleted.refused()) << deleted.Describe();
  Observation after = lab.Observe(container);
  EXPECT_HOLDS(deleted.ok() ? JudgeDelete({.ok = true}, after) : JudgeFailedDelete(after))
      << deleted.Describe();
}

// --- A container that lives and has no record ---

CASE(Aborted, PlainDeleteOfALiveOneIsRefusedAndPreserves,
     {.level = Level::kRobustness,
      .cites = {"C2", "S6", "S20"},
      .claim = "Without a record and with its processes alive, delete without force changes "
               "nothing."}) {
  Container c = Lost(lab, &Lab::Running);
  ASSERT_TRUE(lab.Alive(c.init));
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Aborted, PlainDeleteOfACreatedOneTellsTheTruth,
     {.level = Level::kRobustness,
      .cites = {"C2", "S6", "S8", "S19"},
      .claim = "Delete of a created container without a record leaves all of it or nothing."}) {
  Container c = Lost(lab, &Lab::Created);
  ASSERT_TRUE(lab.Alive(c.init));
  ExpectTruth(lab, c, runtime.Delete(c.id));
}

CASE(Aborted, ForceTellsTheTruth,
     {.level = Level::kRobustness,
      .cites = {"C2", "S8", "S9", "S20"},
      .claim = "delete --force of a container without a record never exits 0 over what lives "
               "on."}) {
  Container c = Lost(lab, &Lab::Running);
  ASSERT_TRUE(lab.Alive(c.init));
  ExpectTruth(lab, c, runtime.DeleteForce(c.id));
}

CASE(Aborted, ForceCleansARunningOne,
     {.level = Level::kRobustness,
      .cites = {"C2", "S8", "S20"},
      .claim = "delete --force kills and removes a running container whose record is lost."}) {
  Container c = Lost(lab, &Lab::Running, {.program = {"fork", "2", "sleep"}});
  ASSERT_TRUE(lab.Alive(c.init));
  ExpectForceCleans(lab, runtime, c);
}

CASE(Aborted, ForceCleansACreatedOne,
     {.level = Level::kRobustness,
      .cites = {"C2", "S8", "S16", "S19"},
      .claim = "delete --force kills and removes a created container whose record is lost."}) {
  Container c = Lost(lab, &Lab::Created);
  ASSERT_TRUE(lab.Alive(c.init));
  ExpectForceCleans(lab, runtime, c);
}

CASE(Aborted, ForceCleansAPausedOne,
     {.level = Level::kRobustness,
      .cites = {"C2", "C12", "S8", "L3"},
      .claim = "delete --force thaws, kills and removes a paused container whose record is "
               "lost.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = Lost(lab, &Lab::Paused);
  ASSERT_TRUE(lab.Observe(c).frozen());
  ExpectForceCleans(lab, runtime, c);
  // What is left frozen could not be removed by the lab either.
  if (std::string freezer = lab.FreezerDir(c); !freezer.empty()) lab.SetFrozen(freezer, false);
}

CASE(Aborted, ForceKillsWhatOutlivedInit,
     {.level = Level::kRobustness,
      .cites = {"C2", "C13", "S8", "L4"},
      .claim = "Record lost, init dead, its children alive in the host's pid namespace: "
               "--force kills them and removes the container."}) {
  Container c = Lost(lab, &Lab::Running,
                     {.pid_namespace = PidNamespace::kHost, .program = {"fork", "3", "sleep"}});
  lab.KillInit(c);
  ASSERT_EQ(lab.Members(c).size(), 3u);
  ExpectForceCleans(lab, runtime, c);
}

CASE(Aborted, OtherOperationsAreRefused,
     {.level = Level::kRobustness,
      .cites = {"C2", "A15", "A17"},
      .claim = "state, kill and start of a container without a record are errors, change "
               "nothing."}) {
  Container c = Lost(lab, &Lab::Created);
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.State(c.id));
  EXPECT_REFUSED(runtime.Kill(c.id, "TERM"));
  EXPECT_REFUSED(runtime.Start(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Aborted, CreateOnTheIdLeavesTheContainer,
     {.level = Level::kRobustness,
      .cites = {"C2", "A2", "A18", "S25"},
      .claim = "create with the id of a live container whose record is lost is an error and "
               "changes nothing of it."}) {
  Container c = Lost(lab, &Lab::Running);
  Container other = lab.MakeBundle({.name = "other", .id = c.id, .cgroups_path = c.cgroups_path});
  lab.Disown(c, kUnknown);
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Create(c.id, other.bundle));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

// --- A container that is dead and has no record ---

CASE(Aborted, PlainDeleteOfADeadOneCleans,
     {.level = Level::kRobustness,
      .cites = {"C2", "S8", "S19"},
      .claim = "Record lost and nothing of it alive: delete removes directory and cgroups, "
               "exit 0."}) {
  Container c = Lost(lab, &Lab::Stopped);
  ASSERT_TRUE(lab.Members(c).empty());
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Aborted, EmptyDirectoryIsDeletedAndTheIdUsable,
     {.level = Level::kRobustness,
      .cites = {"C2", "A27", "S19"},
      .claim = "An empty ROOT/ID is removed by delete, exit 0, and the id can be used again."}) {
  for (bool force : {false, true}) {
    SCOPED_TRACE(force ? "delete --force" : "delete");
    std::string name = force ? "forced" : "plain";
    std::string directory = lab.root() + "/" + lab.Id(name);
    ASSERT_TRUE(MakeDirectories(directory, 0700));
    EXPECT_OK(force ? runtime.DeleteForce(lab.Id(name)) : runtime.Delete(lab.Id(name)));
    EXPECT_FALSE(Exists(directory));
    Container c = lab.Running({.name = name});
    EXPECT_EQ(runtime.Status(c.id), "running");
  }
}

CASE(Aborted, CreateOnALeftOverDirectoryIsRefused,
     {.level = Level::kRobustness,
      .cites = {"C2", "A15", "A18"},
      .claim = "create on an id whose directory is left over is an error, changes nothing, and "
               "works after a delete --force."}) {
  Container c = lab.MakeBundle();
  ASSERT_TRUE(MakeDirectories(lab.RecordDirectory(c), 0700));
  ASSERT_TRUE(WriteText(lab.RecordDirectory(c) + "/left-over", "x"));
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Create(c.id, c.bundle));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_OK(runtime.Create(c.id, c.bundle));
  EXPECT_EQ(runtime.Status(c.id), "created");
}

CASE(Aborted, FileInPlaceOfTheDirectoryIsNoContainer,
     {.level = Level::kRobustness,
      .cites = {"C2", "A15", "A17", "A18"},
      .claim = "A file ROOT/ID is no container: every operation on the id is an error, no "
               "crash."}) {
  Container c = lab.MakeBundle();
  ASSERT_TRUE(WriteText(lab.RecordDirectory(c), "stray"));
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.State(c.id));
  EXPECT_REFUSED(runtime.Start(c.id));
  EXPECT_REFUSED(runtime.Kill(c.id, "KILL"));
  EXPECT_REFUSED(runtime.Create(c.id, c.bundle));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  Invocation deleted = runtime.DeleteForce(c.id);
  EXPECT_TRUE(deleted.ok() ? !Exists(lab.RecordDirectory(c)) : deleted.refused())
      << deleted.Describe() << "; the file is there: " << Exists(lab.RecordDirectory(c));
  unlink(lab.RecordDirectory(c).c_str());
}

CASE(Aborted, ListCopesWithWhatIsLeftOver,
     {.level = Level::kRobustness,
      .cites = {"C2", "S20"},
      .claim = "list names the live container beside a stray file, an empty directory and one "
               "without a record.",
      .needs = kNeedList}) {
  Container live = lab.Running({.name = "live"});
  Lost(lab, &Lab::Created);
  ASSERT_TRUE(WriteText(lab.root() + "/stray", "x"));
  ASSERT_TRUE(MakeDirectories(lab.root() + "/" + lab.Id("empty"), 0700));
  Invocation listed = runtime.Run({"list", "--format", "json"});
  EXPECT_OK(listed);
  EXPECT_NE(listed.out.find(live.id), std::string::npos) << listed.out;
  unlink((lab.root() + "/stray").c_str());
  rmdir((lab.root() + "/" + lab.Id("empty")).c_str());
}

}  // namespace
}  // namespace reapcheck::conformance
