// The children of the case's process: those that the lab forked, and orphans of the runtime that
// fell to it as the child subreaper (prctl(2), PR_SET_CHILD_SUBREAPER).
//
// Collects them as they end and remembers how. One object per process, one thread; it blocks
// SIGCHLD and waits for it through a signalfd(2).
#ifndef REAPCHECK_CONFORMANCE_REAPER_H_
#define REAPCHECK_CONFORMANCE_REAPER_H_

#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "conformance/file.h"
#include "conformance/observation.h"

namespace reapcheck::conformance {

class Reaper {
 public:
  struct Record {
    bool exited = false;
    int code = 0;    // exit code, when exited
    int signal = 0;  // otherwise
    std::chrono::steady_clock::time_point when;  // seen
  };

  Reaper();

  // A child that the lab forked and asks about by pid.
  void Own(pid_t pid) { own_.insert(pid); }
  // Off: orphans stay zombies; own children are still collected.
  void set_reaps_orphans(bool on) { reaps_orphans_ = on; }

  // Collects what has ended, without waiting.
  void Reap();
  // Waits until a child ends, at most so long.
  void WaitForChange(std::chrono::microseconds at_most);

  // How an own child ended; nullopt while it runs.
  std::optional<Record> EndOfOwn(pid_t pid) const;
  std::optional<Record> EndOf(const ProcessId& process) const;

 private:
  bool ReapOne(bool own_only, pid_t pid);

  FileDescriptor signals_;
  bool reaps_orphans_ = true;
  std::set<pid_t> own_;                  // not ended yet
  std::map<pid_t, Record> own_ends_;
  std::map<ProcessId, Record> ends_;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_REAPER_H_
