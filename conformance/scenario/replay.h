// `reapcheck replay`: one saved schedule again, shown as a table, a sequence diagram or a trace.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_REPLAY_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_REPLAY_H_

#include <expected>
#include <string>
#include <vector>

#include "conformance/scenario/programs.h"
#include "conformance/scenario/replay_file.h"
#include "conformance/scenario/scenario.h"
#include "sim/schedule_trace.h"

namespace reapcheck::scenario {

// A trace with what its actors are called, by ActorId.
struct Replayed {
  sim::Trace trace;
  std::vector<std::string> actors;
  std::uint64_t hash = 0;  // of the trace: equal on every machine and in every run
};

// Runs it twice; the error says where the file does not fit, or that the two runs differ.
std::expected<Replayed, std::string> ReplayChoices(const Scenario& scenario,
                                                   const Subject& subject,
                                                   const std::vector<sim::Choice>& choices);

// One column an actor, one line a call with its result; faults and violations are marked.
std::string TraceTable(const Replayed& replayed);
// A sequenceDiagram for Mermaid: whoever acts, and on what.
std::string TraceMermaid(const Replayed& replayed);
// JSON in the trace event format that Perfetto and Chrome read: one thread an actor.
std::string TracePerfetto(const Replayed& replayed);

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_REPLAY_H_
