// list and ps: the containers that there are, whatever else lies in --root.
#include <nlohmann/json.hpp>
#include <set>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

using Ids = std::set<std::string>;

std::optional<Ids> Listed(Subject& runtime) {
  std::optional<std::vector<std::string>> list = runtime.List();
  if (!list) return std::nullopt;
  return Ids(list->begin(), list->end());
}

CASE(List, NamesExactlyTheContainers,
     {.level = Level::kConvention,
      .cites = {"A1", "S22"},
      .claim = "list names each container, in whatever state, once; not those that are deleted.",
      .needs = kNeedList}) {
  EXPECT_EQ(Listed(runtime), Ids{});
  Container created = lab.Created({.name = "created"});
  Container running = lab.Running({.name = "running"});
  Container stopped = lab.Stopped({.name = "stopped"});
  EXPECT_EQ(runtime.List().value_or(std::vector<std::string>{}).size(), 3u);
  EXPECT_EQ(Listed(runtime), (Ids{created.id, running.id, stopped.id}));

  EXPECT_OK(runtime.Delete(stopped.id));
  EXPECT_EQ(Listed(runtime), (Ids{created.id, running.id}));
}

CASE(List, HasTheStatusOfEach,
     {.level = Level::kConvention,
      .cites = {"A6"},
      .claim = "list --format json has the status, pid and bundle that state has.",
      .needs = kNeedList}) {
  std::map<std::string, Container> containers;
  containers["created"] = lab.Created({.name = "created"});
  containers["running"] = lab.Running({.name = "running"});
  containers["stopped"] = lab.Stopped({.name = "stopped"});
  Invocation list = runtime.Run({"list", "--format", "json"});
  ASSERT_OK(list);
  Json parsed = Json::parse(list.out, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(parsed.is_array()) << list.out;
  EXPECT_EQ(parsed.size(), 3u);
  for (const Json& entry : parsed) {
    std::string status = entry.value("status", "");
    ASSERT_TRUE(containers.contains(status)) << entry.dump();
    EXPECT_EQ(entry.value("id", ""), containers[status].id);
    EXPECT_EQ(entry.value("bundle", ""), containers[status].bundle);
    if (status != "stopped") {
      EXPECT_EQ(entry.value("pid", 0), containers[status].init.pid);
    }
  }
}

CASE(List, ChangesNothing,
     {.level = Level::kRobustness,
      .cites = {"A15", "S17"},
      .claim = "list changes nothing, not even of a container that it finds dead.",
      .needs = kNeedList}) {
  lab.Running({.name = "running"});
  Container dead = lab.Running({.name = "dead"});
  lab.KillInit(dead);
  Snapshot before = lab.TakeSnapshot();
  EXPECT_TRUE(runtime.List());
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

// Makes `stray` in the root, lists, and takes it away again.
void ExpectListInSpiteOf(Lab& lab, Subject& runtime, const std::string& name,
                         const std::function<bool(const std::string& path)>& make) {
  SCOPED_TRACE(name);
  std::string path = lab.root() + "/" + name;
  Container running = lab.Running({.name = "running"});
  ASSERT_TRUE(make(path));
  std::optional<Ids> ids = Listed(runtime);
  EXPECT_TRUE(ids) << "list failed";
  if (ids) {
    EXPECT_TRUE(ids->contains(running.id)) << "the container is not listed";
  }
  EXPECT_EQ(runtime.Status(running.id), "running");
  EXPECT_TRUE(Exists(path)) << "it was not the runtime's to remove";
  RemoveTree(path);
}

CASE(List, ToleratesAStrayFile,
     {.level = Level::kRobustness,
      .cites = {"C19", "L10"},
      .claim = "A file in --root is no reason to list no container (a crash in crun once).",
      .needs = kNeedList}) {
  ExpectListInSpiteOf(lab, runtime, "stray",
                      [](const std::string& path) { return WriteText(path, "stray"); });
}

CASE(List, ToleratesAnEmptyDirectory,
     {.level = Level::kRobustness,
      .cites = {"S19", "L10"},
      .claim = "A directory without a record in --root (an aborted create) hides no container.",
      .needs = kNeedList}) {
  ExpectListInSpiteOf(lab, runtime, "stray",
                      [](const std::string& path) { return MakeDirectories(path); });
}

CASE(List, ToleratesACorruptRecord,
     {.level = Level::kRobustness,
      .cites = {"C1", "S20", "L10"},
      .claim = "A container whose record is corrupt hides no other.",
      .needs = kNeedList}) {
  Container corrupt = lab.Stopped({.name = "corrupt"});
  Container sound = lab.Running({.name = "sound"});
  std::string file = lab.RecordFile(corrupt);
  std::optional<std::string> record = ReadText(file);
  ASSERT_TRUE(record && record->size() > 10);
  for (const std::string& text : {std::string(), std::string("null"), std::string("{}"),
                                  std::string("[1]"), record->substr(0, record->size() / 2)}) {
    SCOPED_TRACE("record: " + text.substr(0, 20));
    ASSERT_TRUE(WriteText(file, text));
    std::optional<Ids> ids = Listed(runtime);
    EXPECT_TRUE(ids) << "list failed";
    if (ids) {
      EXPECT_TRUE(ids->contains(sound.id)) << "the other container is not listed";
    }
  }
  ASSERT_TRUE(WriteText(file, *record));
}

CASE(List, PsNamesTheProcesses,
     {.level = Level::kConvention,
      .cites = {"A1"},
      .claim = "ps --format json has the pids of the container's cgroup, and no others.",
      .needs = kNeedPs}) {
  lab.Running({.name = "other"});
  Container c = lab.Running({.program = {"fork", "3", "sleep"}});
  std::vector<pid_t> members = lab.Members(c);
  ASSERT_EQ(members.size(), 4u);
  Invocation ps = runtime.Run({"ps", "--format", "json", c.id});
  ASSERT_OK(ps);
  Json parsed = Json::parse(ps.out, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(parsed.is_array()) << ps.out;
  std::vector<pid_t> pids = parsed;
  std::ranges::sort(pids);
  EXPECT_EQ(pids, members);
}

CASE(List, PsOfNothingIsAnError,
     {.level = Level::kConvention,
      .cites = {"A15"},
      .claim = "ps of an id that does not exist is an error and changes nothing.",
      .needs = kNeedPs}) {
  lab.Running();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Run({"ps", "--format", "json", lab.Id("none")}));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

}  // namespace
}  // namespace reapcheck::conformance
