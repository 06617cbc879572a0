// A case: one behaviour of a container runtime, judged by exit codes and the observed world.
//
//   CASE(Delete, RunningIsRefused, {.level = Level::kSpec, .cites = {"A24", "S4"},
//                                   .claim = "Delete of a running container is an error."}) {
//     Container c = lab.Running();
//     EXPECT_REFUSED(runtime.Delete(c.id));
//   }
//
// The body is a GoogleTest test body with two references in scope: `lab` (lab.h) and `runtime`
// (subject.h). It runs alone in a process of its own. README_CASES.md is the guide.
#ifndef REAPCHECK_CONFORMANCE_CASE_H_
#define REAPCHECK_CONFORMANCE_CASE_H_

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "conformance/case_end.h"
#include "conformance/lab.h"
#include "conformance/level.h"
#include "conformance/observation.h"
#include "conformance/oracle.h"
#include "conformance/snapshot.h"
#include "conformance/subject.h"

namespace reapcheck::conformance {

// What a case can not do without: the case is skipped, with the reason, where one is missing.
enum Need : unsigned {
  kNeedNothing = 0,
  kNeedCgroupV1 = 1u << 0,      // the layout has v1 controllers
  kNeedCgroupV2 = 1u << 1,      // the layout is pure v2
  kNeedFreezer = 1u << 2,       // v1 freezer mounted, or v2
  kNeedSetTid = 1u << 3,        // clone3 may choose a pid: lab.ReusePid
  kNeedPause = 1u << 4,         // the runtime has `pause` and `resume`
  kNeedExec = 1u << 5,          // ... `exec`
  kNeedRun = 1u << 6,           // ... `run`
  kNeedList = 1u << 7,          // ... `list`
  kNeedPs = 1u << 8,            // ... `ps`
  kNeedSeveralIds = 1u << 9,    // `delete` takes more than one id
  kNeedFeatures = 1u << 10,     // ... `features`
  kNeedUserNamespace = 1u << 11,
};

struct CaseInfo {
  Level level = Level::kRobustness;
  std::vector<std::string> cites;  // "A24", "S4", "C17": clauses.h knows each
  std::string claim;               // one sentence that is true of a right runtime
  unsigned needs = kNeedNothing;   // Need flags
};

struct CaseOutcome;  // case_process.h

struct Case {
  std::string group;  // "Delete"
  std::string name;   // "RunningIsRefused"
  CaseInfo info;
  std::string file;
  int line = 0;
  // Set: what runs in the case's process instead of a GoogleTest body of that name.
  std::function<CaseOutcome(const LabSettings& settings)> run;

  std::string FullName() const { return group + "." + name; }
};

// All cases that are linked in, sorted by group and name.
const std::vector<Case>& AllCases();

std::vector<std::string> NeedNames(unsigned needs);  // in words, for --explain

// --- What the macros below expand to ---

struct CaseRegistration {
  explicit CaseRegistration(Case entry);
};

// Throws CaseSkipped for the first of the needs that is not met.
void SkipWhereANeedIsMissing(unsigned needs, Lab& lab);

using CaseBody = void (*)(Lab& lab, Subject& runtime);
void RunCaseBody(CaseBody body);

}  // namespace reapcheck::conformance

#define CASE(group, name, ...)                                                              \
  static void group##_##name([[maybe_unused]] ::reapcheck::conformance::Lab& lab,           \
                             [[maybe_unused]] ::reapcheck::conformance::Subject& runtime);  \
  static const ::reapcheck::conformance::CaseRegistration kRegistered_##group##_##name{     \
      {#group, #name, ::reapcheck::conformance::CaseInfo __VA_ARGS__, __FILE__, __LINE__}}; \
  TEST(group, name) { ::reapcheck::conformance::RunCaseBody(&group##_##name); }             \
  static void group##_##name([[maybe_unused]] ::reapcheck::conformance::Lab& lab,           \
                             [[maybe_unused]] ::reapcheck::conformance::Subject& runtime)

// The machine or the runtime can not do what the case is about: "skip" with this reason.
#define SKIP(reason) throw ::reapcheck::conformance::CaseSkipped(reason)

// Exit 0 / an ordinary non-zero exit (not a signal, not a hang, not a crash of the runtime).
#define EXPECT_OK(invocation) EXPECT_PRED_FORMAT1(::reapcheck::conformance::Succeeded, invocation)
#define ASSERT_OK(invocation) ASSERT_PRED_FORMAT1(::reapcheck::conformance::Succeeded, invocation)
#define EXPECT_REFUSED(invocation) \
  EXPECT_PRED_FORMAT1(::reapcheck::conformance::Refused, invocation)
#define ASSERT_REFUSED(invocation) \
  ASSERT_PRED_FORMAT1(::reapcheck::conformance::Refused, invocation)
// Two snapshots of the lab are equal, else each difference in words.
#define EXPECT_UNCHANGED(before, after) \
  EXPECT_PRED_FORMAT2(::reapcheck::conformance::Unchanged, before, after)
// A list of violations from oracle.h is empty.
#define EXPECT_HOLDS(violations) EXPECT_PRED_FORMAT1(::reapcheck::conformance::Holds, violations)

namespace reapcheck::conformance {

testing::AssertionResult Succeeded(const char* expression, const Invocation& invocation);
testing::AssertionResult Refused(const char* expression, const Invocation& invocation);
testing::AssertionResult Unchanged(const char* before_expression, const char* after_expression,
                                   const Snapshot& before, const Snapshot& after);
testing::AssertionResult Holds(const char* expression, const std::vector<Violation>& violations);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CASE_H_
