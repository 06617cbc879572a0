// Ids that are no ids, ids that look like others, and ids that are used again.
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

// A --root inside the lab's: what an id like "../x" would reach is then the lab's own, is seen by
// snapshots, and is a real container. Empty but for directories that "a/b" and "." would hit.
class DeepRoot {
 public:
  explicit DeepRoot(Lab& lab) : lab_(lab), path_(lab.root() + "/deep") {
    lab_.ExpectLeak("deep", "a root of the case's own inside the lab's");
    EXPECT_TRUE(MakeDirectories(path_ + "/a/b"));
    EXPECT_TRUE(WriteText(path_ + "/a/b/precious", "precious"));
  }
  ~DeepRoot() { RemoveTree(path_); }

  Invocation Run(Arguments words) const {
    words.insert(words.begin(), {"--root", path_});
    return lab_.runtime().Run(words, {.pass_root = false});
  }
  const std::string& path() const { return path_; }

 private:
  Lab& lab_;
  std::string path_;
};

// The container's record is at ROOT/ID, so "../ID" from the root below it is that very record; so
// are the absolute path of it and a detour. Never "/" itself: too much is at stake.
std::vector<std::string> EvilIds(const Lab& lab, const Container& victim) {
  return {"",
          "a/b",
          "a/",
          std::string(1100, 'x'),
          std::string(5000, 'x'),
          lab.root() + "/" + victim.id,
          ".",
          "../" + victim.id,
          "a/../../" + victim.id,
          ".."};
}

std::string Shown(const std::string& id) {
  return "id \"" + id.substr(0, 60) + "\" of " + std::to_string(id.size()) + " characters";
}

// What was done to it once can not be seen a second time.
bool VictimIsWell(const Lab& lab, const Container& victim, const Snapshot& before,
                  const Snapshot& after) {
  return Exists(lab.RecordDirectory(victim)) &&
         (Diff(before, after).empty() || lab.Alive(victim.init));
}

void ExpectEvilIdsAreRefused(Lab& lab, const Container& victim,
                             const std::function<Arguments(const std::string& id)>& words) {
  for (const std::string& id : EvilIds(lab, victim)) {
    SCOPED_TRACE(Shown(id));
    DeepRoot deep(lab);
    Snapshot before = lab.TakeSnapshot();
    EXPECT_REFUSED(deep.Run(words(id)));
    Snapshot after = lab.TakeSnapshot();
    EXPECT_UNCHANGED(before, after);
    if (!VictimIsWell(lab, victim, before, after)) return;
  }
}

CASE(Ids, InvalidIsRefusedByCreate,
     {.level = Level::kSpec,
      .cites = {"A15", "A18", "C20", "S11"},
      .claim = "create with an id that is empty, a path or far too long is an error, makes "
               "nothing and touches nothing outside."}) {
  Container victim = lab.Running();
  Container other = lab.MakeBundle({.name = "c2"});
  ExpectEvilIdsAreRefused(lab, victim, [&](const std::string& id) {
    return Arguments{"create", "--bundle", other.bundle, id};
  });
}

CASE(Ids, InvalidIsRefusedByStateAndStart,
     {.level = Level::kSpec,
      .cites = {"A15", "A17", "A19", "C20", "S11"},
      .claim = "state and start find no container by a path, and change nothing."}) {
  Container victim = lab.Created();
  for (const char* command : {"state", "start"}) {
    SCOPED_TRACE(command);
    ExpectEvilIdsAreRefused(lab, victim,
                            [&](const std::string& id) { return Arguments{command, id}; });
  }
}

CASE(Ids, InvalidIsRefusedByKill,
     {.level = Level::kSpec,
      .cites = {"A15", "A20", "C20", "S10", "S11"},
      .claim = "kill finds no container by a path: nothing is killed outside of --root."}) {
  Container victim = lab.Running();
  ExpectEvilIdsAreRefused(lab, victim,
                          [](const std::string& id) { return Arguments{"kill", id, "KILL"}; });
}

CASE(Ids, InvalidIsRefusedByDelete,
     {.level = Level::kSpec,
      .cites = {"A15", "A23", "C20", "S10", "S11"},
      .claim = "delete of a path is an error and removes nothing, inside of --root or outside."}) {
  Container victim = lab.Stopped();
  ExpectEvilIdsAreRefused(lab, victim,
                          [](const std::string& id) { return Arguments{"delete", id}; });
}

CASE(Ids, InvalidDoesNoHarmWithForce,
     {.level = Level::kRobustness,
      .cites = {"C20", "S10", "S11"},
      .claim = "delete --force of a path removes and kills nothing, whatever it exits with."}) {
  Container victim = lab.Running();
  for (const std::string& id : EvilIds(lab, victim)) {
    SCOPED_TRACE(Shown(id));
    DeepRoot deep(lab);
    Snapshot before = lab.TakeSnapshot();
    Invocation forced = deep.Run({"delete", "--force", id});
    EXPECT_TRUE(forced.ok() || forced.refused()) << forced.Describe();
    Snapshot after = lab.TakeSnapshot();
    EXPECT_UNCHANGED(before, after);
    if (!VictimIsWell(lab, victim, before, after)) return;
  }
}

