// Programs of kernel calls for the comparison of two kernels: short lists of instructions whose
// operands are small numbers, so that every list means something on every kernel, also a list from
// which parts were taken away.
//
// A number stands for the n-th process made, an open descriptor or a path of a small alphabet,
// whichever there are when the instruction runs: see InstructionRunner. Plain values.
#ifndef REAPCHECK_SIM_RANDOM_PROGRAM_H_
#define REAPCHECK_SIM_RANDOM_PROGRAM_H_

#include <cstdint>
#include <string_view>
#include <vector>

namespace reapcheck::sim {

enum class Verb : std::uint8_t {
  kClone,
  kKill,
  kKillGroup,
  kPidfdOpen,
  kPidfdSendSignal,
  kWaitid,
  kPoll,
  kSetCapKill,
  kMkdir,
  kUnlink,
  kRmdir,
  kRename,
  kOpen,
  kRead,
  kPread,
  kWrite,
  kFsync,
  kClose,
  kStat,
  kStatDescriptor,
  kReadlink,
  kList,
  kSetXattr,
  kGetXattr,
  kFlock,
  kStatFs,
  kMkfifo,
  kUmount,
  kMkdirCgroup,
  kRmdirCgroup,
  kOpenCgroup,
  kOpenControl,
  kMove,
  kMoveThrough,
  kFreeze,
  kFreezeThrough,
  kKillCgroup,
  kSetThreaded,
  kReadControl,
  kReadEvents,
};
inline constexpr int kVerbCount = static_cast<int>(Verb::kReadEvents) + 1;

struct Instruction {
  Verb verb = Verb::kClone;
  std::uint8_t a = 0;
  std::uint8_t b = 0;
  std::uint8_t c = 0;
  bool operator==(const Instruction&) const = default;
};

using Program = std::vector<Instruction>;

// The shortest and the longest program that is generated.
inline constexpr int kMinCalls = 30;
inline constexpr int kMaxCalls = 60;

// How often a verb is drawn, among all of them.
int WeightOf(Verb verb);

// Which part of the world a call can change: what is to be compared after it.
enum class Reach : std::uint8_t { kFiles, kProcesses };
Reach ReachOf(Verb verb);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_RANDOM_PROGRAM_H_
