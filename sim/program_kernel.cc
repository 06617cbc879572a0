#include "sim/program_kernel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>

namespace reapcheck::sim {
namespace {

template <typename T>
void Append(std::string& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A text that Append and its like made, read from its start.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Take() {
    T value;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::string TakeText() {
    const auto size = Take<std::uint32_t>();
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }
  std::vector<std::string> TakeTexts() {
    std::vector<std::string> texts(Take<std::uint32_t>());
    for (std::string& text : texts) text = TakeText();
    return texts;
  }

 private:
  std::string_view bytes_;
};

void AppendText(std::string& bytes, std::string_view text) {
  Append(bytes, static_cast<std::uint32_t>(text.size()));
  bytes += text;
}

void AppendTexts(std::string& bytes, const std::vector<std::string>& texts) {
  Append(bytes, static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) AppendText(bytes, text);
}

// The error of a call as the real kernel's door reports it: with the path where there is one.
std::unexpected<Error> Refused(const CallResult& result, Op op, std::string subject) {
  return Fail(result.error, std::string(OpName(op)), std::move(subject));
}

std::string FdText(Fd fd) { return "fd " + std::to_string(fd.number); }
std::string PidText(Pid pid) { return "pid " + std::to_string(pid.value); }

Result<void> Done(const CallResult& result, Op op, std::string subject) {
  if (result.error != 0) return Refused(result, op, std::move(subject));
  return {};
}

// What was read, copied to where the caller wants it.
Result<std::size_t> Delivered(const TextTable& texts, const CallResult& result, Op op, Fd fd,
                              std::span<char> buffer) {
  if (result.error != 0) return Refused(result, op, FdText(fd));
  const std::string_view bytes = texts.Text(result.text);
  const std::size_t count = std::min<std::size_t>(result.value, buffer.size());
  bytes.copy(buffer.data(), count);
  return count;
}

}  // namespace

TextId EncodeSpawn(TextTable& texts, const SpawnRequest& request) {
  std::string bytes;
  AppendText(bytes, request.path);
  AppendTexts(bytes, request.arguments);
  AppendTexts(bytes, request.environment);
  AppendText(bytes, request.working_directory);
  AppendText(bytes, request.stdin_text);
  return texts.Intern(bytes);
}

SpawnRequest DecodeSpawn(const TextTable& texts, TextId id) {
  Reader reader(texts.Text(id));
  SpawnRequest request;
  request.path = reader.TakeText();
  request.arguments = reader.TakeTexts();
  request.environment = reader.TakeTexts();
  request.working_directory = reader.TakeText();
  request.stdin_text = reader.TakeText();
  return request;
}

TextId EncodeCloneInit(TextTable& texts, const CloneInitRequest& request) {
  std::string bytes;
  Append(bytes, request.new_pid_namespace);
  AppendText(bytes, texts.Text(request.joined_pid_namespace));
  Append(bytes, request.gate.number);
  Append(bytes, request.result.number);
  Append(bytes, static_cast<std::uint32_t>(request.cgroup_tasks.size()));
  for (Fd fd : request.cgroup_tasks) Append(bytes, fd.number);
  return texts.Intern(bytes);
}

CloneInitRequest DecodeCloneInit(TextTable& texts, TextId id) {
  Reader reader(texts.Text(id));
  CloneInitRequest request;
  request.new_pid_namespace = reader.Take<bool>();
  request.joined_pid_namespace = texts.Intern(reader.TakeText());
  request.gate = Fd{reader.Take<int>()};
  request.result = Fd{reader.Take<int>()};
  request.cgroup_tasks.resize(reader.Take<std::uint32_t>());
  for (Fd& fd : request.cgroup_tasks) fd = Fd{reader.Take<int>()};
  return request;
}

CallResult ProgramKernel::Do(Op op, std::int32_t a, std::int32_t b, TextId text, std::int64_t n,
                             std::int64_t m, TextId text2) {
  return sink_.Do(Call{.op = op, .a = a, .b = b, .text = text, .text2 = text2, .n = n, .m = m});
}

void ProgramKernel::Execve(const std::string& name) {
  static_cast<void>(Do(Op::kExecve, 0, 0, Intern(name)));
}

Result<OwnedFd> ProgramKernel::PidfdOpen(Pid pid) {
  const CallResult result = Do(Op::kPidfdOpen, pid.value);
  if (result.error != 0) return Refused(result, Op::kPidfdOpen, PidText(pid));
  return OwnedFd(*this, Fd{static_cast<int>(result.value)});
}

Result<void> ProgramKernel::PidfdSendSignal(Fd pidfd, Signal signal) {
  return Done(Do(Op::kPidfdSendSignal, pidfd.number, signal.number), Op::kPidfdSendSignal,
              FdText(pidfd));
}

Result<void> ProgramKernel::Kill(Pid pid, Signal signal) {
  return Done(Do(Op::kKill, pid.value, signal.number), Op::kKill, PidText(pid));
}

Result<std::optional<ChildStatus>> ProgramKernel::Waitid(Pid pid, bool block) {
  const CallResult result = Do(Op::kWaitid, pid.value, block ? 1 : 0);
  if (result.error != 0) return Refused(result, Op::kWaitid, PidText(pid));
  if (result.value == 0) return std::optional<ChildStatus>();
  return std::optional(ChildStatus{.pid = Pid{static_cast<pid_t>(result.value)},
                                   .code = result.aux >> 16,
                                   .status = result.aux & 0xffff});
}

Result<int> ProgramKernel::Poll(std::span<PollRequest> requests,
                                std::chrono::milliseconds timeout) {
  std::string wanted;
  for (const PollRequest& request : requests) {
    Append(wanted, static_cast<std::int32_t>(request.fd.number));
    Append(wanted, static_cast<std::int32_t>(request.events));
  }
  const CallResult result = Do(Op::kPoll, 0, 0, Intern(wanted), timeout.count());
  if (result.error != 0) return Refused(result, Op::kPoll, "");
  Reader returned(sink_.texts().Text(result.text));
  for (PollRequest& request : requests) {
    request.returned = result.value == 0 ? short{0} : static_cast<short>(returned.Take<int>());
  }
  return static_cast<int>(result.value);
}

Result<Pid> ProgramKernel::Spawn(const SpawnRequest& request) {
  const CallResult result = Do(Op::kSpawn, 0, 0, EncodeSpawn(sink_.texts(), request));
  if (result.error != 0) return Refused(result, Op::kSpawn, request.path);
  return Pid{static_cast<pid_t>(result.value)};
}

Result<void> ProgramKernel::SetChildSubreaper(bool on) {
  return Done(Do(Op::kSetChildSubreaper, on ? 1 : 0), Op::kSetChildSubreaper, "subreaper");
}

Result<OwnedFd> ProgramKernel::OpenAt(Fd dir, const std::string& path, int flags, mode_t mode) {
  const CallResult result = Do(Op::kOpenAt, dir.number, flags, Intern(path), mode);
  if (result.error != 0) return Refused(result, Op::kOpenAt, path);
  return OwnedFd(*this, Fd{static_cast<int>(result.value)});
}

Result<std::size_t> ProgramKernel::Read(Fd fd, std::span<char> buffer) {
  const CallResult result =
      Do(Op::kRead, fd.number, 0, {}, static_cast<std::int64_t>(buffer.size()));
  return Delivered(sink_.texts(), result, Op::kRead, fd, buffer);
}

Result<std::size_t> ProgramKernel::Pread(Fd fd, std::span<char> buffer, std::int64_t offset) {
  const CallResult result =
      Do(Op::kPread, fd.number, 0, {}, static_cast<std::int64_t>(buffer.size()), offset);
  return Delivered(sink_.texts(), result, Op::kPread, fd, buffer);
}

Result<std::size_t> ProgramKernel::Write(Fd fd, std::string_view data) {
  const CallResult result = Do(Op::kWrite, fd.number, 0, Intern(data));
  if (result.error != 0) return Refused(result, Op::kWrite, FdText(fd));
  return static_cast<std::size_t>(result.value);
}

Result<void> ProgramKernel::Fsync(Fd fd) {
  return Done(Do(Op::kFsync, fd.number), Op::kFsync, FdText(fd));
}

Result<void> ProgramKernel::Close(Fd fd) {
  return Done(Do(Op::kClose, fd.number), Op::kClose, FdText(fd));
}

Result<FileStat> ProgramKernel::StatAt(Fd dir, const std::string& path, int flags) {
  const CallResult result = Do(Op::kStatAt, dir.number, flags, Intern(path));
  if (result.error != 0) return Refused(result, Op::kStatAt, path);
  return Reader(sink_.texts().Text(result.text)).Take<FileStat>();
}

Result<void> ProgramKernel::MkdirAt(Fd dir, const std::string& path, mode_t mode) {
  return Done(Do(Op::kMkdirAt, dir.number, 0, Intern(path), mode), Op::kMkdirAt, path);
}

Result<void> ProgramKernel::UnlinkAt(Fd dir, const std::string& path, int flags) {
  return Done(Do(Op::kUnlinkAt, dir.number, flags, Intern(path)), Op::kUnlinkAt, path);
}

Result<void> ProgramKernel::RenameAt(Fd from_dir, const std::string& from, Fd to_dir,
                                     const std::string& to) {
  return Done(
      Do(Op::kRenameAt, from_dir.number, to_dir.number, Intern(from), 0, 0, Intern(to)),
      Op::kRenameAt, to);
}

Result<std::string> ProgramKernel::ReadlinkAt(Fd dir, const std::string& path) {
  const CallResult result = Do(Op::kReadlinkAt, dir.number, 0, Intern(path));
  if (result.error != 0) return Refused(result, Op::kReadlinkAt, path);
  return std::string(sink_.texts().Text(result.text));
}

Result<std::vector<DirectoryEntry>> ProgramKernel::GetDirectoryEntries(Fd dir) {
  const CallResult result = Do(Op::kGetDirectoryEntries, dir.number);
  if (result.error != 0) return Refused(result, Op::kGetDirectoryEntries, FdText(dir));
  std::vector<DirectoryEntry> entries;
  std::string_view bytes = sink_.texts().Text(result.text);
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\0', 1);
    entries.push_back({.name = std::string(bytes.substr(1, end - 1)),
                       .type = static_cast<unsigned char>(bytes.front())});
    bytes.remove_prefix(end + 1);
  }
  return entries;
}

Result<void> ProgramKernel::SetXattr(Fd fd, const std::string& name, const std::string& value) {
  return Done(Do(Op::kSetXattr, fd.number, 0, Intern(name), 0, 0, Intern(value)), Op::kSetXattr,
              name);
}

Result<std::string> ProgramKernel::GetXattr(Fd fd, const std::string& name) {
  const CallResult result = Do(Op::kGetXattr, fd.number, 0, Intern(name));
  if (result.error != 0) return Refused(result, Op::kGetXattr, name);
  return std::string(sink_.texts().Text(result.text));
}

Result<void> ProgramKernel::Flock(Fd fd, int operation) {
  return Done(Do(Op::kFlock, fd.number, operation), Op::kFlock, FdText(fd));
}

Result<std::int64_t> ProgramKernel::StatFs(Fd fd) {
  const CallResult result = Do(Op::kStatFs, fd.number);
  if (result.error != 0) return Refused(result, Op::kStatFs, FdText(fd));
  return result.value;
}

Result<void> ProgramKernel::Umount(const std::string& path, int flags) {
  return Done(Do(Op::kUmount, 0, flags, Intern(path)), Op::kUmount, path);
}

ClockTime ProgramKernel::ClockGettime() {
  return ClockTime{std::chrono::nanoseconds(Do(Op::kClockGettime).value)};
}

Result<void> ProgramKernel::Nanosleep(std::chrono::nanoseconds duration) {
  return Done(Do(Op::kNanosleep, 0, 0, {}, duration.count()), Op::kNanosleep, "");
}

Result<std::uint64_t> ProgramKernel::CapGet() {
  const CallResult result = Do(Op::kCapGet);
  if (result.error != 0) return Refused(result, Op::kCapGet, "");
  return static_cast<std::uint64_t>(result.value);
}

Pid ProgramKernel::GetPid() { return Pid{static_cast<pid_t>(Do(Op::kGetPid).value)}; }

Outcome<ClonedChild> ProgramKernel::CloneInit(const InitRequest& request) {
  CloneInitRequest known{.gate = request.gate,
                         .result = request.result,
                         .cgroup_tasks = request.cgroup_tasks};
  if (const Namespace* pid = request.config->FindNamespace(NamespaceType::kPid); pid != nullptr) {
    known.new_pid_namespace = pid->path.empty();
    known.joined_pid_namespace = Intern(pid->path);
  }
  const CallResult result =
      Do(Op::kCloneInit, 0, 0, EncodeCloneInit(sink_.texts(), known));
  if (result.error != 0) {
    return Refuse(Error{result.error, "clone3", request.id}, "make the container's init");
  }
  return ClonedChild{.pid = Pid{static_cast<pid_t>(result.value)},
                     .sync = OwnedFd(*this, Fd{result.aux})};
}

Outcome<ClonedChild> ProgramKernel::CloneExec(const ExecRequest& request) {
  const CallResult result = Do(Op::kCloneExec, request.init_pidfd.number);
  if (result.error != 0) {
    return Refuse(Error{result.error, "clone3", FdText(request.init_pidfd)}, "make the process");
  }
  return ClonedChild{.pid = Pid{static_cast<pid_t>(result.value)},
                     .sync = OwnedFd(*this, Fd{result.aux})};
}

Result<void> ProgramKernel::MkfifoAt(Fd dir, const std::string& path, mode_t mode) {
  return Done(Do(Op::kMkfifoAt, dir.number, 0, Intern(path), mode), Op::kMkfifoAt, path);
}

Result<OwnedFd> ProgramKernel::ConnectUnix(const std::string& path) {
  const CallResult result = Do(Op::kConnectUnix, 0, 0, Intern(path));
  if (result.error != 0) return Refused(result, Op::kConnectUnix, path);
  return OwnedFd(*this, Fd{static_cast<int>(result.value)});
}

Result<void> ProgramKernel::AttachDeviceProgram(Fd cgroup, const std::vector<DeviceRule>&) {
  return Done(Do(Op::kAttachDeviceProgram, cgroup.number), Op::kAttachDeviceProgram,
              FdText(cgroup));
}

}  // namespace reapcheck::sim
