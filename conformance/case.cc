#include "conformance/case.h"

#include <unistd.h>

#include <algorithm>


namespace reapcheck::conformance {
namespace {

std::vector<Case>& Registry() {
  static std::vector<Case> cases;
  return cases;
}

struct NamedNeed {
  Need need;
  const char* words;
};
constexpr NamedNeed kNeeds[] = {
    {kNeedCgroupV1, "cgroup v1"},
    {kNeedCgroupV2, "pure cgroup v2"},
    {kNeedFreezer, "a cgroup freezer"},
    {kNeedSetTid, "clone3 with a chosen pid"},
    {kNeedPause, "the runtime's pause and resume"},
    {kNeedExec, "the runtime's exec"},
    {kNeedRun, "the runtime's run"},
    {kNeedList, "the runtime's list"},
    {kNeedPs, "the runtime's ps"},
    {kNeedSeveralIds, "delete of several ids in one call"},
    {kNeedFeatures, "the runtime's features"},
    {kNeedUserNamespace, "user namespaces"},
};

bool IsMet(Need need, Lab& lab, Subject& runtime) {
  switch (need) {
    case kNeedNothing:
      return true;
    case kNeedCgroupV1:
      return lab.HasController("pids") || lab.HasController("freezer");
    case kNeedCgroupV2:
      return lab.pure_v2();
    case kNeedFreezer:
      return lab.HasController("freezer") || lab.pure_v2();
    case kNeedSetTid:
      return true;  // Lab::ReusePid skips where the kernel refuses
    case kNeedPause:
      return runtime.Can(Capability::kPause);
    case kNeedExec:
      return runtime.Can(Capability::kExec);
    case kNeedRun:
      return runtime.Can(Capability::kRun);
    case kNeedList:
      return runtime.Can(Capability::kList);
    case kNeedPs:
      return runtime.Can(Capability::kPs);
    case kNeedSeveralIds:
      return runtime.Can(Capability::kSeveralIds);
    case kNeedFeatures:
      return runtime.Can(Capability::kFeatures);
    case kNeedUserNamespace:
      return access("/proc/self/ns/user", F_OK) == 0;
  }
  return true;
}

}  // namespace

CaseRegistration::CaseRegistration(Case entry) { Registry().push_back(std::move(entry)); }

const std::vector<Case>& AllCases() {
  static const bool sorted = [] {
    std::ranges::stable_sort(Registry(), {}, &Case::FullName);
    return true;
  }();
  (void)sorted;
  return Registry();
}

std::vector<std::string> NeedNames(unsigned needs) {
  std::vector<std::string> names;
  for (const NamedNeed& entry : kNeeds) {
    if ((needs & entry.need) != 0) names.emplace_back(entry.words);
  }
  return names;
}

void SkipWhereANeedIsMissing(unsigned needs, Lab& lab) {
  for (const NamedNeed& entry : kNeeds) {
    if ((needs & entry.need) != 0 && !IsMet(entry.need, lab, lab.runtime())) {
      SKIP(std::string("needs ") + entry.words);
    }
  }
}

// --- Assertions: "expected" and "observed" are what the report shows ---

testing::AssertionResult Succeeded(const char*, const Invocation& invocation) {
  if (invocation.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected: exit 0\nobserved: " << invocation.Describe();
}

testing::AssertionResult Refused(const char*, const Invocation& invocation) {
  if (invocation.refused()) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "expected: an error exit\nobserved: " << invocation.Describe();
}

testing::AssertionResult Unchanged(const char*, const char*, const Snapshot& before,
                                   const Snapshot& after) {
  std::vector<std::string> differences = Diff(before, after);
  if (differences.empty()) return testing::AssertionSuccess();
  testing::AssertionResult result = testing::AssertionFailure();
  result << "expected: nothing changes\nobserved:";
  constexpr std::size_t kShown = 6;
  for (std::size_t i = 0; i < std::min(differences.size(), kShown); ++i) {
    result << (i == 0 ? " " : "; ") << differences[i];
  }
  if (differences.size() > kShown) result << "; and " << differences.size() - kShown << " more";
  return result;
}

testing::AssertionResult Holds(const char*, const std::vector<Violation>& violations) {
  if (violations.empty()) return testing::AssertionSuccess();
  testing::AssertionResult result = testing::AssertionFailure();
  result << "expected: " << violations.front().invariant << " holds\nobserved:";
  for (std::size_t i = 0; i < violations.size(); ++i) {
    result << (i == 0 ? " " : "; ") << violations[i].invariant << ": " << violations[i].summary;
  }
  return result;
}

}  // namespace reapcheck::conformance
