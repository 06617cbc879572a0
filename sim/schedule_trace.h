// What happened in one schedule, step by step: for replays, tables and diagrams.
#ifndef REAPCHECK_SIM_SCHEDULE_TRACE_H_
#define REAPCHECK_SIM_SCHEDULE_TRACE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sim/call.h"
#include "sim/choice.h"
#include "sim/schedule_judge.h"
#include "sim/text_table.h"

namespace reapcheck::sim {

struct TraceStep {
  // By which it came about. A local call comes about by the one before it.
  Choice choice;
  bool is_call = false;  // else a step of the kernel, a crash or time
  bool is_local = false;
  bool is_fault = false;
  int continuation = -1;  // the number of the continuation that it belongs to
  ActorId actor = 0;
  ProgramId program = 0;  // of the actor, for a call
  Call call;
  CallResult result;
  Nanoseconds time = 0;
  std::string text;  // "rmdir cgroup" or more, as the rules describe it
  std::vector<Violation> violations;
};

struct Trace {
  std::vector<TraceStep> steps;
  std::vector<Choice> choices;        // all of them, those by default included
  std::vector<Violation> violations;  // with those that were found at the end
  End end = End::kOver;
};

// Equal for equal traces, on every machine and in every run.
std::uint64_t HashOf(const TextTable& texts, const Trace& trace);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SCHEDULE_TRACE_H_
