#include "runtime/record.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace reapcheck {
namespace {

using Json = nlohmann::json;
using Pointer = Json::json_pointer;

Record FullRecord() {
  return {.id = "c1",
          .oci_version = "1.2.0",
          .bundle = "/b",
          .annotations = {{"a.b", "c"}},
          .phase = Phase::kRunning,
          .init = {Pid{17}, 4711},
          .invocation = {Pid{18}, 4712},
          .cgroups = {{.hierarchy = {"/sys/fs/cgroup/pids", CgroupVersion::kV1, {"pids"}},
                       .path = "/lab/c1",
                       .owned = true,
                       .highest_created = "/lab"},
                      {.hierarchy = {"/sys/fs/cgroup/unified", CgroupVersion::kV2, {}},
                       .path = "/lab/c1",
                       .owned = false}},
          .poststart = {{.path = "/h", .arguments = {"h", "x"}, .environment = {"A=b"}}},
          .poststop = {{.path = "/h", .timeout = std::chrono::seconds(3)}, {.path = "/i"}},
          .hooks_begun = true,
          .poststop_started = 1};
}

Json FullJson() { return Json::parse(RecordText(FullRecord())); }

// The record's text with one value replaced.
std::string With(const char* pointer, const Json& value) {
  Json json = FullJson();
  json[Pointer(pointer)] = value;
  return json.dump();
}

void ExpectCorrupt(const std::string& text, const std::string& why) {
  const auto record = ParseRecord(text, "c1");
  ASSERT_FALSE(record) << why;
  EXPECT_EQ(record.error().kind, FailureKind::kCorruptRecord) << why;
  EXPECT_NE(record.error().text, "") << why;
}

TEST(Record, RoundTripOfAFullRecord) {
  const std::string text = RecordText(FullRecord());
  const auto record = ParseRecord(text, "c1");
  ASSERT_TRUE(record) << record.error().text;
  EXPECT_EQ(RecordText(*record), text);
  EXPECT_EQ(record->init, (ProcessIdentity{Pid{17}, 4711}));
  EXPECT_EQ(record->cgroups, FullRecord().cgroups);
  EXPECT_EQ(record->poststop[0].timeout, std::chrono::seconds(3));
  EXPECT_EQ(record->poststop[1].timeout, std::nullopt);
  EXPECT_EQ(record->poststop_started, 1u);
}

TEST(Record, RoundTripOfAnyRecord) {
  EXPECT_TRUE(rc::check([] {
    Record record = FullRecord();
    // Bytes that are no UTF-8 are replaced, and so not read back: ASCII here.
    const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    record.bundle = *text;
    record.annotations = {{*text, *text}};
    record.poststop[1].arguments = {*text, *text};
    record.init = {Pid{*rc::gen::inRange(0, std::numeric_limits<pid_t>::max())},
                   *rc::gen::arbitrary<std::uint64_t>()};
    record.phase = *rc::gen::element(Phase::kCreating, Phase::kCreated, Phase::kStarting,
                                     Phase::kRunning, Phase::kTombstone);
    record.private_pid_namespace = *rc::gen::arbitrary<bool>();
    record.has_process = *rc::gen::arbitrary<bool>();
    record.hooks_begun = *rc::gen::arbitrary<bool>();
    record.poststop_started = *rc::gen::inRange<std::size_t>(0, 3);
    const auto read = ParseRecord(RecordText(record), "c1");
    RC_ASSERT(read.has_value());
    RC_ASSERT(RecordText(*read) == RecordText(record));
    RC_ASSERT(read->bundle == record.bundle && read->phase == record.phase);
  }));
}

TEST(Record, ReadableAsOciState) {
  const Json json = FullJson();
  EXPECT_EQ(json["ociVersion"], "1.2.0");
  EXPECT_EQ(json["id"], "c1");
  EXPECT_EQ(json["status"], "running");
  EXPECT_EQ(json["pid"], 17);
  EXPECT_EQ(json["bundle"], "/b");
  EXPECT_EQ(json["annotations"]["a.b"], "c");
}

TEST(Record, NoUtf8IsWrittenWithoutAnException) {
  Record record = FullRecord();
  record.bundle = "/\xff\xfe";
  EXPECT_TRUE(ParseRecord(RecordText(record), "c1"));
}

TEST(Record, NotJsonIsCorrupt) {
  const std::string text = RecordText(FullRecord());
  for (const char* junk : {"", " ", "null", "{}", "[]", "0", "\"c1\"", "{\"id\":\"c1\"}", "\xff"}) {
    ExpectCorrupt(junk, junk);
  }
  for (std::size_t cut = 0; cut < text.size(); ++cut) ExpectCorrupt(text.substr(0, cut), "cut");
  ExpectCorrupt(text + "x", "something follows");
}

TEST(Record, AnyTextIsReadOrCorrupt) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto record = ParseRecord(text, "c1");
    RC_ASSERT(!record && record.error().kind == FailureKind::kCorruptRecord);
  }));
}

