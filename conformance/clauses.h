// What cases cite, each in one sentence of our own: A1 ... A39 what the runtime specification
// requires, S1 ... S25 and L1 ... L10 the invariants of kill and delete (safety, liveness), C1 ...
// C24 gaps that existing suites leave. Pure.
#ifndef REAPCHECK_CONFORMANCE_CLAUSES_H_
#define REAPCHECK_CONFORMANCE_CLAUSES_H_

#include <optional>
#include <string_view>

namespace reapcheck::conformance {

// nullopt for an id that no table knows.
std::optional<std::string_view> ClauseSentence(std::string_view id);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CLAUSES_H_
