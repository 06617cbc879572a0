#include "conformance/sweep/point.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <utility>

#include "conformance/inject/watched_call.h"
#include "sim/fault_table.h"

namespace reapcheck::sweep {
namespace {

using inject::Action;
using inject::SeenCall;

std::string VerbIn(std::string_view call) { return std::string(call.substr(0, call.find(' '))); }

void AddEffect(std::vector<Point>& points, const SeenCall& seen, Action action,
               bool whole_tree = false) {
  if (!seen.is_effect) return;
  points.push_back({.injection = {.call = seen.call,
                                  .occurrence = seen.occurrence,
                                  .action = action,
                                  .whole_tree = whole_tree},
                    .path = seen.path});
}

// Linux writes less than it was given where a disk gets full; a control file takes all or nothing.
bool CanBeShort(const SeenCall& seen) {
  constexpr std::string_view kFiles[] = {"write record", "write intent", "write temporary",
                                         "write config", "write file",   "write bundle"};
  return std::ranges::find(kFiles, seen.call) != std::end(kFiles);
}

void AddErrors(std::vector<Point>& points, const SeenCall& seen) {
  const std::string_view kind = sim::KindOfClass(seen.call);
  // Libraries, /etc, the runtime's log: what no container's life depends on.
  if (kind == "other") return;
  // Init waits there when create has long ended: that it then fails is told by its death.
  if (seen.call == "read gate") return;
  const inject::WatchedCall* made = inject::FindWatched(seen.number);
  if (made == nullptr) return;
  for (const int error : sim::FaultsOf(made->op, kind)) {
    for (const bool lasting : {false, true}) {
      // No signal comes for ever: Go tries again for ever at files, and is right to. At signals
      // it does not, and a loop is the runtime's own.
      if (lasting && error == EINTR && VerbIn(seen.call) != "signal") continue;
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
    case FaultKind::kCrashTree:
      return "crash-tree";
    case FaultKind::kErrno:
      return "errno";
    case FaultKind::kShort:
      return "short";
    case FaultKind::kTerm:
      return "term";
    case FaultKind::kDelay:
      return "delay";
    case FaultKind::kPair:
      return "pair";
  }
  __builtin_unreachable();
}

FaultKind FaultKindOf(const Point& point) {
  switch (point.injection.action) {
    case Action::kFail:
      return FaultKind::kErrno;
    case Action::kShorten:
      return FaultKind::kShort;
    case Action::kTerminate:
      return FaultKind::kTerm;
    case Action::kHold:
      return FaultKind::kPair;
    case Action::kKillBefore:
    case Action::kKillAfter:
      return point.injection.whole_tree ? FaultKind::kCrashTree : FaultKind::kCrash;
    case Action::kDelay:
    case Action::kNothing:
      return FaultKind::kDelay;
  }
  __builtin_unreachable();
}

std::string Point::WhatHappens() const {
  switch (injection.action) {
    case Action::kKillBefore:
      return injection.whole_tree ? "all killed before" : "killed before";
    case Action::kKillAfter:
      return injection.whole_tree ? "all killed after" : "killed after";
    case Action::kShorten:
      return "written in part";
    case Action::kTerminate:
      return "SIGTERM";
    case Action::kDelay:
      return "delayed";
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
    // Signals have no path: each may go to another process.
    const bool is_repetition = !is_early && (kind == FaultKind::kErrno || !call.path.empty());
    if (is_repetition) continue;
    switch (kind) {
      case FaultKind::kCrash:
      case FaultKind::kCrashTree:
        for (const Action action : {Action::kKillBefore, Action::kKillAfter}) {
          AddEffect(points, call, action, kind == FaultKind::kCrashTree);
        }
        break;
      case FaultKind::kShort:
        if (CanBeShort(call)) AddEffect(points, call, Action::kShorten);
        break;
      case FaultKind::kTerm:
        AddEffect(points, call, Action::kTerminate);
        break;
      case FaultKind::kDelay:
        AddEffect(points, call, Action::kDelay);
        break;
      case FaultKind::kErrno:
        AddErrors(points, call);
        break;
      case FaultKind::kPair:
        AddPairs(points, call);
        break;
    }
  }
  return points;
}

}  // namespace reapcheck::sweep
