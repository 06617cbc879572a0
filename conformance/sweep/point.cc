#include "conformance/sweep/point.h"

#include <cstring>
#include <map>
#include <utility>

#include "conformance/inject/watched_call.h"
#include "sim/fault_table.h"

namespace reapcheck::sweep {
namespace {

using inject::Action;
using inject::SeenCall;

std::string VerbIn(std::string_view call) { return std::string(call.substr(0, call.find(' '))); }

void AddCrashes(std::vector<Point>& points, const SeenCall& seen) {
  if (!seen.is_effect) return;
  for (const Action action : {Action::kKillBefore, Action::kKillAfter}) {
    points.push_back({.injection = {.call = seen.call,
                                    .occurrence = seen.occurrence,
                                    .action = action},
                      .path = seen.path});
  }
}

void AddErrors(std::vector<Point>& points, const SeenCall& seen) {
  const std::string_view kind = sim::KindOfClass(seen.call);
  // Libraries, /etc, the runtime's log: what no container's life depends on.
  if (kind == "other") return;
  // Init waits there when create has long ended: that it then fails is told by its death.
  if (seen.call == "read gate") return;
  const auto op = inject::OpOfVerb(VerbIn(seen.call));
  if (!op) return;
  for (const int error : sim::FaultsOf(*op, kind)) {
    for (const bool lasting : {false, true}) {
      points.push_back({.injection = {.call = seen.call,
                                      .occurrence = seen.occurrence,
                                      .action = Action::kFail,
                                      .error = error,
                                      .lasting = lasting},
                        .path = seen.path});
    }
  }
}

void AddPairs(std::vector<Point>& points, const SeenCall& seen) {
  if (!seen.is_effect) return;
  for (const Operation second :
       {Operation::kKill, Operation::kDelete, Operation::kDeleteForce, Operation::kCreate}) {
    points.push_back({.injection = {.call = seen.call,
                                    .occurrence = seen.occurrence,
                                    .action = Action::kHold},
                      .path = seen.path,
                      .second = second});
  }
}

}  // namespace

std::string_view FaultKindName(FaultKind kind) {
  switch (kind) {
    case FaultKind::kCrash:
      return "crash";
    case FaultKind::kErrno:
      return "errno";
    case FaultKind::kPair:
      return "pair";
  }
  __builtin_unreachable();
}

FaultKind FaultKindOf(const Point& point) {
  if (point.second) return FaultKind::kPair;
  return point.injection.action == Action::kFail ? FaultKind::kErrno : FaultKind::kCrash;
}

std::string Point::WhatHappens() const {
  switch (injection.action) {
    case Action::kKillBefore:
      return "killed before";
    case Action::kKillAfter:
      return "killed after";
    case Action::kFail:
      return std::string(strerrorname_np(injection.error)) + (injection.lasting ? " for ever" : "");
    case Action::kHold:
      return "held for " + std::string(OperationName(second.value()));
    case Action::kNothing:
      return "nothing";
  }
  __builtin_unreachable();
}

std::string Point::Describe() const {
  return injection.call + " #" + std::to_string(injection.occurrence) + " " + WhatHappens();
}

std::vector<Point> PointsOf(const std::vector<SeenCall>& seen, FaultKind kind) {
  std::vector<Point> points;
  std::map<std::pair<std::string, std::string>, int> repetitions;
  for (const SeenCall& call : seen) {
    const bool is_early = ++repetitions[{call.call, call.path}] <= kRepetitions;
    switch (kind) {
      case FaultKind::kCrash:
        AddCrashes(points, call);
        break;
      case FaultKind::kErrno:
        if (is_early) AddErrors(points, call);
        break;
      case FaultKind::kPair:
        AddPairs(points, call);
        break;
    }
  }
  return points;
}

}  // namespace reapcheck::sweep
