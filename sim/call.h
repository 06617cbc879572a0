// One call into the simulated kernel and its result, as plain values: what a program publishes
// before it runs, what a fault replaces, what a trace shows.
//
// Which field means what is said per operation, in the order in which Kernel and ContainerKernel
// (runtime/kernel.h, runtime/container_kernel.h) declare the methods.
#ifndef REAPCHECK_SIM_CALL_H_
#define REAPCHECK_SIM_CALL_H_

#include <compare>
#include <cstdint>
#include <string_view>

#include "sim/text_table.h"

namespace reapcheck::sim {

enum class Op : std::uint8_t {
  kPidfdOpen,            // a: pid; value: fd
  kPidfdSendSignal,      // a: pidfd, b: signal
  kKill,                 // a: pid, b: signal
  kWaitid,               // a: pid (0: any), b: block; value: pid (0: none),
                         //   aux: code << 16 | status
  kPoll,                 // text: requests as int32 pairs (fd, events), n: timeout in ms, -1: for
                         //   ever; value: how many; text: the int32 revents, one for each
  kSpawn,                // text: request (EncodeSpawn); value: pid
  kSetChildSubreaper,    // a: on
  kOpenAt,               // a: dir, text: path, b: flags, n: mode; value: fd
  kRead,                 // a: fd, n: size; value: count, text: bytes
  kPread,                // a: fd, n: size, m: offset; value: count, text: bytes
  kWrite,                // a: fd, text: data; value: count
  kFsync,                // a: fd
  kClose,                // a: fd
  kStatAt,               // a: dir, text: path, b: flags; text: a FileStat as bytes
  kMkdirAt,              // a: dir, text: path, n: mode
  kUnlinkAt,             // a: dir, text: path, b: flags
  kRenameAt,             // a: from dir, text: from, b: to dir, text2: to
  kReadlinkAt,           // a: dir, text: path; text: target
  kGetDirectoryEntries,  // a: dir; text: type byte, name, NUL for each
  kSetXattr,             // a: fd, text: name, text2: value
  kGetXattr,             // a: fd, text: name; text: value
  kFlock,                // a: fd, b: operation
  kStatFs,               // a: fd; value: magic
  kUmount,               // text: path, b: flags
  kClockGettime,         // value: ns
  kNanosleep,            // n: ns
  kCapGet,               // value: the set
  kGetPid,               // value: pid
  kCloneInit,            // text: request (EncodeCloneInit); value: pid, aux: sync fd
  kCloneExec,            // a: init's pidfd; value: pid, aux: sync fd
  kMkfifoAt,             // a: dir, text: path, n: mode
  kConnectUnix,          // text: path; value: fd
  kAttachDeviceProgram,  // a: cgroup dir
  // What only programs written for the simulator call (never the runtime).
  kExit,                 // a: exit status; does not return
  kExecve,               // text: name; the process becomes a passive one; does not return
};
inline constexpr int kOpCount = static_cast<int>(Op::kExecve) + 1;

// The system call's name as in the manual: "unlinkat".
std::string_view OpName(Op op);

struct Call {
  Op op = Op::kGetPid;
  std::int32_t a = 0;
  std::int32_t b = 0;
  TextId text = {};
  TextId text2 = {};
  std::int64_t n = 0;
  std::int64_t m = 0;
  bool operator==(const Call&) const = default;
};

struct CallResult {
  std::int32_t error = 0;  // errno, 0: done
  std::int32_t aux = 0;
  std::int64_t value = 0;
  TextId text = {};
  bool operator==(const CallResult&) const = default;
};

inline CallResult Failed(int error) { return CallResult{.error = error}; }

// The same in every run: texts count by their bytes.
std::uint64_t HashOf(const TextTable& texts, const Call& call);
std::uint64_t HashOf(const TextTable& texts, const CallResult& result);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_CALL_H_
