// Runs the instructions of a random program on one kernel, and says of each call and of the world
// after it what can be compared with another kernel: errnos, contents and states by name, never a
// pid, an inode or a descriptor's number.
//
// Two runners that were told the same until now resolve the next instruction to the same call.
// Borrows the lab, which was reset before; one thread.
#ifndef REAPCHECK_SIM_DIFFERENTIAL_RUNNER_H_
#define REAPCHECK_SIM_DIFFERENTIAL_RUNNER_H_

#include <array>
#include <string>
#include <vector>

#include "sim/contract_lab.h"
#include "sim/random_program.h"

namespace reapcheck::sim {

// A call and what it returned: `kill(p1, 15)`, `EPERM`.
struct CallLine {
  std::string call;
  std::string result;
  bool operator==(const CallLine&) const = default;
};

class InstructionRunner {
 public:
  InstructionRunner(ContractLab& lab, LabLayout layout);

  CallLine Run(const Instruction& instruction);
  // The world as text, a line for each process, cgroup or file.
  std::string Observe(Reach reach);
  // To be told after Observe, which both kernels agreed on.
  void Remember();

 private:
  // What a descriptor is of, as far as some calls are not made on all.
  enum class Kind { kFile, kPidfd, kCgroup, kProcs, kEvents, kFreezer };
  struct Slot {
    OwnedFd fd;
    Kind kind = Kind::kFile;
  };
  enum class State { kAlive, kZombie, kGone };
  struct Made {
    Pid pid;
    bool takes_orders = false;  // of Clone: the tester's own child, and root
    State state = State::kAlive;  // when it was looked at last
  };
  // A path relative to a directory, and both for people.
  struct Place {
    Fd dir;
    std::string path;
    std::string text;
  };

  // --- What the numbers stand for: differential_operands.cc ---
  int ProcessAt(std::uint8_t number) const;  // -1: none
  Pid PidAt(std::uint8_t number) const;      // of one that is gone: a pid that nobody has
  std::string ProcessName(std::uint8_t number) const;
  Signal SignalAt(std::uint8_t number) const;
  std::string NameOf(Pid pid) const;
  std::string WithNames(const std::string& pids) const;
  std::size_t SlotIndex(std::uint8_t number) const;
  const Slot& SlotAt(std::uint8_t number) const { return slots_[SlotIndex(number)]; }
  std::string FdText(std::uint8_t number) const { return "fd" + std::to_string(SlotIndex(number)); }
  const Slot* SlotOf(Kind kind, std::uint8_t number) const;  // null: there is none
  Place FileAt(std::uint8_t path, std::uint8_t dir) const;
  bool IsV1() const { return layout_ == LabLayout::kV1; }

  // --- Calls: differential_calls.cc, and those on cgroups: differential_cgroups.cc ---
  CallLine RunOnProcess(const Instruction& instruction);
  CallLine RunOnName(const Instruction& instruction);
  CallLine RunOnDescriptor(const Instruction& instruction);
  CallLine RunOnCgroup(const Instruction& instruction);
  CallLine Clone(const Instruction& instruction);
  CallLine Waitid(const Instruction& instruction);
  CallLine Poll(const Instruction& instruction);
  CallLine Rename(const Instruction& instruction);
  CallLine Open(const Instruction& instruction);
  CallLine Read(const Instruction& instruction);
  CallLine Pread(const Instruction& instruction);
  CallLine List(const Instruction& instruction);
  CallLine Xattr(const Instruction& instruction);
  CallLine Flock(const Instruction& instruction);
  CallLine OpenControl(const Instruction& instruction);
  CallLine ReadControl(const Instruction& instruction);
  CallLine Put(const std::string& path, const std::string& text, const std::string& shown);
  CallLine PutThrough(const Slot* slot, const std::string& text, const std::string& call);
  std::string Keep(Result<OwnedFd> opened, Kind kind);
  std::string ShowStat(const Result<FileStat>& stat) const;

  // --- Observation: differential_observation.cc ---
  std::string ObserveProcesses();
  void ObserveCgroup(Fd dir, const std::string& name, std::string& lines);
  void ObserveDirectory(Fd dir, const std::string& name, std::string& lines);
  std::string Whole(Fd dir, const std::string& path);

  ContractLab& lab_;
  Kernel& kernel_;
  const LabLayout layout_;
  std::vector<Made> processes_;
  std::vector<State> states_;  // of all processes, as Observe saw them
  std::array<Slot, 6> slots_;
  std::size_t next_slot_ = 0;
  bool saw_frozen_ = false;  // a cgroup, when they were looked at last
  bool has_cap_kill_ = true;
  OwnedFd root_;
  OwnedFd cgroup_;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_DIFFERENTIAL_RUNNER_H_
