// The command line: what is no command, what has no id, and where the log goes.
#include <nlohmann/json.hpp>
#include <sstream>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

void ExpectAllRefused(Lab& lab, Subject& runtime, const std::vector<Arguments>& calls) {
  for (const Arguments& words : calls) {
    Snapshot before = lab.TakeSnapshot();
    EXPECT_REFUSED(runtime.Run(words));
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  }
}

CASE(Cli, UnknownCommandIsAnError,
     {.level = Level::kConvention,
      .cites = {"A36"},
      .claim = "A command that does not exist exits non-zero and changes nothing."}) {
  Container c = lab.Running();
  ExpectAllRefused(lab, runtime,
                   {{"no-such"}, {"no-such", c.id}, {"kil", c.id}, {"Delete", c.id}});
}

CASE(Cli, CommandWithoutIdIsAnError,
     {.level = Level::kSpec,
      .cites = {"A15", "A17", "A19", "A20", "A23"},
      .claim = "state, start, kill and delete without an id are errors that change nothing."}) {
  lab.Stopped();
  ExpectAllRefused(lab, runtime,
                   {{"state"}, {"start"}, {"kill"}, {"delete"}, {"delete", "--force"}});
}

CASE(Cli, CreateWithoutIdIsAnError,
     {.level = Level::kSpec,
      .cites = {"A8", "A18"},
      .claim = "create without an id is an error and makes nothing."}) {
  Container c = lab.MakeBundle();
  ExpectAllRefused(lab, runtime, {{"create", "--bundle", c.bundle}, {"create"}});
}

CASE(Cli, CreateWithoutABundleIsAnError,
     {.level = Level::kSpec,
      .cites = {"A8", "A18"},
      .claim = "create where there is no bundle is an error and makes nothing."}) {
  Container c = lab.MakeBundle();
  ExpectAllRefused(lab, runtime, {{"create", c.id}});  // the working directory is no bundle
}

CASE(Cli, UnknownOptionIsAnErrorBeforeAnythingIsDone,
     {.level = Level::kRobustness,
      .cites = {"A15", "S24"},
      .claim = "An option that does not exist is an error, and the command is not carried out."}) {
  Container stopped = lab.Stopped({.name = "stopped"});
  Container created = lab.Created({.name = "created"});
  Container bundle = lab.MakeBundle({.name = "bundle"});
  ExpectAllRefused(lab, runtime,
                   {{"delete", "--no-such-option", stopped.id},
                    {"delete", "--force", "--no-such-option", created.id},
                    {"start", "--no-such-option", created.id},
                    {"kill", "--no-such-option", created.id, "KILL"},
                    {"create", "--no-such-option", "--bundle", bundle.bundle, bundle.id},
                    {"--no-such-option", "delete", stopped.id}});
}

CASE(Cli, LogThatCanNotBeWritten,
     {.level = Level::kRobustness,
      .cites = {"A15", "C19", "S9"},
      .claim = "With a log that can not be written delete cleans all or changes nothing."}) {
  for (const std::string& log : {lab.scratch() + "/no-such-directory/log", lab.scratch(),
                                 std::string("/dev/full")}) {
    SCOPED_TRACE("--log " + log);
    std::remove((lab.share() + "/c1.ready").c_str());
    Container c = lab.Stopped();
    Snapshot before = lab.TakeSnapshot();
    Invocation deleted = runtime.Run({"--log", log, "delete", c.id});
    if (deleted.ok()) {
      EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
    } else {
      EXPECT_REFUSED(deleted);
      EXPECT_UNCHANGED(before, lab.TakeSnapshot());
      EXPECT_OK(runtime.Delete(c.id));
    }
  }
}

CASE(Cli, ErrorIsInTheLogAsJson,
     {.level = Level::kConvention,
      .cites = {"S24"},
      .claim = "--log F --log-format json: after an error F has a JSON line of level error with a "
               "message, which is where containerd reads it."}) {
  std::string log = lab.scratch() + "/log.json";
  EXPECT_REFUSED(
      runtime.Run({"--log", log, "--log-format", "json", "kill", lab.Id("none"), "KILL"}));
  std::istringstream lines(ReadText(log).value_or(""));
  bool found = false;
  for (std::string line; std::getline(lines, line);) {
    Json entry = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    EXPECT_TRUE(entry.is_object()) << "not JSON: " << line;
    if (!entry.is_object()) continue;
    found = found || (entry.value("level", "") == "error" && entry.value("msg", "") != "");
  }
  EXPECT_TRUE(found) << "no line of level error in " << ReadText(log).value_or("an absent file");
}

CASE(Cli, SystemdCgroupIsRefusedClearlyOrWorks,
     {.level = Level::kRobustness,
      .cites = {"C24", "A8", "A18"},
      .claim = "--systemd-cgroup create where no systemd runs is an error that says so and makes "
               "nothing, or makes a container that can be used and deleted."}) {
  if (Exists("/run/systemd/system")) SKIP("systemd runs here");
  Container c = lab.MakeBundle();
  lab.EditConfig(c, [&](Json& json) {
    json["linux"]["cgroupsPath"] = "system.slice:reapcheck:" + c.id;  // as engines give it
  });
  Snapshot before = lab.TakeSnapshot();
  Invocation create = runtime.Run({"--systemd-cgroup", "create", "--bundle", c.bundle, c.id});
  if (!create.ok()) {
    EXPECT_REFUSED(create);
    EXPECT_NE(create.err, "");
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
    return;
  }
  EXPECT_OK(runtime.Start(c.id));
  EXPECT_TRUE(lab.AwaitReady(c));
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

// --- delete of several ids ---

CASE(Delete, SeveralIdsAreAllDeleted,
     {.level = Level::kConvention,
      .cites = {"C21", "L10"},
      .claim = "delete of several stopped containers deletes each.",
      .needs = kNeedSeveralIds}) {
  Container a = lab.Stopped({.name = "a"});
  Container b = lab.Stopped({.name = "b"});
  Container c = lab.Stopped({.name = "c"});
  EXPECT_OK(runtime.Run({"delete", a.id, b.id}));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(a)));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(b)));
  EXPECT_EQ(runtime.Status(c.id), "stopped") << "it was not named";
}

CASE(Delete, OneBadIdOfSeveralSkipsNoOther,
     {.level = Level::kRobustness,
      .cites = {"A24", "C21", "L10", "S4"},
      .claim = "Of several ids a missing and a running one are errors; the others are deleted, and "
               "the exit is non-zero.",
      .needs = kNeedSeveralIds}) {
  Container first = lab.Stopped({.name = "first"});
  Container running = lab.Running({.name = "running"});
  Container last = lab.Stopped({.name = "last"});
  EXPECT_REFUSED(runtime.Run({"delete", lab.Id("none"), first.id, running.id, last.id}));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(first)));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(last)));
  EXPECT_TRUE(lab.Alive(running.init));
  EXPECT_EQ(runtime.Status(running.id), "running");
}

CASE(Delete, MissingIdOfSeveralIsNoErrorWithForce,
     {.level = Level::kRobustness,
      .cites = {"C21", "L10", "S22"},
      .claim = "delete --force of a missing and a running container deletes the running one.",
      .needs = kNeedSeveralIds}) {
  Container running = lab.Running();
  EXPECT_OK(runtime.Run({"delete", "--force", lab.Id("none"), running.id}));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(running)));
}

}  // namespace
}  // namespace reapcheck::conformance
