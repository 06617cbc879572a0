// The subject under test: an OCI runtime binary, called the way an engine calls it.
//
// Always with `--root` of the lab; stdin is /dev/null; stdout and stderr go to files (a container
// inherits those of `create`: a pipe would never end). Every wait has a deadline: an invocation
// that gives no answer in time is killed with its whole tree, and the case fails with "no answer in
// N s" (unless InvocationOptions::may_hang). While it waits, orphans of the case are reaped, as an
// engine's shim would (Lab::SetReaping). One thread.
#ifndef REAPCHECK_CONFORMANCE_SUBJECT_H_
#define REAPCHECK_CONFORMANCE_SUBJECT_H_

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conformance/json.h"

namespace reapcheck::inject {
class Injector;
}

namespace reapcheck::conformance {

using Arguments = std::vector<std::string>;

struct InvocationOptions {
  std::optional<std::chrono::milliseconds> timeout;  // absent: --timeout of the run (10 s)
  bool may_hang = false;           // the caller judges timed_out itself
  std::string working_directory;   // empty: the lab's directory
  std::vector<std::string> extra_environment;  // "NAME=value"
  bool pass_root = true;           // false: the case gives its own global options
  // Descriptors of the case that are not close-on-exec stay open in the runtime (Run, Begin).
  bool keep_descriptors = false;
  // Acts at the system calls of this invocation, and notes them.
  std::shared_ptr<inject::Injector> injector;
};

// A finished call of the runtime.
struct Invocation {
  std::string command;  // as one would type it
  int exit_code = -1;   // -1 when it did not exit
  int signal = 0;       // that ended it, 0 when it exited
  bool timed_out = false;
  std::string out;      // stdout and stderr, at most 1 MiB each
  std::string err;
  std::chrono::microseconds duration{0};

  bool ok() const { return exit_code == 0; }
  // An ordinary error exit: neither success, nor a signal, a hang, or a panic (Go: 2, Rust: 101).
  bool refused() const;
  std::string Describe() const;  // "`delete c1` exited 1: container is not stopped"
};

class Lab;
class Subject;

// A call that was begun and not waited for. Move-only; the destructor kills what is still running.
class PendingInvocation {
 public:
  PendingInvocation(PendingInvocation&&) noexcept;
  PendingInvocation& operator=(PendingInvocation&&) noexcept;
  ~PendingInvocation();

  pid_t pid() const;
  bool Running() const;                 // has not ended yet
  void Signal(int number) const;        // to the runtime's own process
  void KillTree();                      // SIGKILL to it and all its descendants
  Invocation Finish();                  // waits with the deadline it was begun with

 private:
  friend class Subject;
  struct Call;
  explicit PendingInvocation(std::unique_ptr<Call> call);
  std::unique_ptr<Call> call_;
};

// What differs between runtimes and can be found out without judging them.
enum class Capability { kPause, kExec, kRun, kList, kPs, kSeveralIds, kFeatures, kKillAll };

class Subject {
 public:
  struct Settings {
    std::string name;               // "runc"
    std::vector<std::string> argv;  // the binary's path, then extra global arguments
    std::chrono::milliseconds timeout{10000};
    std::vector<Capability> capabilities;
  };
  Subject(Settings settings, Lab& lab);
  ~Subject();

  const std::string& name() const;
  const std::string& binary() const;  // absolute path
  bool Can(Capability capability) const;

  // RUNTIME [extra] --root ROOT arguments...
  Invocation Run(const Arguments& arguments, const InvocationOptions& options = {});
  PendingInvocation Begin(const Arguments& arguments, const InvocationOptions& options = {});
  // All calls are forked and held at a barrier, let go at the same moment, and waited for.
  std::vector<Invocation> AtOnce(const std::vector<Arguments>& calls,
                                 const InvocationOptions& options = {});

  // The words of one command line (what Run would execute), for hooks that call the runtime.
  Arguments CommandLine(const Arguments& arguments) const;

  Invocation Create(const std::string& id, const std::string& bundle,
                    const Arguments& extra = {});
  Invocation RunDetached(const std::string& id, const std::string& bundle);
  Invocation Start(const std::string& id);
  // `signal` as typed: "TERM", "SIGTERM", "15"; empty: the runtime's default.
  Invocation Kill(const std::string& id, const std::string& signal = "KILL");
  Invocation KillAll(const std::string& id, const std::string& signal = "KILL");  // kill --all
  Invocation Delete(const std::string& id);
  Invocation DeleteForce(const std::string& id);
  Invocation Pause(const std::string& id);
  Invocation Resume(const std::string& id);
  Invocation State(const std::string& id);
  // A detached exec of the payload with these words (payload/README.md); its name is "exec".
  Invocation ExecDetached(const std::string& id, const Arguments& words);

  // `state`, parsed; nullopt when it was refused or printed no JSON object.
  std::optional<Json> ReadState(const std::string& id);
  // Its "status", or "" when there is none.
  std::string Status(const std::string& id);
  // Ids of `list --format json`; nullopt when refused or not JSON.
  std::optional<std::vector<std::string>> List();

  // Wall time with at least one invocation running, since the case began.
  std::chrono::microseconds time_inside() const;

 private:
  friend class PendingInvocation;
  struct Impl;
  PendingInvocation Launch(const Arguments& arguments, const InvocationOptions& options,
                           int barrier);
  void Supervise(inject::Injector& injector);

  std::unique_ptr<Impl> impl_;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_SUBJECT_H_
