// The operations that make processes: create, start, exec (run is create and start).
//
// Each is a list of steps that a crash may cut anywhere. Before anything that outlives the
// invocation is made, intent.json says where it will be: delete finds it there. The container's
// lock is held while something is made or recorded and released while init or a hook is waited
// for, and what is done after a wait first makes sure that no delete came in between.
// Borrows the Runtime and its kernel; one thread.
#ifndef REAPCHECK_RUNTIME_BUILDER_H_
#define REAPCHECK_RUNTIME_BUILDER_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/container_kernel.h"
#include "runtime/failure.h"
#include "runtime/runtime.h"

namespace reapcheck {

struct CreateOptions {
  std::string bundle;          // "" is the working directory
  std::string pid_file;        // "" for none
  std::string console_socket;  // "" for none
  Fd console;                  // a connected socket instead of a path
  bool no_pivot = false;
  int preserve_fds = 0;
};

struct ExecOptions {
  std::string process_file;  // --process: a process object; else the container's with what follows
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // added
  std::string cwd;
  std::string user;  // "UID[:GID]"
  std::vector<gid_t> additional_gids;
  std::vector<std::string> capabilities;  // added
  bool no_new_privileges = false;
  bool terminal = false;
  std::string pid_file;
  std::string console_socket;
  Fd console;
  bool detach = false;
  int preserve_fds = 0;
};

class Builder {
 public:
  Builder(Runtime& runtime, ContainerKernel& container_kernel)
      : runtime_(runtime), kernel_(runtime.kernel()), container_kernel_(container_kernel) {}
  virtual ~Builder() = default;

  // runtime.md#create. The init waits before the program; its pid. On failure there is no new
  // container. kExists, kInvalidId, kInvalidConfig, kUnsupported, kHook.
  virtual Outcome<Pid> Create(const std::string& id, const CreateOptions& options);
  // runtime.md#start. kWrongState, kHook.
  virtual Outcome<void> Start(const std::string& id);
  // What exec has read and checked before it locks the container.
  struct ExecPlan {
    OciConfig config;  // the container's
    ProcessConfig process;
    SeccompProgram seccomp;
    OwnedFd console;
  };
  // Not in the specification. The pid of the new process, a child of the caller.
  virtual Outcome<Pid> Exec(const std::string& id, const ExecOptions& options);

 protected:
  Runtime& runtime() { return runtime_; }
  Kernel& kernel() { return kernel_; }

  // What create has read and checked before it makes anything.
  struct Plan {
    OciConfig config;
    std::string config_text;
    std::string bundle;
    SeccompProgram seccomp;
    OwnedFd console;
    Record record;
  };

  // --- Steps of create (create.cc) ---
  virtual Outcome<Plan> MakePlan(const std::string& id, const CreateOptions& options);
  virtual Outcome<void> ClaimCgroups(const ContainerDirectory& container, Plan& plan);
  virtual Outcome<void> WriteIntent(const ContainerDirectory& container, const Plan& plan);
  virtual Outcome<void> BuildContainer(const ContainerDirectory& container, Plan& plan,
                                       const CreateOptions& options);
  virtual Outcome<void> RecordInit(const ContainerDirectory& container, Plan& plan, Pid pid);
  virtual Outcome<void> PlaceInit(const Plan& plan, Pid pid);
  virtual Outcome<void> FollowInit(const ContainerDirectory& container, Plan& plan, Fd sync,
                                   const CreateOptions& options);
  virtual Outcome<void> RecordCreated(const ContainerDirectory& container, Plan& plan, Fd sync);
  virtual void UndoCreate(const ContainerDirectory& container, Plan& plan,
                          const CreateOptions& options);

  // --- Steps of exec (exec.cc) ---
  virtual Outcome<ClonedChild> StartExec(const std::string& id, const ExecPlan& plan,
                                         const ExecOptions& options);
  virtual Outcome<void> FollowExec(const ClonedChild& child, const ExecOptions& options);

  // --- Steps of start (start.cc) ---
  // The container's init before its program.
  struct WaitingInit {
    OwnedFd process;  // pidfd; none where the kernel has no pidfd_open(2)
    OwnedFd result;   // what it says of the program: container_kernel.h
  };
  virtual Outcome<void> OpenGate(const ContainerDirectory& container, Record& record,
                                 WaitingInit& init);
  virtual Outcome<void> CheckStartable(Runtime::Loaded& loaded);
  virtual Outcome<void> AwaitExecution(Record& record, const WaitingInit& init);
  virtual Outcome<void> RecordRunning(const ContainerDirectory& container, Record& record);
  virtual Outcome<void> RunPoststart(const Record& record);
  virtual void DestroyAfterHook(const ContainerDirectory& container, Record& record);

 private:
  // Until init's result has something or its pidfd says that it is dead: true.
  Result<bool> AwaitEither(std::span<PollRequest, 2> requests);
  // The same without a pidfd: looks now and then.
  Result<bool> AwaitResult(PollRequest& result, const ProcessIdentity& init);

  Runtime& runtime_;
  Kernel& kernel_;
  ContainerKernel& container_kernel_;
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_BUILDER_H_
