// A worker: one process that judges one runtime on one cgroup layout, case after case.
//
// It enters its layout, is the child subreaper of its cases, gives each a fresh lab in a process of
// its own with a deadline, accounts for what is left, and cleans up whatever happened. On SIGTERM
// (also when the process that started it dies) it cleans up and ends.
#ifndef REAPCHECK_CONFORMANCE_WORKER_H_
#define REAPCHECK_CONFORMANCE_WORKER_H_

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "conformance/case_process.h"
#include "conformance/file.h"
#include "conformance/layout.h"
#include "conformance/leaks.h"
#include "conformance/verdict.h"

namespace reapcheck::conformance {

struct WorkerSettings {
  std::string tag;  // of the run; each case adds a number
  CgroupLayout layout = CgroupLayout::kHost;
  Subject::Settings subject;
  std::chrono::milliseconds case_timeout{120000};
};

class Worker {
 public:
  // In the process that is to be the worker. The error is one line for the reader.
  static std::expected<std::unique_ptr<Worker>, std::string> Start(WorkerSettings settings);
  ~Worker();

  // `number` makes the tag unique within the run.
  CaseResult RunCase(const Case& entry, int number);

  // Runs `body` in a process with a lab, as a case would be, and returns the text that it returns;
  // the error says how the process ended instead. Cleans up after it.
  std::expected<std::string, std::string> RunInLab(
      int number, const std::function<std::string(const LabSettings&)>& body);

  void set_capabilities(std::vector<Capability> capabilities);
  bool stopped() const { return stopped_; }  // SIGTERM came
  // False when something of the worker is gone that it can not make again (a mount), or hangs on
  // to it: cases that come later would be judged by the harm of an earlier one. Start another.
  bool usable() const { return usable_; }
  // Directories whose new files can not be told from the machine's own, so that they are not
  // judged; empty where overlays work.
  const std::vector<std::string>& unwatched() const { return surroundings_.unwatched; }

 private:
  explicit Worker(WorkerSettings settings);
  LabSettings SettingsFor(int number) const;
  std::expected<std::string, std::string> WaitFor(pid_t pid, const std::string& tag, int result);
  bool EndsNow(int pidfd, const std::string& tag) const;

  WorkerSettings settings_;
  Surroundings surroundings_;
  std::vector<Hierarchy> hierarchies_;
  std::unique_ptr<LeakAccount> account_;
  std::string payload_;
  FileDescriptor signals_;
  char* activity_ = nullptr;
  bool stopped_ = false;
  bool usable_ = true;
  std::vector<Leak> leaks_;     // of the last lab
  std::string cleaning_failed_;  // of the last lab
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_WORKER_H_
