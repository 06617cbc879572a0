// Create that fails at one thing or another: an error, no new container, and nothing left behind.
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

using Edit = std::function<void(Json& config)>;

// A process that was told to die is given a moment to do so.
Snapshot Settled(Lab& lab, const Snapshot& before) {
  Snapshot after = lab.TakeSnapshot();
  for (int round = 0; round < 50 && !Diff(before, after).empty(); ++round) {
    lab.Nap(std::chrono::milliseconds(10));
    after = lab.TakeSnapshot();
  }
  return after;
}

void ExpectCreateLeavesNothing(Lab& lab, Subject& runtime, const Container& c,
                               const Arguments& extra = {}) {
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Create(c.id, c.bundle, extra));
  EXPECT_UNCHANGED(before, Settled(lab, before));
  EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(c)));
  EXPECT_REFUSED(runtime.State(c.id));
}

// The same bundle works before the edit is made: what fails is what the edit breaks, nothing else.
void ExpectCreateFailsOnlyWith(Lab& lab, Subject& runtime, const Container& c, const Edit& edit) {
  std::optional<std::string> sound = ReadText(c.bundle + "/config.json");
  ASSERT_TRUE(sound);
  lab.EditConfig(c, edit);
  ExpectCreateLeavesNothing(lab, runtime, c);
  ASSERT_TRUE(WriteText(c.bundle + "/config.json", *sound));
  ASSERT_OK(runtime.Create(c.id, c.bundle)) << "the id is not usable after the failed create";
  EXPECT_OK(runtime.DeleteForce(c.id));
}

CASE(Create, WithoutConfigIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8", "A18"},
      .claim = "create from a bundle without config.json, or without a bundle, makes nothing."}) {
  Container c = lab.MakeBundle();
  ASSERT_EQ(std::remove((c.bundle + "/config.json").c_str()), 0);
  ExpectCreateLeavesNothing(lab, runtime, c);

  c.bundle = lab.scratch() + "/no-such-bundle";
  ExpectCreateLeavesNothing(lab, runtime, c);
}

CASE(Create, BrokenConfigIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "create from a config.json that is no configuration makes nothing."}) {
  Container c = lab.MakeBundle();
  std::optional<std::string> sound = ReadText(c.bundle + "/config.json");
  ASSERT_TRUE(sound);
  for (const std::string& text : {std::string(), std::string("{"), std::string("[]"),
                                  std::string("null"), sound->substr(0, sound->size() / 2),
                                  std::string("{\"ociVersion\": 1, \"root\": []}")}) {
    SCOPED_TRACE("config.json: " + text.substr(0, 40));
    ASSERT_TRUE(WriteText(c.bundle + "/config.json", text));
    ExpectCreateLeavesNothing(lab, runtime, c);
  }
}

CASE(Create, MissingRootFileSystemIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "create whose root.path does not exist makes nothing, and the id stays free."}) {
  Container c = lab.MakeBundle();
  ExpectCreateFailsOnlyWith(lab, runtime, c,
                            [](Json& config) { config["root"]["path"] = "no-such-rootfs"; });
}

CASE(Create, ProgramThatDoesNotExistIsAnError,
     {.level = Level::kConvention,
      .cites = {"A8", "A9", "A15", "A19"},
      .claim = "A program that does not exist is an error of create, which then leaves nothing, "
               "or of start; delete then cleans."}) {
  Container c = lab.MakeBundle({.arguments = {"/no/such/program"}});
  Snapshot before = lab.TakeSnapshot();
  Invocation create = runtime.Create(c.id, c.bundle);
  if (create.ok()) {
    EXPECT_REFUSED(runtime.Start(c.id));
    EXPECT_OK(runtime.DeleteForce(c.id));
  } else {
    EXPECT_REFUSED(create);
  }
  EXPECT_UNCHANGED(before, Settled(lab, before));
}

CASE(Create, NamespaceThatDoesNotExistIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "create that can not join a namespace makes nothing."}) {
  Container c = lab.MakeBundle();
  for (const std::string& path : {std::string("/no/such/namespace"), lab.PayloadPath()}) {
    SCOPED_TRACE(path);
    ExpectCreateFailsOnlyWith(lab, runtime, c, [&](Json& config) {
      config["linux"]["namespaces"].push_back({{"type", "network"}, {"path", path}});
    });
  }
}

