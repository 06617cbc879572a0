#include "conformance/scenario/parallel.h"

#include <thread>
#include <vector>

namespace reapcheck::scenario {

void ForEachIndex(std::size_t count, int jobs, const std::atomic<bool>* stop,
                  const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      if (stop != nullptr && stop->load()) return;
      work(i);
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < jobs; ++i) threads.emplace_back(take);
  take();
}

}  // namespace reapcheck::scenario
