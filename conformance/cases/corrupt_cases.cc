// Containers whose record is there and says nothing, nonsense, or something untrue.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

constexpr char kUnknown[] = "its record was made useless";

// What the lab does to a record. A table of these is one class, which a runtime treats alike.
struct Damage {
  std::string name;
  std::function<bool(const std::string& file)> apply;
};

using Damages = std::vector<Damage>;

Damage Text(const std::string& name, const std::string& text) {
  return {name, [text](const std::string& file) { return WriteText(file, text); }};
}

bool CutInHalf(const std::string& file) {
  std::string text = ReadText(file).value_or("");
  return text.size() > 2 && truncate(file.c_str(), static_cast<off_t>(text.size() / 2)) == 0;
}

bool ReplaceByLink(const std::string& file, const std::string& target) {
  return unlink(file.c_str()) == 0 && symlink(target.c_str(), file.c_str()) == 0;
}

// A parser fails on these ...
const Damages& Unparsable() {
  static const Damages damages = {Text("empty", ""),
                                  {"half", CutInHalf},
                                  Text("garbage", std::string("\x00\xff\x7f{\x01", 5))};
  return damages;
}

// ... not on these: who looks for a member without asking whether it is there crashes.
const Damages& WrongShape() {
  static const Damages damages = {Text("null", "null"), Text("object", "{}"), Text("list", "[]"),
                                  Text("number", "42")};
  return damages;
}

// ... and these can not be read. Permissions do not keep root from reading.
const Damages& Unreadable() {
  static const Damages damages = {
      {"directory",
       [](const std::string& file) {
         return unlink(file.c_str()) == 0 && mkdir(file.c_str(), 0700) == 0;
       }},
      {"loop", [](const std::string& file) { return ReplaceByLink(file, file); }},
      {"device", [](const std::string& file) { return ReplaceByLink(file, "/dev/null"); }}};
  return damages;
}

Container Damaged(Lab& lab, const Damage& damage, Container (Lab::*make)(const ContainerPlan&),
                  ContainerPlan plan = {}) {
  plan.name = damage.name;
  Container container = (lab.*make)(plan);
  if (!damage.apply(lab.RecordFile(container))) SKIP("the record can not be made " + damage.name);
  lab.Disown(container, kUnknown);
  return container;
}

// --- The judgements, for each class of damage ---

void JudgePlainDeleteOfLive(Lab& lab, Subject& runtime, const Damages& damages) {
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.name);
    Container c = Damaged(lab, damage, &Lab::Running);
    ASSERT_TRUE(lab.Alive(c.init));
    Snapshot before = lab.TakeSnapshot();
    EXPECT_REFUSED(runtime.Delete(c.id));
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  }
}

// Exit 0 and everything is gone, or an error and it can be tried again.
void ExpectTruth(Lab& lab, const Container& container, const Invocation& deleted) {
  EXPECT_TRUE(deleted.ok() || deleted.refused()) << deleted.Describe();
  Observation after = lab.Observe(container);
  EXPECT_HOLDS(deleted.ok() ? JudgeDelete({.ok = true}, after) : JudgeFailedDelete(after))
      << deleted.Describe();
}

void JudgeForceIsTruthful(Lab& lab, Subject& runtime, const Damages& damages) {
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.name);
    Container c = Damaged(lab, damage, &Lab::Running);
    ASSERT_TRUE(lab.Alive(c.init));
    ExpectTruth(lab, c, runtime.DeleteForce(c.id));
  }
}

void JudgeForceCleans(Lab& lab, Subject& runtime, const Damages& damages) {
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.name);
    Container c = Damaged(lab, damage, &Lab::Running, {.program = {"fork", "2", "sleep"}});
    ASSERT_TRUE(lab.Alive(c.init));
    Invocation deleted = runtime.DeleteForce(c.id);
    EXPECT_OK(deleted);
    ExpectTruth(lab, c, deleted);
  }
}

void JudgeDeleteOfDead(Lab& lab, Subject& runtime, const Damages& damages) {
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.name);
    Container c = Damaged(lab, damage, &Lab::Stopped);
    ASSERT_TRUE(lab.Members(c).empty());
    Invocation deleted = runtime.Delete(c.id);
    EXPECT_OK(deleted);
    ExpectTruth(lab, c, deleted);
  }
}

