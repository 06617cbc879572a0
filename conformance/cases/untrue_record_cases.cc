// Records that are well formed and untrue: they name a process that is not the container's.
//
// Never 0 or -1: kill(2) takes these for the caller's process group and for every process there is,
// and a runtime that believed them would hurt the machine and not only the lab.
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/file.h"
#include "conformance/json_edit.h"

namespace reapcheck::conformance {
namespace {

constexpr char kUntrue[] = "its record does not name its processes any more";

// A running container whose record says `pid` in place of init's; its start time stays.
Container WithPid(Lab& lab, const std::string& name, const Json& pid) {
  Container c = lab.Running({.name = name});
  std::string file = lab.RecordFile(c);
  Json record = Json::parse(ReadText(file).value_or(""), nullptr, /*allow_exceptions=*/false);
  int replaced = ReplaceNumber(record, static_cast<std::uint64_t>(c.init.pid), pid);
  if (replaced == 0) SKIP("the record does not say the pid as a JSON number");
  EXPECT_TRUE(WriteText(file, record.dump()));
  lab.Disown(c, kUntrue);
  return c;
}

// Lives, and began in an earlier clock tick than whatever is started afterwards: who compares start
// times can not take it for the container's init.
ProcessId OlderBystander(Lab& lab) {
  ProcessId bystander = lab.MakeForeignProcess();
  lab.Await("the next clock tick",
            [&] { return lab.MakeForeignProcess().start_time > bystander.start_time; });
  return bystander;
}

struct WrongPid {
  const char* name;
  Json pid;
};

// Each with what a careless reader makes of it.
std::vector<WrongPid> ImpossiblePids(const ProcessId& bystander) {
  constexpr std::int64_t kWraps = std::int64_t{1} << 32;
  return {{"text", std::to_string(bystander.pid)},
          {"fraction", bystander.pid + 0.5},
          {"wrapping", kWraps + bystander.pid},
          {"null", nullptr},
          {"list", Json::array({bystander.pid})}};
}

void ExpectTruth(Lab& lab, const Container& container, const Invocation& deleted) {
  EXPECT_TRUE(deleted.ok() || deleted.refused()) << deleted.Describe();
  Observation after = lab.Observe(container);
  EXPECT_HOLDS(deleted.ok() ? JudgeDelete({.ok = true}, after) : JudgeFailedDelete(after))
      << deleted.Describe();
}

CASE(Corrupt, ImpossiblePidIsNoLicenceToDelete,
     {.level = Level::kRobustness,
      .cites = {"C1", "S3", "S6", "S20"},
      .claim = "A pid of a wrong type or size in the record: delete of the live container is "
               "an error and leaves its processes and its record."}) {
  ProcessId bystander = lab.MakeForeignProcess();
  for (const WrongPid& wrong : ImpossiblePids(bystander)) {
    SCOPED_TRACE(wrong.name);
    Container c = WithPid(lab, wrong.name, wrong.pid);
    ASSERT_TRUE(lab.Alive(c.init));
    EXPECT_REFUSED(runtime.Delete(c.id));
    EXPECT_TRUE(lab.Unhurt(c.init));
    EXPECT_TRUE(lab.Observe(c).record_exists());
  }
}

CASE(Corrupt, ImpossiblePidAndForceTellsTheTruth,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S10", "S20"},
      .claim = "A pid of a wrong type or size in the record: delete --force removes all of the "
               "container or is an error, and hurts nobody else."}) {
  ProcessId bystander = lab.MakeForeignProcess();
  for (const WrongPid& wrong : ImpossiblePids(bystander)) {
    SCOPED_TRACE(wrong.name);
    Container c = WithPid(lab, wrong.name, wrong.pid);
    ExpectTruth(lab, c, runtime.DeleteForce(c.id));
    EXPECT_TRUE(lab.Unhurt(bystander));
  }
}

CASE(Corrupt, PidOfABystanderIsNotSignalled,
     {.level = Level::kRobustness,
      .cites = {"S1", "S10", "C5"},
      .claim = "The record names a process whose start time is another: kill does not signal "
               "it."}) {
  ProcessId bystander = OlderBystander(lab);
  Container c = WithPid(lab, "c1", bystander.pid);
  runtime.Kill(c.id, "KILL");
  EXPECT_TRUE(lab.Unhurt(bystander)) << "kill hit a process that is not the container's";
}

CASE(Corrupt, PidOfABystanderIsNotKilledByForce,
     {.level = Level::kRobustness,
      .cites = {"S1", "S8", "S10", "C5"},
      .claim = "The record names a process whose start time is another: delete --force removes "
               "the container or is an error, and that process lives."}) {
  ProcessId bystander = OlderBystander(lab);
  Container c = WithPid(lab, "c1", bystander.pid);
  ExpectTruth(lab, c, runtime.DeleteForce(c.id));
  EXPECT_TRUE(lab.Unhurt(bystander)) << "delete --force hit a process that is not the container's";
}

CASE(Corrupt, PidOfABystanderIsNoLicenceToDelete,
     {.level = Level::kRobustness,
      .cites = {"S3", "S6", "S8"},
      .claim = "The record names a process whose start time is another, and the container "
               "lives: delete does not exit 0 over it, nor loses the record."}) {
  ProcessId bystander = OlderBystander(lab);
  Container c = WithPid(lab, "c1", bystander.pid);
  ASSERT_TRUE(lab.Alive(c.init));
  ExpectTruth(lab, c, runtime.Delete(c.id));
  EXPECT_TRUE(lab.Unhurt(bystander));
}

CASE(Corrupt, PidOneIsNotTheContainers,
     {.level = Level::kRobustness,
      .cites = {"S1", "S8", "S20"},
      .claim = "The record says that init is process 1 of the machine: delete --force removes "
               "the container or is an error."}) {
  // A SIGKILL that a careless runtime sends to process 1 is discarded by the kernel.
  Container c = WithPid(lab, "c1", 1);
  ASSERT_TRUE(lab.Alive(c.init));
  ExpectTruth(lab, c, runtime.DeleteForce(c.id));
}

CASE(Corrupt, RecordOfAnotherContainerIsNotObeyed,
     {.level = Level::kRobustness,
      .cites = {"S10", "S20"},
      .claim = "ROOT/ID holds the record of another container, which says so: delete --force "
               "of ID does not hurt that one."}) {
  Container other = lab.Running({.name = "other"});
  Container c = lab.Running({.name = "c1"});
  std::string record = ReadText(lab.RecordFile(other)).value_or("");
  Json parsed = Json::parse(record, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object() || parsed.value("id", "") != other.id) {
    SKIP("the record does not say whose it is");
  }
  ASSERT_TRUE(WriteText(lab.RecordFile(c), record));
  lab.Disown(c, kUntrue);
  lab.Disown(other, "its sibling's delete may have hurt it");
  Invocation deleted = runtime.DeleteForce(c.id);
  EXPECT_TRUE(deleted.ok() || deleted.refused()) << deleted.Describe();
  EXPECT_TRUE(lab.Unhurt(other.init)) << "the other container was hit by " << deleted.Describe();
  EXPECT_FALSE(lab.CgroupDirs(other).empty());
  EXPECT_EQ(runtime.Status(other.id), "running");
}

}  // namespace
}  // namespace reapcheck::conformance
