#include "sim/fault_table.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <vector>

namespace reapcheck::sim {
namespace {

struct Row {
  Op op;
  std::string_view kind;  // "" stands for every other kind; the first row that fits counts
  std::vector<int> errors;
};

bool IsProc(std::string_view kind) { return kind.starts_with("proc"); }
bool IsCgroupFile(std::string_view kind) {
  return kind.starts_with("cgroup.") || kind == "freezer.state" || kind == "cgroup file";
}

const std::vector<Row>& Table() {
  static const std::vector<Row> table = {
      // pidfd_open(2). ENOSYS before Linux 5.3; EINVAL where only a thread has the number.
      {Op::kPidfdOpen, "", {ENOSYS, EINVAL, EMFILE, ENOMEM, EPERM}},
      // pidfd_send_signal(2), kill(2): a security module denies it with EPERM or EACCES.
      {Op::kPidfdSendSignal, "", {EPERM, EACCES, ENOSYS, EINTR}},
      {Op::kKill, "", {EPERM, EACCES}},
      {Op::kWaitid, "", {EINTR}},
      {Op::kPoll, "", {EINTR, ENOMEM}},
      // fork(2), execve(2).
      {Op::kSpawn, "", {EAGAIN, ENOMEM, ENOENT, EACCES}},
      {Op::kOpenAt, "cgroup", {EMFILE, EACCES, EINTR}},
      {Op::kOpenAt, "record", {EMFILE, EACCES, EIO}},
      {Op::kOpenAt, "intent", {EMFILE, EACCES, EIO}},
      {Op::kOpenAt, "temporary", {EMFILE, ENOSPC, EROFS, EACCES}},
      {Op::kOpenAt, "container", {EMFILE, EACCES, EIO}},
      {Op::kOpenAt, "root", {EMFILE, EACCES}},
      {Op::kOpenAt, "", {EMFILE, EACCES, EINTR}},
      {Op::kRead, "record", {EIO, EINTR}},
      {Op::kRead, "intent", {EIO, EINTR}},
      {Op::kRead, "", {EINTR, EIO}},
      {Op::kPread, "", {EIO, EINTR}},
      {Op::kWrite, "temporary", {ENOSPC, EIO, EINTR}},
      {Op::kWrite, "", {EINTR, EIO}},
      {Op::kFsync, "", {EIO, ENOSPC}},
      {Op::kStatAt, "", {EACCES}},
      {Op::kMkdirAt, "cgroup", {ENOSPC, EACCES, EROFS, EBUSY}},
      {Op::kMkdirAt, "", {ENOSPC, EROFS, EACCES}},
      // rmdir(2) of a cgroup: cgroups(7). EBUSY for ever is a process in uninterruptible sleep.
      {Op::kUnlinkAt, "cgroup", {EBUSY, ENOTEMPTY, EROFS, EPERM, EACCES, EINTR}},
      {Op::kUnlinkAt, "", {EBUSY, EROFS, EPERM, EIO}},
      {Op::kRenameAt, "", {ENOSPC, EROFS, EIO}},
      {Op::kReadlinkAt, "", {EACCES}},
      {Op::kGetDirectoryEntries, "", {EIO}},
      {Op::kSetXattr, "", {ENOTSUP, ENOSPC, EPERM}},
      {Op::kGetXattr, "", {EIO, ENOMEM}},
      // flock(2) with LOCK_NB never sleeps.
      {Op::kFlock, "", {ENOLCK}},
      {Op::kStatFs, "", {EIO, EINTR}},
      {Op::kUmount, "", {EPERM, EBUSY}},
      {Op::kNanosleep, "", {EINTR}},
      {Op::kCloneInit, "", {EAGAIN, ENOMEM}},
      {Op::kCloneExec, "", {EAGAIN, ENOMEM}},
      {Op::kMkfifoAt, "", {ENOSPC, EROFS}},
      {Op::kAttachDeviceProgram, "", {EPERM, ENOMEM}},
  };
  return table;
}

// What is different for the files of procfs and cgroupfs, whoever names them.
std::span<const int> FaultsOfVirtualFile(Op op, std::string_view kind) {
  static const std::vector<int> open_proc = {EACCES, EMFILE, EINTR};
  static const std::vector<int> read_proc = {EACCES, EIO, EINTR};
  static const std::vector<int> open_cgroup = {EACCES, EMFILE, EINTR};
  static const std::vector<int> read_cgroup = {EINTR, EIO};
  static const std::vector<int> write_cgroup = {EPERM, EOPNOTSUPP, EBUSY, EINTR};
  static const std::vector<int> none;
  const bool proc = IsProc(kind);
  switch (op) {
    case Op::kOpenAt:
      return proc ? open_proc : open_cgroup;
    case Op::kRead:
      return proc ? read_proc : read_cgroup;
    case Op::kWrite:
      return proc ? none : write_cgroup;
    default:
      return none;
  }
}

}  // namespace

std::string_view KindOfClass(std::string_view name) {
  const std::size_t space = name.find(' ');
  return space == std::string_view::npos ? std::string_view() : name.substr(space + 1);
}

std::span<const int> FaultsOf(Op op, std::string_view kind) {
  const bool is_file_call = op == Op::kOpenAt || op == Op::kRead || op == Op::kWrite;
  if (is_file_call && (IsProc(kind) || IsCgroupFile(kind))) return FaultsOfVirtualFile(op, kind);
  for (const Row& row : Table()) {
    if (row.op == op && (row.kind.empty() || row.kind == kind)) return row.errors;
  }
  return {};
}

std::vector<PossibleFault> AllFaults() {
  std::set<PossibleFault> all;
  for (const Row& row : Table()) {
    for (const int error : row.errors) all.insert({row.op, error});
  }
  for (const Op op : {Op::kOpenAt, Op::kRead, Op::kWrite}) {
    for (const std::string_view kind : {"proc", "cgroup file"}) {
      for (const int error : FaultsOfVirtualFile(op, kind)) all.insert({op, error});
    }
  }
  return {all.begin(), all.end()};
}

bool IsTransient(Op op, std::string_view kind, int error) {
  if (error == EINTR) return true;
  return op == Op::kUnlinkAt && kind == "cgroup" && (error == EBUSY || error == ENOTEMPTY);
}

}  // namespace reapcheck::sim