void JudgeOtherOperations(Lab& lab, Subject& runtime, const Damages& damages) {
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.name);
    Container c = Damaged(lab, damage, &Lab::Created);
    Snapshot before = lab.TakeSnapshot();
    EXPECT_REFUSED(runtime.State(c.id));
    EXPECT_REFUSED(runtime.Kill(c.id, "TERM"));
    EXPECT_REFUSED(runtime.Start(c.id));
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  }
}

// --- Unparsable: empty, cut in half, garbage ---

CASE(Corrupt, UnparsableLiveOneIsNotDeletedWithoutForce,
     {.level = Level::kRobustness,
      .cites = {"C1", "S6", "S20"},
      .claim = "An unparsable record and live processes: delete is an error and changes "
               "nothing."}) {
  JudgePlainDeleteOfLive(lab, runtime, Unparsable());
}

CASE(Corrupt, UnparsableAndForceTellsTheTruth,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S9", "S20"},
      .claim = "An unparsable record: delete --force never exits 0 over what lives on."}) {
  JudgeForceIsTruthful(lab, runtime, Unparsable());
}

CASE(Corrupt, UnparsableAndForceCleans,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S20"},
      .claim = "An unparsable record: delete --force kills and removes all of the container."}) {
  JudgeForceCleans(lab, runtime, Unparsable());
}

CASE(Corrupt, UnparsableDeadOneIsDeleted,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S20"},
      .claim = "An unparsable record and nothing alive: delete removes directory and cgroups."}) {
  JudgeDeleteOfDead(lab, runtime, Unparsable());
}

CASE(Corrupt, UnparsableAndOtherOperationsAreRefused,
     {.level = Level::kRobustness,
      .cites = {"C1", "A15", "S20"},
      .claim = "An unparsable record: state, kill and start are errors, change nothing, no "
               "crash."}) {
  JudgeOtherOperations(lab, runtime, Unparsable());
}

// --- JSON of another shape: null, {}, [], 42 ---

CASE(Corrupt, WrongShapeLiveOneIsNotDeletedWithoutForce,
     {.level = Level::kRobustness,
      .cites = {"C1", "S6", "S20"},
      .claim = "A record null, {}, [] or 42 and live processes: delete is an error (no crash) "
               "and changes nothing."}) {
  JudgePlainDeleteOfLive(lab, runtime, WrongShape());
}

CASE(Corrupt, WrongShapeAndForceTellsTheTruth,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S9", "S20"},
      .claim = "A record null, {}, [] or 42: delete --force never exits 0 over what lives on, "
               "and does not crash."}) {
  JudgeForceIsTruthful(lab, runtime, WrongShape());
}

CASE(Corrupt, WrongShapeAndForceCleans,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S20"},
      .claim = "A record null, {}, [] or 42: delete --force kills and removes all of the "
               "container."}) {
  JudgeForceCleans(lab, runtime, WrongShape());
}

CASE(Corrupt, WrongShapeDeadOneIsDeleted,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S20"},
      .claim = "A record null, {}, [] or 42 and nothing alive: delete removes directory and "
               "cgroups."}) {
  JudgeDeleteOfDead(lab, runtime, WrongShape());
}

CASE(Corrupt, WrongShapeAndOtherOperationsAreRefused,
     {.level = Level::kRobustness,
      .cites = {"C1", "A15", "S20"},
      .claim = "A record null, {}, [] or 42: state, kill and start are errors, change nothing, "
               "no crash."}) {
  JudgeOtherOperations(lab, runtime, WrongShape());
}

// --- No file that can be read: a directory, a link to itself, a device ---

CASE(Corrupt, UnreadableLiveOneIsNotDeletedWithoutForce,
     {.level = Level::kRobustness,
      .cites = {"C1", "S3", "S6", "S20"},
      .claim = "A record that can not be read and live processes: delete is an error, changes "
               "nothing."}) {
  JudgePlainDeleteOfLive(lab, runtime, Unreadable());
}

CASE(Corrupt, UnreadableAndForceTellsTheTruth,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S9", "S20"},
      .claim = "A record that can not be read: delete --force never exits 0 over what lives on."}) {
  JudgeForceIsTruthful(lab, runtime, Unreadable());
}

