// A kernel for tests that asks before each call: let it pass to the kernel below, or fail it with
// an errno as if that kernel had refused it. A call that is failed does not happen.
//
// close(2), clock_gettime(2) and getpid(2) have no failure that a caller could act on and are
// passed unasked. Borrows the kernel below; one thread.
#ifndef REAPCHECK_RUNTIME_INTERPOSED_KERNEL_H_
#define REAPCHECK_RUNTIME_INTERPOSED_KERNEL_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kernel.h"

namespace reapcheck {

class InterposedKernel : public Kernel {
 public:
  // The errno with which the call fails, 0 to let it pass. `call` is the method's name.
  using Question = std::function<int(std::string_view call, const std::string& subject)>;

  explicit InterposedKernel(Kernel& below) : below_(below) {}

  // Asked before each call; unset, everything passes.
  void OnCall(Question question) { question_ = std::move(question); }
  // Transfers at most so many bytes in one read or write, as the kernel may.
  void LimitTransfers(std::size_t bytes) { most_ = bytes; }

  Result<OwnedFd> PidfdOpen(Pid pid) override {
    return Pass<OwnedFd>("PidfdOpen", Text(pid), [&] { return Own(below_.PidfdOpen(pid)); });
  }
  Result<void> PidfdSendSignal(Fd pidfd, Signal signal) override {
    return Pass<void>("PidfdSendSignal", Text(pidfd),
                      [&] { return below_.PidfdSendSignal(pidfd, signal); });
  }
  Result<void> Kill(Pid pid, Signal signal) override {
    return Pass<void>("Kill", Text(pid), [&] { return below_.Kill(pid, signal); });
  }
  Result<std::optional<ChildStatus>> Waitid(Pid pid, bool block) override {
    return Pass<std::optional<ChildStatus>>("Waitid", Text(pid),
                                            [&] { return below_.Waitid(pid, block); });
  }
  Result<int> Poll(std::span<PollRequest> requests, std::chrono::milliseconds timeout) override {
    return Pass<int>("Poll", "", [&] { return below_.Poll(requests, timeout); });
  }
  Result<Pid> Spawn(const SpawnRequest& request) override {
    return Pass<Pid>("Spawn", request.path, [&] { return below_.Spawn(request); });
  }
  Result<void> SetChildSubreaper(bool on) override {
    return Pass<void>("SetChildSubreaper", "", [&] { return below_.SetChildSubreaper(on); });
  }
  Result<OwnedFd> OpenAt(Fd dir, const std::string& path, int flags, mode_t mode) override {
    return Pass<OwnedFd>("OpenAt", path,
                         [&] { return Own(below_.OpenAt(dir, path, flags, mode)); });
  }
  Result<std::size_t> Read(Fd fd, std::span<char> buffer) override {
    return Pass<std::size_t>("Read", Text(fd), [&] {
      return below_.Read(fd, buffer.first(std::min(buffer.size(), most_)));
    });
  }
  Result<std::size_t> Pread(Fd fd, std::span<char> buffer, std::int64_t offset) override {
    return Pass<std::size_t>("Pread", Text(fd), [&] {
      return below_.Pread(fd, buffer.first(std::min(buffer.size(), most_)), offset);
    });
  }
  Result<std::size_t> Write(Fd fd, std::string_view data) override {
    return Pass<std::size_t>("Write", Text(fd),
                             [&] { return below_.Write(fd, data.substr(0, most_)); });
  }
  Result<void> Fsync(Fd fd) override {
    return Pass<void>("Fsync", Text(fd), [&] { return below_.Fsync(fd); });
  }
  Result<void> Close(Fd fd) override { return below_.Close(fd); }
  Result<FileStat> StatAt(Fd dir, const std::string& path, int flags) override {
    return Pass<FileStat>("StatAt", path, [&] { return below_.StatAt(dir, path, flags); });
  }
  Result<void> MkdirAt(Fd dir, const std::string& path, mode_t mode) override {
    return Pass<void>("MkdirAt", path, [&] { return below_.MkdirAt(dir, path, mode); });
  }
  Result<void> UnlinkAt(Fd dir, const std::string& path, int flags) override {
    return Pass<void>("UnlinkAt", path, [&] { return below_.UnlinkAt(dir, path, flags); });
  }
  Result<void> RenameAt(Fd from_dir, const std::string& from, Fd to_dir,
                        const std::string& to) override {
    return Pass<void>("RenameAt", to, [&] { return below_.RenameAt(from_dir, from, to_dir, to); });
  }
  Result<std::string> ReadlinkAt(Fd dir, const std::string& path) override {
    return Pass<std::string>("ReadlinkAt", path, [&] { return below_.ReadlinkAt(dir, path); });
  }
  Result<std::vector<DirectoryEntry>> GetDirectoryEntries(Fd dir) override {
    return Pass<std::vector<DirectoryEntry>>("GetDirectoryEntries", Text(dir),
                                             [&] { return below_.GetDirectoryEntries(dir); });
  }
  Result<void> SetXattr(Fd fd, const std::string& name, const std::string& value) override {
    return Pass<void>("SetXattr", name, [&] { return below_.SetXattr(fd, name, value); });
  }
  Result<std::string> GetXattr(Fd fd, const std::string& name) override {
    return Pass<std::string>("GetXattr", name, [&] { return below_.GetXattr(fd, name); });
  }
  Result<void> Flock(Fd fd, int operation) override {
    return Pass<void>("Flock", Text(fd), [&] { return below_.Flock(fd, operation); });
  }
  Result<std::int64_t> StatFs(Fd fd) override {
    return Pass<std::int64_t>("StatFs", Text(fd), [&] { return below_.StatFs(fd); });
  }
  Result<void> Umount(const std::string& path, int flags) override {
    return Pass<void>("Umount", path, [&] { return below_.Umount(path, flags); });
  }
  ClockTime ClockGettime() override { return below_.ClockGettime(); }
  Result<void> Nanosleep(std::chrono::nanoseconds duration) override {
    return Pass<void>("Nanosleep", "", [&] { return below_.Nanosleep(duration); });
  }
  Result<std::uint64_t> CapGet() override {
    return Pass<std::uint64_t>("CapGet", "", [&] { return below_.CapGet(); });
  }
  Pid GetPid() override { return below_.GetPid(); }

 private:
  static std::string Text(Pid pid) { return "pid " + std::to_string(pid.value); }
  static std::string Text(Fd fd) { return "fd " + std::to_string(fd.number); }

  // A descriptor closes through this kernel, as it was opened.
  Result<OwnedFd> Own(Result<OwnedFd> opened) {
    if (!opened) return opened;
    return OwnedFd(*this, opened->Release());
  }

  template <typename T, typename Call>
  Result<T> Pass(const char* name, const std::string& subject, Call call) {
    const int code = question_ ? question_(name, subject) : 0;
    if (code != 0) return Fail(code, name, subject);
    return call();
  }

  Kernel& below_;
  Question question_;
  std::size_t most_ = SIZE_MAX;
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_INTERPOSED_KERNEL_H_
