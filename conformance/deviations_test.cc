#include "conformance/deviations.h"

#include <gtest/gtest.h>

namespace reapcheck::conformance {
namespace {

constexpr char kGood[] = R"([{"case": "Delete.*", "reason": "why", "discussed": "where"}])";

TEST(ParseDeviations, ReadsAllKeys) {
  auto list = ParseDeviations(R"([{"case": "A.*", "cgroup": "v1", "level": "spec", "reason": "r",
                                   "discussed": "d", "versions": "1.*", "sometimes": true}])",
                              "f");
  ASSERT_TRUE(list) << list.error();
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ(list->front().case_globs, "A.*");
  EXPECT_EQ(list->front().cgroup, "v1");
  EXPECT_EQ(list->front().level, Level::kSpec);
  EXPECT_EQ(list->front().reason, "r");
  EXPECT_EQ(list->front().discussed, "d");
  EXPECT_EQ(list->front().versions, "1.*");
  EXPECT_TRUE(list->front().sometimes);
}

TEST(ParseDeviations, RefusesWhatCanNotBeChecked) {
  struct Refused {
    const char* text;
    const char* error;
  };
  for (const Refused& refused : std::vector<Refused>{
           {"{}", "f: is not a JSON list"},
           {"[", "f: is not a JSON list"},
           {"[3]", "f: entry 1 is not an object"},
           {R"([{"case": "A", "reason": "r"}])", "f: entry 1 has no text \"discussed\""},
           {R"([{"case": [], "reason": "r", "discussed": "d"}])",
            "f: entry 1 has no text \"case\""},
           {R"([{"case": ["A", 1], "reason": "r", "discussed": "d"}])",
            "f: entry 1 has no text \"case\""},
           {R"([{"case": "A", "reason": "", "discussed": "d"}])",
            "f: entry 1 has no text \"reason\""},
           {R"([{"case": "A", "reason": "r", "discussed": "d", "cgruop": "v1"}])",
            "f: entry 1 has an unknown key \"cgruop\""},
           {R"([{"case": "A", "reason": "r", "discussed": "d", "level": "x"}])",
            "f: entry 1 names an unknown level"},
           {R"([{"case": "A", "reason": "r", "discussed": "d", "sometimes": "x"}])",
            "f: entry 1 \"sometimes\" has the wrong type"}}) {
    auto list = ParseDeviations(refused.text, "f");
    ASSERT_FALSE(list) << refused.text;
    EXPECT_EQ(list.error(), refused.error);
  }
}

TEST(BuiltInDeviations, EveryFileOfThisBuildIsValid) {
  for (const char* name : {"runc", "crun", "reaprun"}) {
    auto list = ParseDeviations(BuiltInDeviations(name), name);
    EXPECT_TRUE(list) << list.error();
  }
  EXPECT_EQ(BuiltInDeviations("unheard-of"), "[]");
}

CaseResult Result(const std::string& name, Verdict verdict, Level level = Level::kSpec) {
  return {.name = name, .level = level, .verdict = verdict, .reason = "seen"};
}

Verdict After(const std::string& deviations, const CaseResult& result,
              const std::string& cgroup = "v1") {
  RuntimeReport report{.version = "1.1.5+ds1", .cgroup = cgroup, .results = {result}};
  ApplyDeviations(*ParseDeviations(deviations, "f"), report);
  return report.results[0].verdict;
}

TEST(ApplyDeviations, FailureIsExpectedAndPassIsNot) {
  EXPECT_EQ(After(kGood, Result("Delete.X", Verdict::kFail)), Verdict::kXfail);
  EXPECT_EQ(After(kGood, Result("Delete.X", Verdict::kPass)), Verdict::kXpass);
  EXPECT_EQ(After(kGood, Result("Delete.X", Verdict::kSkip)), Verdict::kSkip);
  EXPECT_EQ(After(kGood, Result("Delete.X", Verdict::kBroken)), Verdict::kBroken);
  EXPECT_EQ(After(kGood, Result("Kill.X", Verdict::kFail)), Verdict::kFail);
}

TEST(ApplyDeviations, CgroupAndLevelNarrowIt) {
  std::string v1 = R"([{"case": "*", "cgroup": "v1", "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(v1, Result("A.X", Verdict::kFail), "v1"), Verdict::kXfail);
  EXPECT_EQ(After(v1, Result("A.X", Verdict::kFail), "v2"), Verdict::kFail);
  std::string spec = R"([{"case": "*", "level": "spec", "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(spec, Result("A.X", Verdict::kFail)), Verdict::kXfail);
  EXPECT_EQ(After(spec, Result("A.X", Verdict::kFail, Level::kRobustness)), Verdict::kFail);
}

TEST(ApplyDeviations, AnotherVersionIsJudgedWithoutThem) {
  auto entry = [](const std::string& versions) {
    return R"([{"case": "*", "versions": ")" + versions + R"(", "reason": "r", "discussed": "d"}])";
  };
  EXPECT_EQ(After(entry("1.1.5*"), Result("A.X", Verdict::kFail)), Verdict::kXfail);
  EXPECT_EQ(After(entry("1.1.5*"), Result("A.X", Verdict::kPass)), Verdict::kXpass);
  EXPECT_EQ(After(entry("1.1.6*"), Result("A.X", Verdict::kFail)), Verdict::kFail);
  EXPECT_EQ(After(entry("1.1.6*"), Result("A.X", Verdict::kPass)), Verdict::kPass);
}

TEST(ApplyDeviations, OneEntryMayListCases) {
  std::string list = R"([{"case": ["A.X", "A.Y*"], "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(list, Result("A.X", Verdict::kFail)), Verdict::kXfail);
  EXPECT_EQ(After(list, Result("A.Yes", Verdict::kFail)), Verdict::kXfail);
  EXPECT_EQ(After(list, Result("A.Z", Verdict::kFail)), Verdict::kFail);
}

TEST(ApplyDeviations, ObservedFitsOnlyFailuresLikeThat) {
  std::string seen = R"([{"case": "*", "observed": "se*", "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(seen, Result("A.X", Verdict::kFail)), Verdict::kXfail);
  EXPECT_EQ(After(seen, Result("A.X", Verdict::kPass)), Verdict::kPass);
  std::string other = R"([{"case": "*", "observed": "e*", "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(other, Result("A.X", Verdict::kFail)), Verdict::kFail);
}

TEST(ApplyDeviations, FirstThatFitsCounts) {
  std::string list = R"([{"case": "A.X", "sometimes": true, "reason": "r", "discussed": "d"},
                         {"case": "A.*", "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(list, Result("A.X", Verdict::kPass)), Verdict::kPass);
  EXPECT_EQ(After(list, Result("A.Y", Verdict::kPass)), Verdict::kXpass);
}

TEST(ApplyDeviations, SometimesLetsAPassBeAPass) {
  std::string race =
      R"([{"case": "*", "sometimes": true, "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(race, Result("A.X", Verdict::kPass)), Verdict::kPass);
  EXPECT_EQ(After(race, Result("A.X", Verdict::kFail)), Verdict::kXfail);
}

TEST(ApplyDeviations, ReasonAndPlaceComeBeforeWhatWasSeen) {
  RuntimeReport report{.cgroup = "v1", .results = {Result("Delete.X", Verdict::kFail)}};
  ApplyDeviations(*ParseDeviations(kGood, "f"), report);
  EXPECT_EQ(report.results[0].reason, "why (where)\nseen");
}

}  // namespace
}  // namespace reapcheck::conformance
