// What a sweep found: each point, and its failures in groups. Plain values.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_SWEEP_RESULT_H_
#define REAPCHECK_CONFORMANCE_SWEEP_SWEEP_RESULT_H_

#include <string>
#include <string_view>
#include <vector>

#include "conformance/lab.h"
#include "conformance/oracle.h"
#include "conformance/scenario/scenario.h"
#include "conformance/sweep/operation.h"
#include "conformance/sweep/point.h"

namespace reapcheck::sweep {

// Lives in which a call is looked for before it counts as one that never came.
inline constexpr int kTries = 3;
// Lives in which a failure has to show before it counts as one that always comes.
inline constexpr int kCertain = 3;

struct PointResult {
  Point point;
  bool reached = false;
  bool converged = false;
  conformance::Violations violations;
  // Of a point that has failed: whether it was tried in further lives, and those that reached the
  // call.
  bool is_tried_again = false;
  std::vector<conformance::Violations> again;
  std::string file;    // that it was saved as, or ""
  std::string broken;  // the harness failed, not the runtime: judges nothing
};

// What lives with nothing wrong break.
struct BaselineFailure {
  std::string invariant;
  std::string summary;  // of the first
  int lives = 0;
  int failed = 0;  // of these

  // Then no point is blamed for the invariant; a race may show at any point, and is told of both.
  bool is_certain() const { return failed == lives; }
  bool operator==(const BaselineFailure&) const = default;
};
std::vector<BaselineFailure> BaselineOf(const std::vector<conformance::Violations>& lives);

struct SweepResult {
  std::string runtime;
  std::string typed;  // what gives it again after --runtime
  std::string version;
  conformance::CgroupLayout layout = conformance::CgroupLayout::kHost;
  Operation operation = Operation::kDelete;
  const scenario::Scenario* scenario = nullptr;  // instead of the operation
  FaultKind fault = FaultKind::kCrash;
  std::string problem;  // why there are no points, or ""
  std::string skip;     // why the scenario is none for a real runtime, or ""
  std::vector<BaselineFailure> baseline;
  std::vector<PointResult> points;
};

// What is to be blamed on a fault.
void EraseExcused(conformance::Violations& violations,
                  const std::vector<BaselineFailure>& baseline);

// "delete-force", or the scenario's name.
std::string NameOf(const SweepResult& sweep);

// Failures of one sweep that are alike: one invariant, at calls of one name.
struct Group {
  std::string invariant;
  std::string call;
  std::vector<std::string> happened;  // "EBUSY", "killed before": sorted, each once
  int points = 0;
  // The point that it is shown by: the first of those that fail the most often.
  std::string first;    // Point::Describe
  std::string summary;  // of its violation
  int lives = 0;        // of it
  int failed = 0;       // of these, with this invariant
  std::vector<std::size_t> members;  // which of the sweep's points

  // Otherwise it is a race, or was not tried again.
  bool is_certain() const { return lives >= kCertain && failed == lives; }
  bool operator==(const Group&) const = default;
};

std::vector<Group> GroupsOf(const SweepResult& sweep);

// The points that are to be tried again next: for each group that is not certain the next of its
// first, last and middle point.
std::vector<std::size_t> ToBeTriedAgain(const SweepResult& sweep);

// ", in 1 of 3 lives"; "" when it was tried once.
std::string LivesText(int failed, int lives);
// How often the point was tried, and how often it broke this.
int LivesOf(const PointResult& point);
int FailedLivesOf(const PointResult& point, std::string_view invariant);

struct Counts {
  int points = 0, reached = 0, not_reached = 0, failed = 0, broken = 0;
};
Counts CountsOf(const SweepResult& sweep);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_SWEEP_RESULT_H_
