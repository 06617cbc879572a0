#include "sim/call.h"

#include <iterator>

#include "sim/hash.h"

namespace reapcheck::sim {

namespace {

// In the order of Op.
constexpr std::string_view kOpNames[] = {
    "pidfd_open", "pidfd_send_signal", "kill", "waitid", "poll", "spawn", "prctl", "openat",
    "read", "pread", "write", "fsync", "close", "fstatat", "mkdirat", "unlinkat", "renameat",
    "readlinkat", "getdents64", "fsetxattr", "fgetxattr", "flock", "fstatfs", "umount2",
    "clock_gettime", "nanosleep", "capget", "getpid", "clone3", "clone3", "mknodat", "connect",
    "bpf", "exit", "execve"};
static_assert(std::size(kOpNames) == kOpCount);

}  // namespace

std::string_view OpName(Op op) { return kOpNames[static_cast<int>(op)]; }

std::uint64_t HashOf(const TextTable& texts, const Call& call) {
  std::uint64_t hash = Mix(static_cast<std::uint64_t>(call.op) + 1);
  hash = Combine(hash, static_cast<std::uint32_t>(call.a));
  hash = Combine(hash, static_cast<std::uint32_t>(call.b));
  hash = Combine(hash, texts.Hash(call.text));
  hash = Combine(hash, texts.Hash(call.text2));
  hash = Combine(hash, static_cast<std::uint64_t>(call.n));
  return Combine(hash, static_cast<std::uint64_t>(call.m));
}

std::uint64_t HashOf(const TextTable& texts, const CallResult& result) {
  std::uint64_t hash = Mix(static_cast<std::uint32_t>(result.error) + 1);
  hash = Combine(hash, static_cast<std::uint32_t>(result.aux));
  hash = Combine(hash, static_cast<std::uint64_t>(result.value));
  return Combine(hash, texts.Hash(result.text));
}

}  // namespace reapcheck::sim