CASE(Corrupt, UnreadableAndForceCleans,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S20"},
      .claim = "A record that can not be read: delete --force kills and removes all of it."}) {
  JudgeForceCleans(lab, runtime, Unreadable());
}

CASE(Corrupt, UnreadableDeadOneIsDeleted,
     {.level = Level::kRobustness,
      .cites = {"C1", "S8", "S20"},
      .claim = "A record that can not be read and nothing alive: delete removes all of it."}) {
  JudgeDeleteOfDead(lab, runtime, Unreadable());
}

CASE(Corrupt, UnreadableAndOtherOperationsAreRefused,
     {.level = Level::kRobustness,
      .cites = {"C1", "A15", "S20"},
      .claim = "A record that can not be read: state, kill and start are errors, change "
               "nothing."}) {
  JudgeOtherOperations(lab, runtime, Unreadable());
}

// --- Records made to hurt the runtime ---

CASE(Corrupt, FifoDoesNotHang,
     {.level = Level::kRobustness,
      .cites = {"L1", "S20"},
      .claim = "A record that is a fifo hangs no operation."}) {
  Damage fifo{"fifo", [](const std::string& file) {
                return unlink(file.c_str()) == 0 && mkfifo(file.c_str(), 0600) == 0;
              }};
  Container c = Damaged(lab, fifo, &Lab::Running);
  constexpr std::chrono::seconds kAnswer(2);
  for (const Arguments& operation : {Arguments{"state", c.id}, Arguments{"kill", c.id, "TERM"},
                                     Arguments{"delete", c.id}, Arguments{"start", c.id}}) {
    Invocation done = runtime.Run(operation, {.timeout = kAnswer, .may_hang = true});
    ASSERT_REFUSED(done);
  }
  Invocation deleted =
      runtime.Run({"delete", "--force", c.id}, {.timeout = kAnswer, .may_hang = true});
  ASSERT_FALSE(deleted.timed_out);
  ExpectTruth(lab, c, deleted);
}

CASE(Corrupt, HugeJunkIsRefused,
     {.level = Level::kRobustness,
      .cites = {"C1", "S20", "L1"},
      .claim = "A record of 8 MiB of junk: delete refuses, --force tells the truth, no crash."}) {
  Container c = Damaged(lab, Text("huge", std::string(8 << 20, 'x')), &Lab::Running);
  EXPECT_REFUSED(runtime.State(c.id));
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_TRUE(lab.Alive(c.init));
  ExpectTruth(lab, c, runtime.DeleteForce(c.id));
}

CASE(Corrupt, DeepNestingDoesNotCrash,
     {.level = Level::kRobustness,
      .cites = {"C1", "S20", "L1"},
      .claim = "A record that opens 100000 lists: delete refuses, --force tells the truth, no "
               "stack overflows."}) {
  Container c = Damaged(lab, Text("deep", std::string(100000, '[')), &Lab::Running);
  EXPECT_REFUSED(runtime.State(c.id));
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_TRUE(lab.Alive(c.init));
  ExpectTruth(lab, c, runtime.DeleteForce(c.id));
}

CASE(Corrupt, SiblingsAreNeitherHurtNorHindered,
     {.level = Level::kRobustness,
      .cites = {"S10", "S20", "L10"},
      .claim = "What is done to a container with a corrupt record does not touch another one, "
               "which can be killed and deleted as ever."}) {
  Container sibling = lab.Running({.name = "sibling"});
  Container broken = Damaged(lab, Text("broken", "{"), &Lab::Running);
  std::vector<FileInfo> record = lab.Observe(sibling).files;
  runtime.Kill(broken.id, "KILL");
  runtime.Delete(broken.id);
  runtime.DeleteForce(broken.id);
  EXPECT_TRUE(lab.Alive(sibling.init));
  EXPECT_EQ(runtime.Status(sibling.id), "running");
  EXPECT_EQ(lab.Observe(sibling).files.size(), record.size());
  EXPECT_OK(runtime.Kill(sibling.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(sibling.init));
  EXPECT_OK(runtime.Delete(sibling.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(sibling)));
}

}  // namespace
}  // namespace reapcheck::conformance