CASE(Ids, PrefixIsNotResolved,
     {.level = Level::kSpec,
      .cites = {"A17", "A20", "A23", "C20", "S10"},
      .claim = "The beginning of an id, or an id and more, is no container for any operation."}) {
  Container c = lab.Running();
  for (const std::string& id : {c.id.substr(0, c.id.size() - 1), c.id + "0", c.id + "*"}) {
    SCOPED_TRACE(id);
    Snapshot before = lab.TakeSnapshot();
    EXPECT_REFUSED(runtime.State(id));
    EXPECT_REFUSED(runtime.Start(id));
    EXPECT_REFUSED(runtime.Kill(id, "KILL"));
    EXPECT_REFUSED(runtime.Delete(id));
    Invocation forced = runtime.DeleteForce(id);
    EXPECT_TRUE(forced.ok() || forced.refused()) << forced.Describe();
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  }
}

CASE(Ids, ContainersWithACommonPrefixAreIndependent,
     {.level = Level::kSpec,
      .cites = {"A2", "A26", "C20", "S10"},
      .claim = "Operations on a container do not touch another whose id begins with its id."}) {
  Container longer = lab.Running({.name = "c10"});
  Container shorter = lab.Running({.name = "c1"});
  EXPECT_OK(runtime.DeleteForce(shorter.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(shorter)));
  EXPECT_TRUE(lab.Alive(longer.init));
  EXPECT_EQ(runtime.Status(longer.id), "running");
  EXPECT_FALSE(lab.Observe(longer).cgroups.empty());
}

// A runtime may refuse what it does not like; what it takes it must be able to get rid of again.
CASE(Ids, UnusualCharactersWorkOrAreRefused,
     {.level = Level::kRobustness,
      .cites = {"A2", "A18", "A25", "C20"},
      .claim = "An unusual id is refused by create, or it is that container's id to the end."}) {
  Container bundle = lab.MakeBundle();
  for (const std::string end : {"_A.b-c+1", " b", "\tb", "\nb", "\"b", "'b", "\\b", "%s%n", "*",
                                 "[a-z]", "$(b)", ";b", "..", ".b", "ä", "\xff", "\x01", ":b",
                                "@b", "=b", ",b", "~"}) {
    std::string id = lab.Id(end);
    SCOPED_TRACE(Shown(id));
    Snapshot before = lab.TakeSnapshot();
    Invocation create = runtime.Create(id, bundle.bundle);
    if (create.ok()) {
      Invocation state = runtime.State(id);
      EXPECT_OK(state);
      Json parsed = Json::parse(state.out, nullptr, /*allow_exceptions=*/false);
      EXPECT_TRUE(parsed.is_object()) << "state is no JSON: " << state.out;
      if (parsed.is_object()) {
        EXPECT_EQ(parsed.value("id", ""), id);
      }
      EXPECT_OK(runtime.DeleteForce(id));
    } else {
      EXPECT_REFUSED(create);
    }
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  }
}

CASE(Ids, LeadingDashIsAnOptionOrAnId,
     {.level = Level::kRobustness,
      .cites = {"A15", "C20", "S11"},
      .claim = "An id that begins with a dash is refused, or after `--` is an id like others."}) {
  Container running = lab.Running();
  Container bundle = lab.MakeBundle({.name = "c2"});
  std::string id = "-" + lab.Id("dash");
  Snapshot before = lab.TakeSnapshot();
  for (const Arguments& words : std::vector<Arguments>{{"create", "--bundle", bundle.bundle, id},
                                                       {"state", id},
                                                       {"kill", id, "KILL"},
                                                       {"delete", id}}) {
    EXPECT_REFUSED(runtime.Run(words));
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());

  Invocation create = runtime.Run({"create", "--bundle", bundle.bundle, "--", id});
  if (create.ok()) {
    EXPECT_OK(runtime.Run({"state", "--", id}));
    EXPECT_OK(runtime.Run({"delete", "--force", "--", id}));
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Ids, ReusableAtOnceAfterForceDelete,
     {.level = Level::kSpec,
      .cites = {"A27", "C23"},
      .claim = "The id can be created again as soon as delete --force of a running one returns."}) {
  ContainerPlan plan{.program = {"fork", "2", "sleep"}};
  for (int round = 0; round < 4; ++round) {
    SCOPED_TRACE(round);
    std::remove((lab.share() + "/c1.ready").c_str());
    Container c = lab.Running(plan);
    EXPECT_EQ(runtime.Status(c.id), "running");
    EXPECT_OK(runtime.DeleteForce(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  }
}

CASE(Ids, SameInTwoRootsAreTwoContainers,
     {.level = Level::kConvention,
      .cites = {"A2", "S10"},
      .claim = "The same id below another --root is another container, which delete spares."}) {
  Container first = lab.Running({.name = "c1"});
  Container bundle = lab.MakeBundle({.name = "c2"});
  DeepRoot deep(lab);
  ASSERT_OK(deep.Run({"create", "--bundle", bundle.bundle, first.id}));
  ASSERT_OK(deep.Run({"state", first.id}));
  EXPECT_OK(deep.Run({"delete", "--force", first.id}));
  EXPECT_REFUSED(deep.Run({"state", first.id}));
  EXPECT_TRUE(lab.Alive(first.init));
  EXPECT_EQ(runtime.Status(first.id), "running");
}

}  // namespace
}  // namespace reapcheck::conformance
