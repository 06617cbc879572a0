#include "runtime/device_program.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace reapcheck {
namespace {

// What the registers hold while the program runs; r1 is the context at entry.
enum Register : std::uint8_t {
  kResult = BPF_REG_0,
  kContext = BPF_REG_1,
  kType = BPF_REG_2,
  kUndecided = BPF_REG_3,  // the kinds of access that no rule has decided yet
  kMajor = BPF_REG_4,
  kMinor = BPF_REG_5,
  kScratch = BPF_REG_6,
};

constexpr std::int32_t kAllow = 1;
constexpr std::int32_t kDeny = 0;
constexpr std::int32_t kAllAccess = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

bpf_insn Load(Register to, std::size_t offset) {
  return {.code = BPF_LDX | BPF_MEM | BPF_W,
          .dst_reg = to,
          .src_reg = kContext,
          .off = static_cast<std::int16_t>(offset)};
}

bpf_insn Set(Register to, std::int32_t value) {
  return {.code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = to, .imm = value};
}

bpf_insn Copy(Register to, Register from) {
  return {.code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = to, .src_reg = from};
}

bpf_insn Compute(std::uint8_t operation, Register to, std::int32_t value) {
  return {.code = static_cast<std::uint8_t>(BPF_ALU | operation | BPF_K),
          .dst_reg = to,
          .imm = value};
}

// Skips the `count` instructions that follow when `reg` compares so to `value`, on 32 bits.
bpf_insn SkipIf(std::uint8_t comparison, Register reg, std::int32_t value, std::size_t count) {
  return {.code = static_cast<std::uint8_t>(BPF_JMP32 | comparison | BPF_K),
          .dst_reg = reg,
          .off = static_cast<std::int16_t>(count),
          .imm = value};
}

bpf_insn Exit() { return {.code = BPF_JMP | BPF_EXIT}; }

// struct bpf_cgroup_dev_ctx: access_type is (kinds of access << 16) | type of device.
std::vector<bpf_insn> ReadContext() {
  return {Load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
          Copy(kUndecided, kType),
          Compute(BPF_RSH, kUndecided, 16),
          Compute(BPF_AND, kType, 0xffff),
          Load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
          Load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor))};
}

std::int32_t AccessMask(const DeviceRule& rule) {
  std::int32_t mask = 0;
  if (rule.access.contains('r')) mask |= BPF_DEVCG_ACC_READ;
  if (rule.access.contains('w')) mask |= BPF_DEVCG_ACC_WRITE;
  if (rule.access.contains('m')) mask |= BPF_DEVCG_ACC_MKNOD;
  return mask;
}

// What a rule does with a device that it matches. It falls through when something is undecided.
std::vector<bpf_insn> Decide(const DeviceRule& rule) {
  const std::int32_t mask = AccessMask(rule);
  if (rule.allow) {
    return {Compute(BPF_AND, kUndecided, kAllAccess & ~mask),
            SkipIf(BPF_JNE, kUndecided, 0, 2),
            Set(kResult, kAllow),
            Exit()};
  }
  return {Copy(kScratch, kUndecided),
          Compute(BPF_AND, kScratch, mask),
          SkipIf(BPF_JEQ, kScratch, 0, 2),
          Set(kResult, kDeny),
          Exit()};
}

// Conditions under which a rule is passed over, then its decision.
std::vector<bpf_insn> Apply(const DeviceRule& rule) {
  struct Condition {
    Register reg;
    std::uint32_t value;
  };
  std::vector<Condition> conditions;
  if (rule.type != 'a') {
    conditions.push_back({kType, rule.type == 'b' ? std::uint32_t{BPF_DEVCG_DEV_BLOCK}
                                                  : std::uint32_t{BPF_DEVCG_DEV_CHAR}});
  }
  if (rule.major.has_value()) conditions.push_back({kMajor, *rule.major});
  if (rule.minor.has_value()) conditions.push_back({kMinor, *rule.minor});

  const std::vector<bpf_insn> decision = Decide(rule);
  std::vector<bpf_insn> code;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const std::size_t rest = conditions.size() - i - 1 + decision.size();
    code.push_back(SkipIf(BPF_JNE, conditions[i].reg,
                          static_cast<std::int32_t>(conditions[i].value), rest));
  }
  code.insert(code.end(), decision.begin(), decision.end());
  return code;
}

Result<int> Bpf(int command, bpf_attr& attributes, const char* subject) {
  const long status = syscall(SYS_bpf, command, &attributes, sizeof attributes);
  if (status < 0) return Fail(errno, "bpf", subject);
  return static_cast<int>(status);
}

}  // namespace

std::vector<DeviceRule> WithDefaultDevices(std::vector<DeviceRule> configured) {
  struct Number {
    std::uint32_t major;
    std::optional<std::uint32_t> minor;
  };
  static constexpr std::array<Number, 8> kDefaults = {{
      {1, 3},             // null
      {1, 5},             // zero
      {1, 7},             // full
      {1, 8},             // random
      {1, 9},             // urandom
      {5, 0},             // tty
      {5, 2},             // ptmx, which also stands behind console
      {136, std::nullopt}  // pts/*
  }};
  configured.push_back({.allow = true, .type = 'c', .access = "m"});
  configured.push_back({.allow = true, .type = 'b', .access = "m"});
  for (const Number& number : kDefaults) {
    configured.push_back(
        {.allow = true, .type = 'c', .major = number.major, .minor = number.minor});
  }
  return configured;
}

std::vector<bpf_insn> BuildDeviceProgram(const std::vector<DeviceRule>& rules) {
  std::vector<bpf_insn> program = ReadContext();
  // The last rule has the last word, so it is asked first.
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    const std::vector<bpf_insn> code = Apply(*rule);
    program.insert(program.end(), code.begin(), code.end());
  }
  program.push_back(Set(kResult, kDeny));
  program.push_back(Exit());
  return program;
}

Result<void> AttachDeviceRules(Fd cgroup, const std::vector<DeviceRule>& rules) {
  static constexpr char kLicense[] = "Apache-2.0";  // no helper that asks for the GPL is called
  const std::vector<bpf_insn> program = BuildDeviceProgram(rules);
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<std::uintptr_t>(program.data());
  load.insn_cnt = static_cast<std::uint32_t>(program.size());
  load.license = reinterpret_cast<std::uintptr_t>(kLicense);
  const Result<int> loaded = Bpf(BPF_PROG_LOAD, load, "load device program");
  if (!loaded.has_value()) return std::unexpected(loaded.error());

  bpf_attr attach{};
  attach.target_fd = static_cast<std::uint32_t>(cgroup.number);
  attach.attach_bpf_fd = static_cast<std::uint32_t>(*loaded);
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  const Result<int> attached = Bpf(BPF_PROG_ATTACH, attach, "attach device program");
  // The cgroup holds the program from here on.
  close(*loaded);
  if (!attached.has_value()) return std::unexpected(attached.error());
  return {};
}

}  // namespace reapcheck
