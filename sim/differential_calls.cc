#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "sim/differential_runner.h"

namespace reapcheck::sim {
namespace {

constexpr std::size_t kMaxProcesses = 8;
// None that dumps core, and none that only stops.
constexpr int kSignals[] = {0, SIGTERM, SIGKILL, SIGKILL, SIGUSR1, SIGWINCH, SIGTERM, 65};

struct OpenFlags {
  int flags;
  const char* text;
};
constexpr OpenFlags kOpenFlags[] = {
    {O_RDONLY, "r"},
    {O_RDONLY | O_DIRECTORY, "r,directory"},
    {O_RDWR | O_CREAT, "rw,creat"},
    {O_RDWR | O_CREAT | O_EXCL, "rw,creat,excl"},
    {O_WRONLY | O_CREAT | O_TRUNC, "w,creat,trunc"},
    {O_WRONLY, "w"},
    {O_RDWR, "rw"},
    {O_RDONLY | O_NOFOLLOW, "r,nofollow"},
    {O_WRONLY | O_APPEND | O_CREAT, "w,append,creat"},
    {O_RDONLY | O_DIRECTORY | O_NOFOLLOW, "r,directory,nofollow"},
    {O_RDWR | O_TRUNC, "rw,trunc"},
    {O_WRONLY | O_CREAT | O_NOFOLLOW, "w,creat,nofollow"},
};

constexpr int kLocks[] = {LOCK_EX, LOCK_SH, LOCK_UN};
constexpr const char* kLockNames[] = {"LOCK_EX", "LOCK_SH", "LOCK_UN"};

template <typename T>
std::string Answer(const Result<T>& result) {
  return result.has_value() ? "ok" : ErrnoName(result.error().code);
}

std::string Show(const Result<std::size_t>& count, const char* bytes) {
  if (!count) return ErrnoName(count.error().code);
  std::string text;
  for (std::size_t i = 0; i < *count; ++i) {
    text += bytes[i] == '\0' ? "\\0" : std::string(1, bytes[i]);
  }
  return std::to_string(*count) + " '" + text + "'";
}

}  // namespace

CallLine InstructionRunner::Run(const Instruction& instruction) {
  switch (instruction.verb) {
    case Verb::kClone:
    case Verb::kKill:
    case Verb::kKillGroup:
    case Verb::kPidfdOpen:
    case Verb::kPidfdSendSignal:
    case Verb::kWaitid:
    case Verb::kSetCapKill:
      return RunOnProcess(instruction);
    case Verb::kMkdir:
    case Verb::kUnlink:
    case Verb::kRmdir:
    case Verb::kRename:
    case Verb::kOpen:
    case Verb::kStat:
    case Verb::kReadlink:
    case Verb::kMkfifo:
    case Verb::kUmount:
      return RunOnName(instruction);
    case Verb::kPoll:
    case Verb::kRead:
    case Verb::kPread:
    case Verb::kWrite:
    case Verb::kFsync:
    case Verb::kClose:
    case Verb::kStatDescriptor:
    case Verb::kList:
    case Verb::kSetXattr:
    case Verb::kGetXattr:
    case Verb::kFlock:
    case Verb::kStatFs:
      return RunOnDescriptor(instruction);
    default:
      return RunOnCgroup(instruction);
  }
}

// v2 says of a cgroup with all below it frozen that it is frozen before its own members are
// (cgroup_propagate_frozen in Linux), and a signal that comes in between waits for the thaw. Only
// SIGKILL ends a member in any case, so no other that ends it is sent while one may be in between.
Signal InstructionRunner::SignalAt(std::uint8_t number) const {
  const int signal = kSignals[number % std::size(kSignals)];
  const bool may_wait = !IsV1() && saw_frozen_ && (signal == SIGTERM || signal == SIGUSR1);
  return Signal{may_wait ? SIGKILL : signal};
}

CallLine InstructionRunner::RunOnProcess(const Instruction& instruction) {
  const Signal signal = SignalAt(instruction.b);
  const std::string number = std::to_string(signal.number);
  const Pid pid = PidAt(instruction.a);
  const std::string name = ProcessName(instruction.a);
  switch (instruction.verb) {
    case Verb::kClone:
      return Clone(instruction);
    case Verb::kKill:
      return {"kill(" + name + ", " + number + ")", Answer(kernel_.Kill(pid, signal))};
    case Verb::kKillGroup:
      return {"kill(-" + name + ", " + number + ")",
              Answer(kernel_.Kill(Pid{-pid.value}, signal))};
    case Verb::kPidfdOpen:
      return {"pidfd_open(" + name + ")", Keep(kernel_.PidfdOpen(pid), Kind::kPidfd)};
    case Verb::kWaitid:
      return Waitid(instruction);
    case Verb::kSetCapKill:
      has_cap_kill_ = instruction.a % 4 != 3;
      lab_.SetCapKill(has_cap_kill_);
      return {has_cap_kill_ ? "capset(CAP_KILL)" : "capset(no CAP_KILL)", "ok"};
    default: {
      const Slot* slot = SlotOf(Kind::kPidfd, instruction.a);
      if (slot == nullptr) slot = &SlotAt(instruction.a);
      return {"pidfd_send_signal(fd" + std::to_string(slot - slots_.data()) + ", " + number + ")",
              Answer(kernel_.PidfdSendSignal(slot->fd.get(), signal))};
    }
  }
}

CallLine InstructionRunner::Clone(const Instruction& instruction) {
  PassiveRequest request{.is_namespace_init = instruction.b % 4 == 1,
                         .ignores_sigterm = instruction.b % 3 == 1,
                         .uid = instruction.b % 5 == 4 ? 1000u : 0u};
  std::string by = "tester";
  const int parent = ProcessAt(instruction.a);
  // A process that is frozen or dead takes no orders.
  if (instruction.c % 2 == 1 && parent >= 0 && processes_[parent].takes_orders && !saw_frozen_ &&
      processes_[parent].state == State::kAlive) {
    request.parent = processes_[parent].pid;
    by = "p" + std::to_string(parent);
  }
  std::string call = "clone(by " + by;
  if (request.is_namespace_init) call += ", new pid namespace";
  if (request.ignores_sigterm) call += ", ignores SIGTERM";
  if (request.uid != 0) call += ", uid 1000";
  call += ")";
  if (processes_.size() >= kMaxProcesses) return {call, "left out"};
  const Result<Pid> made = lab_.Clone(request);
  if (!made) return {call, ErrnoName(made.error().code)};
  processes_.push_back(
      {.pid = *made, .takes_orders = request.parent == Pid{} && request.uid == 0});
  return {call, "p" + std::to_string(processes_.size() - 1)};
}

CallLine InstructionRunner::Waitid(const Instruction& instruction) {
  const bool any = instruction.b % 3 == 0;
  const std::string call = "waitid(" + (any ? "any" : ProcessName(instruction.a)) + ")";
  const auto ended = kernel_.Waitid(any ? Pid{0} : PidAt(instruction.a), /*block=*/false);
  if (!ended) return {call, ErrnoName(ended.error().code)};
  if (!*ended) return {call, "none"};
  return {call, NameOf((*ended)->pid) + " " + std::to_string((*ended)->code) + " " +
                    std::to_string((*ended)->status)};
}

CallLine InstructionRunner::RunOnName(const Instruction& instruction) {
  const Place place = FileAt(instruction.a, instruction.b);
  switch (instruction.verb) {
    case Verb::kMkdir:
      return {"mkdirat(" + place.text + ")",
              Answer(kernel_.MkdirAt(place.dir, place.path, 0755))};
    case Verb::kUnlink:
      return {"unlinkat(" + place.text + ")", Answer(kernel_.UnlinkAt(place.dir, place.path, 0))};
    case Verb::kRmdir:
      return {"rmdir(" + place.text + ")",
              Answer(kernel_.UnlinkAt(place.dir, place.path, AT_REMOVEDIR))};
    case Verb::kRename:
      return Rename(instruction);
    case Verb::kOpen:
      return Open(instruction);
    case Verb::kStat: {
      const int flags = instruction.c % 2 == 0 ? 0 : AT_SYMLINK_NOFOLLOW;
      return {(flags == 0 ? "stat(" : "lstat(") + place.text + ")",
              ShowStat(kernel_.StatAt(place.dir, place.path, flags))};
    }
    case Verb::kReadlink: {
      const auto target = kernel_.ReadlinkAt(place.dir, place.path);
      return {"readlinkat(" + place.text + ")",
              target ? *target : ErrnoName(target.error().code)};
    }
    case Verb::kMkfifo:
      return {"mkfifoat(" + place.text + ")",
              Answer(lab_.MkfifoAt(place.dir, place.path, 0600))};
    default:
      // The lab's root is a mount, which has to stay.
      if (place.path == "a/..") return {"umount(" + place.path + ")", "left out"};
      return {"umount(" + place.path + ")",
              Answer(kernel_.Umount(lab_.root() + "/" + place.path, MNT_DETACH))};
  }
}

CallLine InstructionRunner::Open(const Instruction& instruction) {
  const Place place = FileAt(instruction.a, instruction.b);
  const OpenFlags& how = kOpenFlags[instruction.c % std::size(kOpenFlags)];
  auto opened = kernel_.OpenAt(place.dir, place.path, how.flags | O_NONBLOCK, 0640);
  return {"openat(" + place.text + ", " + how.text + ")", Keep(std::move(opened), Kind::kFile)};
}

CallLine InstructionRunner::Rename(const Instruction& instruction) {
  const Place from = FileAt(instruction.a, instruction.b);
  const Place to = FileAt(instruction.c, instruction.b / 4);
  return {"renameat(" + from.text + ", " + to.text + ")",
          Answer(kernel_.RenameAt(from.dir, from.path, to.dir, to.path))};
}

std::string InstructionRunner::ShowStat(const Result<FileStat>& stat) const {
  if (!stat) return ErrnoName(stat.error().code);
  std::string text = std::to_string(stat->mode) + " uid " + std::to_string(stat->uid);
  text += " links " + std::to_string(stat->links);
  // A directory's size is its file system's own affair.
  if (!S_ISDIR(stat->mode)) text += " size " + std::to_string(stat->size);
  return text;
}

std::string InstructionRunner::Keep(Result<OwnedFd> opened, Kind kind) {
  if (!opened) return ErrnoName(opened.error().code);
  const std::size_t at = next_slot_++ % slots_.size();
  slots_[at] = Slot{.fd = std::move(*opened), .kind = kind};
  return "fd" + std::to_string(at);
}

CallLine InstructionRunner::RunOnDescriptor(const Instruction& instruction) {
  const Slot& slot = SlotAt(instruction.a);
  const Fd fd = slot.fd.get();
  const std::string name = FdText(instruction.a);
  switch (instruction.verb) {
    case Verb::kPoll:
      return Poll(instruction);
    case Verb::kRead:
      return Read(instruction);
    case Verb::kPread:
      return Pread(instruction);
    case Verb::kWrite: {
      if (slot.kind >= Kind::kProcs) return {"write(" + name + ")", "left out"};
      const std::string data(instruction.b % 4, static_cast<char>('p' + instruction.c % 4));
      const auto count = kernel_.Write(fd, data);
      return {"write(" + name + ", '" + data + "')",
              count ? std::to_string(*count) : ErrnoName(count.error().code)};
    }
    case Verb::kFsync:
      return {"fsync(" + name + ")", Answer(kernel_.Fsync(fd))};
    case Verb::kClose: {
      const Fd closed = slots_[SlotIndex(instruction.a)].fd.Release();
      return {"close(" + name + ")", Answer(kernel_.Close(closed))};
    }
    case Verb::kStatDescriptor: {
      if (slot.kind == Kind::kPidfd) return {"fstat(" + name + ")", "left out"};
      return {"fstat(" + name + ")", ShowStat(kernel_.StatAt(fd, "", AT_EMPTY_PATH))};
    }
    case Verb::kList:
      return List(instruction);
    case Verb::kFlock:
      return Flock(instruction);
    case Verb::kStatFs: {
      const auto magic = kernel_.StatFs(fd);
      if (!magic) return {"fstatfs(" + name + ")", ErrnoName(magic.error().code)};
      const bool is_cgroup = *magic == CGROUP_SUPER_MAGIC || *magic == CGROUP2_SUPER_MAGIC;
      return {"fstatfs(" + name + ")", is_cgroup ? "cgroup" : "other"};
    }
    default:
      return Xattr(instruction);
  }
}

CallLine InstructionRunner::Poll(const Instruction& instruction) {
  constexpr short kEvents[] = {POLLIN, POLLOUT, POLLPRI, POLLIN | POLLOUT};
  const short events = kEvents[instruction.b % std::size(kEvents)];
  const std::string call =
      "poll(" + FdText(instruction.a) + ", " + std::to_string(events) + ")";
  PollRequest request{.fd = SlotAt(instruction.a).fd.get(), .events = events};
  const auto count = kernel_.Poll({&request, 1}, std::chrono::milliseconds(0));
  if (!count) return {call, ErrnoName(count.error().code)};
  return {call, std::to_string(*count) + " revents " + std::to_string(request.returned)};
}

CallLine InstructionRunner::Read(const Instruction& instruction) {
  const Slot& slot = SlotAt(instruction.a);
  const std::string call = "read(" + FdText(instruction.a);
  // Files of cgroups are read whole, and lists of processes through a descriptor of their own: v1
  // keeps a list for a second.
  if (slot.kind >= Kind::kProcs) return {call + ")", "left out"};
  char buffer[8];
  const std::size_t size = instruction.b % 2 == 0 ? sizeof buffer : 2;
  return {call + ", " + std::to_string(size) + ")",
          Show(kernel_.Read(slot.fd.get(), {buffer, size}), buffer)};
}

CallLine InstructionRunner::Pread(const Instruction& instruction) {
  const Slot& slot = SlotAt(instruction.a);
  const std::string call = "pread(" + FdText(instruction.a);
  if (slot.kind >= Kind::kProcs || slot.kind == Kind::kPidfd) return {call + ")", "left out"};
  char buffer[4];
  const std::int64_t offset = instruction.b % 8;
  return {call + ", at " + std::to_string(offset) + ")",
          Show(kernel_.Pread(slot.fd.get(), buffer, offset), buffer)};
}

CallLine InstructionRunner::List(const Instruction& instruction) {
  const std::string call = "getdents(" + FdText(instruction.a) + ")";
  const Slot& slot = SlotAt(instruction.a);
  if (slot.kind == Kind::kPidfd) return {call, "left out"};
  const auto entries = kernel_.GetDirectoryEntries(slot.fd.get());
  if (!entries) return {call, ErrnoName(entries.error().code)};
  std::vector<std::string> names;
  for (const DirectoryEntry& entry : *entries) {
    // Which controllers a cgroup has, and so which files, is the machine's affair.
    if (slot.kind == Kind::kCgroup && entry.type != 4 /* DT_DIR */) continue;
    names.push_back(entry.name + ":" + std::to_string(entry.type));
  }
  std::ranges::sort(names);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return {call, "[" + text + "]"};
}

CallLine InstructionRunner::Xattr(const Instruction& instruction) {
  const bool sets = instruction.verb == Verb::kSetXattr;
  const std::string name = instruction.b % 2 == 0 ? "trusted.x" : "plain";
  const std::string call = std::string(sets ? "fsetxattr(" : "fgetxattr(") +
                           FdText(instruction.a) + ", " + name + ")";
  const Slot& slot = SlotAt(instruction.a);
  if (slot.fd && slot.kind != Kind::kFile) return {call, "left out"};
  if (sets) {
    const std::string value(instruction.c % 3, 'v');
    return {call, Answer(kernel_.SetXattr(slot.fd.get(), name, value))};
  }
  const auto value = kernel_.GetXattr(slot.fd.get(), name);
  return {call, value ? "'" + *value + "'" : ErrnoName(value.error().code)};
}

CallLine InstructionRunner::Flock(const Instruction& instruction) {
  const int which = instruction.b % std::size(kLocks);
  const std::string call =
      "flock(" + FdText(instruction.a) + ", " + kLockNames[which] + ")";
  const Slot& slot = SlotAt(instruction.a);
  if (slot.kind == Kind::kPidfd || slot.kind >= Kind::kProcs) return {call, "left out"};
  return {call, Answer(kernel_.Flock(slot.fd.get(), kLocks[which] | LOCK_NB))};
}

}  // namespace reapcheck::sim