CASE(Create, FailingMountIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "create that can not make one of its mounts makes nothing."}) {
  Container c = lab.MakeBundle();
  const std::vector<std::pair<std::string, Json>> kMounts = {
      {"the source is missing",
       {{"destination", "/x"}, {"type", "bind"}, {"source", "/no/such"}, {"options", {"bind"}}}},
      {"no such file system",
       {{"destination", "/x"}, {"type", "nosuchfs"}, {"source", "nosuchfs"}}},
      {"below a file",
       {{"destination", "/payload/x"}, {"type", "tmpfs"}, {"source", "tmpfs"}}}};
  for (const auto& [what, mount] : kMounts) {
    SCOPED_TRACE(what);
    ExpectCreateFailsOnlyWith(lab, runtime, c,
                              [&](Json& config) { config["mounts"].push_back(mount); });
  }
}

CASE(Create, ImpossibleProcessPropertyIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "create with a process property that can not be had makes nothing."}) {
  Container c = lab.MakeBundle();
  const std::vector<std::pair<std::string, Edit>> kEdits = {
      {"a resource limit that does not exist",
       [](Json& config) {
         config["process"]["rlimits"] = {{{"type", "RLIMIT_NOSUCH"}, {"soft", 1}, {"hard", 1}}};
       }},
      {"no arguments at all", [](Json& config) { config["process"]["args"] = Json::array(); }}};
  for (const auto& [what, edit] : kEdits) {
    SCOPED_TRACE(what);
    ExpectCreateFailsOnlyWith(lab, runtime, c, edit);
  }
}

// The kernel refuses what the configuration may well say: found out late, in the child.
CASE(Create, RlimitThatTheKernelRefusesIsAnError,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "create whose resource limit the kernel refuses makes nothing."}) {
  Container c = lab.MakeBundle();
  ExpectCreateFailsOnlyWith(lab, runtime, c, [](Json& config) {
    std::uint64_t limit = std::uint64_t{1} << 40;  // above every fs.nr_open
    config["process"]["rlimits"] = {
        {{"type", "RLIMIT_NOFILE"}, {"soft", limit}, {"hard", limit}}};
  });
}

CASE(Create, SysctlThatDoesNotExistIsAnError,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "create with a sysctl that does not exist makes nothing."}) {
  Container c = lab.MakeBundle();
  ExpectCreateFailsOnlyWith(lab, runtime, c, [](Json& config) {
    config["linux"]["sysctl"] = {{"kernel.no_such_sysctl", "1"}};
  });
}

CASE(Create, PidFileThatCanNotBeWrittenIsAnError,
     {.level = Level::kConvention,
      .cites = {"A8", "A15", "A39"},
      .claim = "create that can not write its pid file makes nothing: init must not live on."}) {
  Container c = lab.MakeBundle();
  for (const std::string& file : {lab.scratch() + "/no-such-directory/pid", lab.scratch()}) {
    SCOPED_TRACE(file);
    ExpectCreateLeavesNothing(lab, runtime, c, {"--pid-file", file});
  }
}

CASE(Create, TerminalWithoutConsoleSocketIsAnError,
     {.level = Level::kConvention,
      .cites = {"A8", "A15"},
      .claim = "create with a terminal and no socket that takes it makes nothing."}) {
  Container c =
      lab.MakeBundle({.edit = [](Json& config) { config["process"]["terminal"] = true; }});
  ExpectCreateLeavesNothing(lab, runtime, c);
  ExpectCreateLeavesNothing(lab, runtime, c, {"--console-socket", lab.scratch() + "/no-socket"});
}

CASE(Create, FailureDoesNotTouchASibling,
     {.level = Level::kSpec,
      .cites = {"A8", "A15", "A26", "S10"},
      .claim = "A failing create whose cgroup belongs to a running container leaves that alone."}) {
  Container first = lab.Running({.program = {"fork", "2", "sleep"}});
  Container second = lab.MakeBundle({.name = "c2", .cgroups_path = first.cgroups_path});
  lab.EditConfig(second, [](Json& config) {
    config["mounts"].push_back({{"destination", "/x"},
                                {"type", "bind"},
                                {"source", "/no/such"},
                                {"options", {"bind"}}});
  });
  std::size_t members = lab.Members(first).size();
  ASSERT_GE(members, 3u);
  EXPECT_REFUSED(runtime.Create(second.id, second.bundle));
  EXPECT_TRUE(lab.Alive(first.init));
  EXPECT_EQ(lab.Members(first).size(), members);
  EXPECT_EQ(runtime.Status(first.id), "running");
}

}  // namespace
}  // namespace reapcheck::conformance
