#include "conformance/hook_log.h"

#include <gtest/gtest.h>

namespace reapcheck::conformance {
namespace {

constexpr char kLine[] =
    R"({"kind":"poststop","name":"p","pid":7,"when_us":20,"state_pid_alive":true,"cwd":"/",)"
    R"("argv":["a","b"],"environ":["X=1"],"namespaces":{"pid":"pid:[1]"},)"
    R"("stdin":"{\"id\":\"c1\",\"status\":\"stopped\",\"pid\":9,\"bundle\":\"/b\",)"
    R"(\"ociVersion\":\"1.0.2\",\"annotations\":{\"k\":\"v\"}}"})";

TEST(ParseHookLog, ReadsARecordAndTheStateOnItsStdin) {
  std::vector<HookRecord> records = ParseHookLog(std::string(kLine) + "\n");
  ASSERT_EQ(records.size(), 1u);
  const HookRecord& record = records[0];
  EXPECT_EQ(record.kind, "poststop");
  EXPECT_EQ(record.name, "p");
  EXPECT_EQ(record.pid, 7);
  EXPECT_EQ(record.argv, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(record.environment, std::vector<std::string>{"X=1"});
  EXPECT_EQ(record.namespaces.at("pid"), "pid:[1]");
  EXPECT_EQ(record.state_id, "c1");
  EXPECT_EQ(record.state_status, "stopped");
  EXPECT_EQ(record.state_pid, 9);
  EXPECT_TRUE(record.state_pid_alive);
  EXPECT_EQ(record.state_annotations.at("k"), "v");
}

TEST(ParseHookLog, SortsByStartAndDropsWhatWasCutOff) {
  std::string text = std::string(kLine) + "\n" +
                     R"({"kind":"poststop","name":"earlier","when_us":10,"stdin":""})" "\n" +
                     R"({"kind":"posts)";
  std::vector<HookRecord> records = ParseHookLog(text);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].name, "earlier");
  EXPECT_FALSE(records[0].state_pid);
  EXPECT_EQ(records[0].state_id, "");
}

TEST(ParseHookLog, BytesOfStdinComeBackAsTheyWere) {
  std::vector<HookRecord> records = ParseHookLog(
      R"({"kind":"k","name":"n","stdin":"\u00c3\u00a9\u000a"})" "\n");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].stdin_text, "\xc3\xa9\n");
}

}  // namespace
}  // namespace reapcheck::conformance
