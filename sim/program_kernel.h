// The runtime's two doors (runtime/kernel.h, runtime/container_kernel.h) on the simulated kernel:
// each method becomes one Call, handed to a CallSink, and its CallResult the method's result.
//
// Keeps nothing between calls, so that what a program does depends on the results alone. Borrows
// the sink and its texts; one thread. The code behind the sink decides when and how a call runs.
#ifndef REAPCHECK_SIM_PROGRAM_KERNEL_H_
#define REAPCHECK_SIM_PROGRAM_KERNEL_H_

#include <string>
#include <string_view>
#include <vector>

#include "runtime/container_kernel.h"
#include "runtime/kernel.h"
#include "sim/call.h"

namespace reapcheck::sim {

class CallSink {
 public:
  virtual ~CallSink() = default;
  virtual CallResult Do(const Call& call) = 0;
  virtual TextTable& texts() = 0;
};

// What CloneInit asks for, as far as a simulated world knows it.
struct CloneInitRequest {
  bool new_pid_namespace = false;
  TextId joined_pid_namespace = {};  // its path, or ""
  Fd gate = {};
  Fd result = {};
  std::vector<Fd> cgroup_tasks = {};
};

TextId EncodeSpawn(TextTable& texts, const SpawnRequest& request);
SpawnRequest DecodeSpawn(const TextTable& texts, TextId id);
TextId EncodeCloneInit(TextTable& texts, const CloneInitRequest& request);
CloneInitRequest DecodeCloneInit(TextTable& texts, TextId id);

class ProgramKernel : public Kernel, public ContainerKernel {
 public:
  explicit ProgramKernel(CallSink& sink) : sink_(sink) {}

  // execve(2) of a program of the simulator's own: the process lives on as a passive one. To be
  // the last that the program does; it only returns where the program is being given up.
  void Execve(const std::string& name);

  Result<OwnedFd> PidfdOpen(Pid pid) override;
  Result<void> PidfdSendSignal(Fd pidfd, Signal signal) override;
  Result<void> Kill(Pid pid, Signal signal) override;
  Result<std::optional<ChildStatus>> Waitid(Pid pid, bool block) override;
  Result<int> Poll(std::span<PollRequest> requests, std::chrono::milliseconds timeout) override;
  Result<Pid> Spawn(const SpawnRequest& request) override;
  Result<void> SetChildSubreaper(bool on) override;
  Result<OwnedFd> OpenAt(Fd dir, const std::string& path, int flags, mode_t mode) override;
  Result<std::size_t> Read(Fd fd, std::span<char> buffer) override;
  Result<std::size_t> Pread(Fd fd, std::span<char> buffer, std::int64_t offset) override;
  Result<std::size_t> Write(Fd fd, std::string_view data) override;
  Result<void> Fsync(Fd fd) override;
  Result<void> Close(Fd fd) override;
  Result<FileStat> StatAt(Fd dir, const std::string& path, int flags) override;
  Result<void> MkdirAt(Fd dir, const std::string& path, mode_t mode) override;
  Result<void> UnlinkAt(Fd dir, const std::string& path, int flags) override;
  Result<void> RenameAt(Fd from_dir, const std::string& from, Fd to_dir,
                        const std::string& to) override;
  Result<std::string> ReadlinkAt(Fd dir, const std::string& path) override;
  Result<std::vector<DirectoryEntry>> GetDirectoryEntries(Fd dir) override;
  Result<void> SetXattr(Fd fd, const std::string& name, const std::string& value) override;
  Result<std::string> GetXattr(Fd fd, const std::string& name) override;
  Result<void> Flock(Fd fd, int operation) override;
  Result<std::int64_t> StatFs(Fd fd) override;
  Result<void> Umount(const std::string& path, int flags) override;
  ClockTime ClockGettime() override;
  Result<void> Nanosleep(std::chrono::nanoseconds duration) override;
  Result<std::uint64_t> CapGet() override;
  Pid GetPid() override;

  Outcome<ClonedChild> CloneInit(const InitRequest& request) override;
  Outcome<ClonedChild> CloneExec(const ExecRequest& request) override;
  Result<void> MkfifoAt(Fd dir, const std::string& path, mode_t mode) override;
  Result<OwnedFd> ConnectUnix(const std::string& path) override;
  Result<void> AttachDeviceProgram(Fd cgroup, const std::vector<DeviceRule>& rules) override;

 private:
  CallResult Do(Op op, std::int32_t a = 0, std::int32_t b = 0, TextId text = {}, std::int64_t n = 0,
                std::int64_t m = 0, TextId text2 = {});
  TextId Intern(std::string_view text) { return sink_.texts().Intern(text); }

  CallSink& sink_;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_PROGRAM_KERNEL_H_
