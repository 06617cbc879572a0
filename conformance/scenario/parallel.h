// Independent work on several threads.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_PARALLEL_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_PARALLEL_H_

#include <atomic>
#include <cstddef>
#include <functional>

namespace reapcheck::scenario {

// Calls work(0) ... work(count - 1), each once, on so many threads, this one among them; in their
// order where there is one. None is begun after `stop` (null: never) was set.
void ForEachIndex(std::size_t count, int jobs, const std::atomic<bool>* stop,
                  const std::function<void(std::size_t)>& work);

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_PARALLEL_H_
