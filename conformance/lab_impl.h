// The state of a lab, for the files that implement it (lab*.cc, subject.cc) and for nobody else.
#ifndef REAPCHECK_CONFORMANCE_LAB_IMPL_H_
#define REAPCHECK_CONFORMANCE_LAB_IMPL_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "conformance/case_end.h"
#include "conformance/lab.h"
#include "conformance/lab_settings.h"
#include "conformance/reaper.h"

namespace reapcheck::conformance {

struct Lab::Impl {
  explicit Impl(const LabSettings& settings) : settings(settings) {}

  struct Made {
    Container container;
    bool disowned = false;
  };

  LabSettings settings;
  std::string root, share, scratch, bundles, output;
  Reaper reaper;
  std::unique_ptr<Subject> subject;
  std::map<std::string, Made> containers;  // by id
  std::set<ProcessId> own_processes;       // foreign to every container, made by the lab
  std::set<pid_t> invocations;             // of the runtime, running now
  std::vector<std::string> own_cgroups;    // directories made by MakeForeignCgroup
  std::vector<std::string> expected_leaks;
  int next_output = 0;
  bool hung = false;  // an invocation gave no answer: the runtime is not asked again
  int deletions_failed = 0;
};

// Ends the case as failed for this reason.
[[noreturn]] void FailCase(const std::string& reason);

// Waits as Lab::Await does, silently.
bool AwaitQuietly(Lab::Impl& lab, std::chrono::milliseconds timeout,
                  const std::function<bool()>& condition);

void NoteActivity(Lab::Impl& lab, const std::string& text);

// Makes the child a process that only sleeps and dies with the case. Does not return.
[[noreturn]] void BecomeForeignProcess();

// The directories of a container (or of any cgroups_path) in each hierarchy, parents first.
struct CgroupDir {
  const Hierarchy* hierarchy;
  std::string path;
};
std::vector<CgroupDir> DirsOfContainer(const Lab::Impl& lab, const Container& container);

// Removes all of a container without asking the runtime: for those that were disowned.
void RemoveByForce(Lab::Impl& lab, const Container& container);

// After the case: containers left are deleted by the runtime, own processes and cgroups removed.
// Returns what went wrong in it, in words; empty when nothing did.
std::string TearDown(Lab& lab);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_LAB_IMPL_H_
