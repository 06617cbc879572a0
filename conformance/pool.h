// Runs cases on runtimes with a number of worker processes, and cleans up after all of them.
//
// One orchestrator (the caller) forks workers; each takes cases of one column from a shared counter
// until there are none, then the next column is begun. The caller is a child subreaper: what a
// worker that died leaves falls to it and is killed.
#ifndef REAPCHECK_CONFORMANCE_POOL_H_
#define REAPCHECK_CONFORMANCE_POOL_H_

#include <functional>
#include <string>
#include <vector>

#include "conformance/case.h"
#include "conformance/verdict.h"
#include "conformance/worker.h"

namespace reapcheck::conformance {

// One runtime on one layout, and what it is to be judged by.
struct Column {
  WorkerSettings settings;
  std::vector<const Case*> queue;  // a case that is repeated is in it several times
};

struct PoolEvents {
  std::function<void(std::size_t column, const Case& entry)> began;
  std::function<void(std::size_t column, const CaseResult& result)> ended;
};

// Blocks SIGINT, SIGTERM and SIGHUP for good, and waits for them.
// "" when every case has a result; otherwise why not, in one line: interrupted (SIGINT, SIGTERM),
// or no worker could be made. The workers have cleaned up either way.
std::string RunPool(const std::vector<Column>& columns, int jobs, const PoolEvents& events);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_POOL_H_
