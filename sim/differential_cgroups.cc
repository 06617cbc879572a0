#include <fcntl.h>

#include "sim/differential_runner.h"

namespace reapcheck::sim {
namespace {

constexpr const char* kCgroups[] = {"a", "b", "a/a", "a/b", "a", "b/a", "."};
constexpr const char* kV1Files[] = {"cgroup.procs", "tasks", "freezer.state",
                                    "freezer.self_freezing", "freezer.parent_freezing", "none"};
constexpr const char* kV2Files[] = {"cgroup.procs", "cgroup.threads", "cgroup.events",
                                    "cgroup.type", "cgroup.freeze", "cgroup.kill"};

std::string CgroupAt(std::uint8_t number) { return kCgroups[number % std::size(kCgroups)]; }

// One that may be changed: not the lab's own.
std::string InnerCgroupAt(std::uint8_t number) {
  return kCgroups[number % (std::size(kCgroups) - 1)];
}

template <typename T>
std::string Answer(const Result<T>& result) {
  return result.has_value() ? "ok" : ErrnoName(result.error().code);
}

std::string FreezerText(bool is_v1, std::uint8_t number) {
  // Frozen half of the time: thawing alone shows nothing.
  const bool freezes = number % 2 == 0;
  if (is_v1) return freezes ? "FROZEN" : "THAWED";
  return freezes ? "1" : "0";
}

}  // namespace

CallLine InstructionRunner::RunOnCgroup(const Instruction& instruction) {
  const std::string cgroup = InnerCgroupAt(instruction.b);
  const std::string freezer = IsV1() ? "freezer.state" : "cgroup.freeze";
  const std::string member = std::to_string(PidAt(instruction.a).value);
  const std::string name = ProcessName(instruction.a);
  const std::string state = FreezerText(IsV1(), instruction.a);
  switch (instruction.verb) {
    case Verb::kMkdirCgroup:
      return {"mkdirat(cgroup " + cgroup + ")",
              Answer(kernel_.MkdirAt(cgroup_.get(), cgroup, 0755))};
    case Verb::kRmdirCgroup:
      return {"rmdir(cgroup " + cgroup + ")",
              Answer(kernel_.UnlinkAt(cgroup_.get(), cgroup, AT_REMOVEDIR))};
    case Verb::kOpenCgroup: {
      const std::string path = CgroupAt(instruction.b);
      auto opened = kernel_.OpenAt(cgroup_.get(), path, O_RDONLY | O_DIRECTORY, 0);
      return {"openat(cgroup " + path + ")", Keep(std::move(opened), Kind::kCgroup)};
    }
    case Verb::kOpenControl:
      return OpenControl(instruction);
    case Verb::kMove: {
      // Thread by thread where processes can not be moved as a whole.
      const std::string file = instruction.c % 4 != 3 ? "cgroup.procs"
                               : IsV1()               ? "tasks"
                                                      : "cgroup.threads";
      return Put(CgroupAt(instruction.b) + "/" + file, member, name);
    }
    case Verb::kMoveThrough:
      return PutThrough(SlotOf(Kind::kProcs, instruction.b), member, name);
    case Verb::kFreeze:
      return Put(cgroup + "/" + freezer, state, state);
    case Verb::kFreezeThrough:
      return PutThrough(SlotOf(Kind::kFreezer, instruction.b), state, state);
    case Verb::kKillCgroup:
      return Put(cgroup + "/cgroup.kill", "1", "1");
    case Verb::kSetThreaded:
      // Rarely: from then on most else is refused.
      if (instruction.c % 4 != 0) return {"", "left out"};
      return Put(cgroup + "/cgroup.type", "threaded", "threaded");
    case Verb::kReadControl:
      return ReadControl(instruction);
    default: {
      const Slot* slot = SlotOf(Kind::kEvents, instruction.a);
      if (slot == nullptr) return {"pread(cgroup.events)", "left out"};
      char buffer[64];
      const auto count = kernel_.Pread(slot->fd.get(), buffer, 0);
      return {"pread(fd" + std::to_string(slot - slots_.data()) + ")",
              count ? std::string(buffer, *count) : ErrnoName(count.error().code)};
    }
  }
}

CallLine InstructionRunner::OpenControl(const Instruction& instruction) {
  const std::string cgroup = CgroupAt(instruction.b) + "/";
  const auto keep = [&](const std::string& file, int flags, Kind kind) -> CallLine {
    auto opened = kernel_.OpenAt(cgroup_.get(), cgroup + file, flags, 0);
    return {"openat(cgroup " + cgroup + file + ")", Keep(std::move(opened), kind)};
  };
  if (instruction.a % 3 == 0) return keep("cgroup.procs", O_WRONLY, Kind::kProcs);
  if (instruction.a % 3 == 1) {
    return keep(IsV1() ? "freezer.state" : "cgroup.freeze", O_WRONLY, Kind::kFreezer);
  }
  return keep("cgroup.events", O_RDONLY, Kind::kEvents);
}

CallLine InstructionRunner::ReadControl(const Instruction& instruction) {
  const std::size_t which = instruction.a % std::size(kV2Files);
  const std::string path =
      CgroupAt(instruction.b) + "/" + (IsV1() ? kV1Files[which] : kV2Files[which]);
  const std::string text = Whole(cgroup_.get(), path);
  // The first two of both are lists of processes.
  return {"read(cgroup " + path + ")", which < 2 ? WithNames(text) : text};
}

CallLine InstructionRunner::Put(const std::string& path, const std::string& text,
                                const std::string& shown) {
  const std::string call = "write(cgroup " + path + ", " + shown + ")";
  const auto file = kernel_.OpenAt(cgroup_.get(), path, O_WRONLY, 0);
  if (!file) return {call, "open " + ErrnoName(file.error().code)};
  return {call, Answer(kernel_.Write(file->get(), text))};
}

CallLine InstructionRunner::PutThrough(const Slot* slot, const std::string& text,
                                       const std::string& shown) {
  if (slot == nullptr) return {"write(no descriptor, " + shown + ")", "left out"};
  return {"write(fd" + std::to_string(slot - slots_.data()) + ", " + shown + ")",
          Answer(kernel_.Write(slot->fd.get(), text))};
}

}  // namespace reapcheck::sim
