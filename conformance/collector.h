// Results of cases that were run once or several times, by column of the report. Owned and filled
// by one thread, which hands the results over at the end.
#ifndef REAPCHECK_CONFORMANCE_COLLECTOR_H_
#define REAPCHECK_CONFORMANCE_COLLECTOR_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "conformance/verdict.h"

namespace reapcheck::conformance {

// One result of each case, from all its runs: the worst verdict, the mean of the times.
class Collector {
 public:
  void Add(std::size_t column, const CaseResult& result) {
    auto [entry, fresh] = results_[column].try_emplace(result.name, result);
    if (fresh) return;
    CaseResult& sum = entry->second;
    if (result.verdict > sum.verdict) {
      sum.verdict = result.verdict;
      sum.reason = result.reason;
    }
    sum.duration_ms += result.duration_ms;
    sum.inside_ms += result.inside_ms;
    sum.bad_runs += result.bad_runs;
    ++sum.runs;
  }

  std::vector<CaseResult> Take(std::size_t column) {
    std::vector<CaseResult> list;
    for (auto& [name, result] : results_[column]) {
      result.duration_ms /= result.runs;
      result.inside_ms /= result.runs;
      list.push_back(result);
    }
    return list;
  }

 private:
  std::map<std::size_t, std::map<std::string, CaseResult>> results_;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_COLLECTOR_H_
