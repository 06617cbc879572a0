// The real kernel behind kernel.h: one method, one system call. No state but what Linux keeps.
#ifndef REAPCHECK_RUNTIME_LINUX_KERNEL_H_
#define REAPCHECK_RUNTIME_LINUX_KERNEL_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kernel.h"

namespace reapcheck {

class LinuxKernel : public Kernel {
 public:
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
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_LINUX_KERNEL_H_