// Every value below the pointers, with the pointers of objects and arrays themselves.
void CollectPointers(const Json& json, const Pointer& at, std::vector<Pointer>& found) {
  if (!at.empty()) found.push_back(at);
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) {
    CollectPointers(value, json.is_array() ? at / std::stoul(key) : at / key, found);
  }
}

// "status" and "pid" are told to readers and not read back; a list may be shorter, and annotations
// and timeouts are optional.
bool MayBeMissing(const Json& json, const Pointer& pointer) {
  const std::string path = pointer.to_string();
  return json.at(pointer.parent_pointer()).is_array() || path == "/status" || path == "/pid" ||
         path.starts_with("/annotations") || path.ends_with("/timeout");
}

TEST(Record, EachMissingFieldIsCorrupt) {
  std::vector<Pointer> pointers;
  CollectPointers(FullJson(), Pointer(), pointers);
  int tried = 0;
  for (const Pointer& pointer : pointers) {
    if (MayBeMissing(FullJson(), pointer)) continue;
    Json json = FullJson();
    json.at(pointer.parent_pointer()).erase(pointer.back());
    ExpectCorrupt(json.dump(), pointer.to_string());
    ++tried;
  }
  EXPECT_GT(tried, 30);
}

TEST(Record, EachValueOfTheWrongTypeIsCorrupt) {
  std::vector<Pointer> pointers;
  CollectPointers(FullJson(), Pointer(), pointers);
  for (const Pointer& pointer : pointers) {
    const std::string path = pointer.to_string();
    if (path == "/status" || path == "/pid") continue;
    for (const Json& wrong : {Json(), Json(1.5), Json::object({{"x", 1}}), Json::array({{1}}),
                              Json(true), Json(-1), Json("?")}) {
      const Json right = FullJson().at(pointer);
      if (wrong.type() == right.type()) continue;
      if (wrong.is_object() && path == "/annotations") continue;
      Json json = FullJson();
      json.at(pointer) = wrong;
      ExpectCorrupt(json.dump(), path + " = " + wrong.dump());
    }
  }
}

TEST(Record, PidsOutOfRangeAreCorrupt) {
  for (const char* pointer : {"/reaprun/init/pid", "/reaprun/invocation/pid"}) {
    for (const Json& pid : {Json(-1), Json(2147483648u), Json(1e3), Json("17"),
                            Json(std::numeric_limits<std::uint64_t>::max())}) {
      ExpectCorrupt(With(pointer, pid), pointer + pid.dump());
    }
    EXPECT_TRUE(ParseRecord(With(pointer, 2147483647), "c1"));
  }
  ExpectCorrupt(With("/reaprun/init/startTime", -1), "startTime");
}

TEST(Record, CgroupPathsWhereDeleteMayNotRemoveAreCorrupt) {
  for (const char* path : {"", "/", "lab", "/..", "/lab/../..", "/lab/.", "//", "/lab//c1",
                           "/lab/c1/", "/../sys", "."}) {
    ExpectCorrupt(With("/reaprun/cgroups/0/path", path), path);
  }
  ExpectCorrupt(With("/reaprun/cgroups/0/path", std::string("/lab\0/c1", 8)), "NUL");
  ExpectCorrupt(With("/reaprun/cgroups/0/mountPoint", "sys/fs/cgroup"), "relative mount point");
}

TEST(Record, HighestCreatedIsAboveThePathOrCorrupt) {
  for (const char* top : {"/other", "/la", "/lab/c1/below", "/lab/..", "lab", "/lab/c11"}) {
    ExpectCorrupt(With("/reaprun/cgroups/0/highestCreated", top), top);
  }
  for (const char* top : {"", "/lab", "/lab/c1"}) {
    EXPECT_TRUE(ParseRecord(With("/reaprun/cgroups/0/highestCreated", top), "c1")) << top;
  }
}

TEST(Record, AHookThatIsNoAbsolutePathIsCorrupt) {
  ExpectCorrupt(With("/reaprun/poststop/0/path", "sh"), "relative");
  ExpectCorrupt(With("/reaprun/poststop/0/path", ""), "empty");
}

TEST(Record, MoreHooksStartedThanThereAreIsCorrupt) {
  EXPECT_TRUE(ParseRecord(With("/reaprun/poststopStarted", 2), "c1"));
  ExpectCorrupt(With("/reaprun/poststopStarted", 3), "3 of 2");
}

TEST(Record, OfAnotherContainerIsCorrupt) {
  EXPECT_FALSE(ParseRecord(RecordText(FullRecord()), "c2"));
  EXPECT_FALSE(ParseRecord(RecordText(FullRecord()), ""));
}

TEST(Record, UnknownPhaseIsCorrupt) {
  ExpectCorrupt(With("/reaprun/phase", "stopped"), "phase");
  ExpectCorrupt(With("/reaprun/phase", ""), "phase");
}

TEST(OciState, HasPidAndStatusAsGiven) {
  const Json json = Json::parse(OciStateText(FullRecord(), Status::kStopped, Pid{0}));
  EXPECT_EQ(json["status"], "stopped");
  EXPECT_EQ(json["pid"], 0);
  EXPECT_FALSE(json.contains("reaprun"));
}

}  // namespace
}  // namespace reapcheck
