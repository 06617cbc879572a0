// Runs the suite on one runtime: `reapcheck conform` as a user calls it, its JSON report read back.
// Borrows nothing; safe to call from several threads at once.
#ifndef REAPCHECK_CONFORMANCE_MUTANTS_JUDGEMENT_H_
#define REAPCHECK_CONFORMANCE_MUTANTS_JUDGEMENT_H_

#include <map>
#include <string>
#include <vector>

namespace reapcheck::mutants {

struct Question {
  std::string runtime;  // the command of --runtime, by absolute paths
  std::string cgroup;
  std::vector<std::string> cases;
};

struct Finding {
  std::string verdict;  // "pass", "fail", "skip", "broken"; "" when the case was not run
  std::string reason;
};

// By case. `problem` instead, when the suite itself could not be run.
struct Judgement {
  std::map<std::string, Finding> findings;
  std::string problem;
};

// `reapcheck` is the path of the command. Bounded: a run that does not end is ended.
Judgement Judge(const std::string& reapcheck, const Question& question);

// The names of all cases of the suite, or of none when it could not be run.
std::vector<std::string> ListCases(const std::string& reapcheck);

}  // namespace reapcheck::mutants

#endif  // REAPCHECK_CONFORMANCE_MUTANTS_JUDGEMENT_H_
