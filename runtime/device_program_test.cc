#include "runtime/device_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace reapcheck {
namespace {

constexpr std::uint32_t kRead = BPF_DEVCG_ACC_READ;
constexpr std::uint32_t kWrite = BPF_DEVCG_ACC_WRITE;
constexpr std::uint32_t kMknod = BPF_DEVCG_ACC_MKNOD;
constexpr std::uint32_t kChar = BPF_DEVCG_DEV_CHAR;
constexpr std::uint32_t kBlock = BPF_DEVCG_DEV_BLOCK;

bpf_cgroup_dev_ctx Ask(std::uint32_t type, std::uint32_t major, std::uint32_t minor,
                       std::uint32_t access) {
  return {.access_type = (access << 16) | type, .major = major, .minor = minor};
}

std::uint32_t LoadWord(const bpf_cgroup_dev_ctx& context, int offset) {
  switch (offset) {
    case offsetof(bpf_cgroup_dev_ctx, access_type):
      return context.access_type;
    case offsetof(bpf_cgroup_dev_ctx, major):
      return context.major;
    case offsetof(bpf_cgroup_dev_ctx, minor):
      return context.minor;
  }
  ADD_FAILURE() << "load from offset " << offset;
  return 0;
}

std::uint32_t Compute(std::uint8_t operation, std::uint32_t left, std::uint32_t right) {
  switch (operation) {
    case BPF_MOV:
      return right;
    case BPF_AND:
      return left & right;
    case BPF_RSH:
      return left >> right;
  }
  ADD_FAILURE() << "operation " << int{operation};
  return 0;
}

// Runs the program as the kernel would: the few instructions that it is made of, on 32 bits.
bool Allows(const std::vector<bpf_insn>& program, const bpf_cgroup_dev_ctx& context) {
  std::array<std::uint32_t, 11> registers{};
  for (std::size_t at = 0; at < program.size(); ++at) {
    const bpf_insn& insn = program[at];
    std::uint32_t& to = registers[insn.dst_reg];
    const std::uint32_t right = BPF_SRC(insn.code) == BPF_X
                                    ? registers[insn.src_reg]
                                    : static_cast<std::uint32_t>(insn.imm);
    switch (BPF_CLASS(insn.code)) {
      case BPF_LDX:
        to = LoadWord(context, insn.off);
        break;
      case BPF_ALU:
        to = Compute(BPF_OP(insn.code), to, right);
        break;
      case BPF_JMP32:
        if ((BPF_OP(insn.code) == BPF_JEQ) == (to == right)) at += insn.off;
        break;
      case BPF_JMP:
        EXPECT_EQ(BPF_OP(insn.code), BPF_EXIT);
        return registers[BPF_REG_0] == 1;
      default:
        ADD_FAILURE() << "class of code " << int{insn.code};
        return false;
    }
  }
  ADD_FAILURE() << "ran off the end of the program";
  return false;
}

bool Decide(const std::vector<DeviceRule>& rules, const bpf_cgroup_dev_ctx& context) {
  return Allows(BuildDeviceProgram(rules), context);
}

const DeviceRule kDenyAll{.allow = false};
const DeviceRule kAllowAll{.allow = true};

TEST(DeviceProgram, NoRules_DenyEverything) {
  EXPECT_FALSE(Decide({}, Ask(kChar, 1, 3, kRead)));
  EXPECT_FALSE(Decide({}, Ask(kBlock, 8, 0, kMknod)));
}

TEST(DeviceProgram, AllowAll_AllowsEveryTypeAndAccess) {
  EXPECT_TRUE(Decide({kAllowAll}, Ask(kChar, 1, 3, kRead | kWrite | kMknod)));
  EXPECT_TRUE(Decide({kAllowAll}, Ask(kBlock, 8, 1, kWrite)));
}

TEST(DeviceProgram, AllowedDevice_IsToldFromItsNeighbours) {
  const std::vector<DeviceRule> rules = {
      kDenyAll, {.allow = true, .type = 'c', .major = 10, .minor = 229}};
  EXPECT_TRUE(Decide(rules, Ask(kChar, 10, 229, kRead | kWrite)));
  EXPECT_FALSE(Decide(rules, Ask(kBlock, 10, 229, kRead)));
  EXPECT_FALSE(Decide(rules, Ask(kChar, 11, 229, kRead)));
  EXPECT_FALSE(Decide(rules, Ask(kChar, 10, 228, kRead)));
}

TEST(DeviceProgram, AbsentMinor_MeansAllOfThem) {
  const std::vector<DeviceRule> rules = {kDenyAll, {.allow = true, .type = 'c', .major = 136}};
  EXPECT_TRUE(Decide(rules, Ask(kChar, 136, 0, kRead)));
  EXPECT_TRUE(Decide(rules, Ask(kChar, 136, 77, kRead)));
  EXPECT_FALSE(Decide(rules, Ask(kChar, 137, 0, kRead)));
}

TEST(DeviceProgram, LastMatchingRule_Wins) {
  const DeviceRule allow{.allow = true, .type = 'b', .major = 8};
  const DeviceRule deny{.allow = false, .type = 'b', .major = 8, .minor = 1};
  EXPECT_FALSE(Decide({allow, deny}, Ask(kBlock, 8, 1, kRead)));
  EXPECT_TRUE(Decide({allow, deny}, Ask(kBlock, 8, 2, kRead)));
  EXPECT_TRUE(Decide({deny, allow}, Ask(kBlock, 8, 1, kRead)));
  EXPECT_FALSE(Decide({allow, kDenyAll}, Ask(kBlock, 8, 2, kRead)));
}

TEST(DeviceProgram, AllowOfOneAccess_DoesNotAllowTheOthers) {
  const std::vector<DeviceRule> rules = {
      kDenyAll, {.allow = true, .type = 'c', .major = 1, .minor = 3, .access = "r"}};
  EXPECT_TRUE(Decide(rules, Ask(kChar, 1, 3, kRead)));
  EXPECT_FALSE(Decide(rules, Ask(kChar, 1, 3, kRead | kWrite)));
  EXPECT_FALSE(Decide(rules, Ask(kChar, 1, 3, kMknod)));
}

TEST(DeviceProgram, DenyOfOneAccess_DeniesWhoeverAsksForItToo) {
  const std::vector<DeviceRule> rules = {
      kAllowAll, {.allow = false, .type = 'b', .major = 8, .minor = 0, .access = "w"}};
  EXPECT_TRUE(Decide(rules, Ask(kBlock, 8, 0, kRead)));
  EXPECT_FALSE(Decide(rules, Ask(kBlock, 8, 0, kRead | kWrite)));
}

TEST(DeviceProgram, TwoRules_AllowTogetherWhatNeitherDoesAlone) {
  const std::vector<DeviceRule> rules = {kDenyAll,
                                         {.allow = true, .type = 'c', .major = 5, .access = "r"},
                                         {.allow = true, .type = 'c', .major = 5, .access = "w"}};
  EXPECT_TRUE(Decide(rules, Ask(kChar, 5, 0, kRead | kWrite)));
  EXPECT_FALSE(Decide(rules, Ask(kChar, 5, 0, kRead | kMknod)));
}

TEST(DeviceProgram, DefaultDevices_SurviveDenyAll) {
  const std::vector<DeviceRule> rules = WithDefaultDevices({kDenyAll});
  EXPECT_TRUE(Decide(rules, Ask(kChar, 1, 3, kRead | kWrite | kMknod)));
  EXPECT_TRUE(Decide(rules, Ask(kChar, 5, 2, kRead | kWrite)));
  EXPECT_TRUE(Decide(rules, Ask(kChar, 136, 9, kRead | kWrite)));
  EXPECT_TRUE(Decide(rules, Ask(kBlock, 8, 0, kMknod)));
  EXPECT_FALSE(Decide(rules, Ask(kBlock, 8, 0, kRead)));
  EXPECT_FALSE(Decide(rules, Ask(kChar, 1, 1, kRead)));  // /dev/mem
}

// bpf(2): the cgroup is looked up after the verifier has accepted the program, so EBADF says that
// it did. A program that the verifier refuses gives EINVAL or EACCES.
TEST(AttachDeviceRules, NoCgroup_RefusedAfterTheProgramWasLoaded) {
  const Result<void> attached = AttachDeviceRules(Fd{-1}, WithDefaultDevices({kDenyAll}));
  ASSERT_FALSE(attached.has_value());
  if (attached.error().code == EPERM) GTEST_SKIP() << "needs CAP_BPF and CAP_NET_ADMIN";
  EXPECT_EQ(attached.error().ToString(), "bpf attach device program: EBADF");
}

}  // namespace
}  // namespace reapcheck
