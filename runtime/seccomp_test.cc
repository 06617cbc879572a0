#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

#include "runtime/container_kernel.h"
#include "runtime/seccomp_names.h"

namespace reapcheck {
namespace {

constexpr int kNotLoaded = 255;  // an exit code that no errno has

// Loads the program in a child and makes the system call there: the errno, 0 when it succeeds.
// A child that a signal kills gives 1000 + the signal.
int Observe(const SeccompConfig& profile, const std::function<long()>& call) {
  const Outcome<SeccompProgram> program = CompileSeccomp(profile);
  if (!program.has_value()) {
    ADD_FAILURE() << program.error().text;
    return kNotLoaded;
  }
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char> code = program->instructions;
    sock_fprog filter{.len = static_cast<unsigned short>(code.size() / sizeof(sock_filter)),
                      .filter = reinterpret_cast<sock_filter*>(code.data())};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &filter) != 0) {
      _exit(kNotLoaded);
    }
    errno = 0;
    const long result = call();
    _exit(result < 0 ? errno : 0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Everything is allowed but what the rules say.
SeccompConfig AllowExcept(std::vector<SeccompRule> rules) {
  return {.default_action = "SCMP_ACT_ALLOW", .rules = std::move(rules)};
}

SeccompRule ErrnoRule(std::string name, unsigned code, std::vector<SeccompArgument> arguments) {
  return {.names = {std::move(name)},
          .action = "SCMP_ACT_ERRNO",
          .errno_return = code,
          .arguments = std::move(arguments)};
}

long GetPriorityOf(unsigned long which) { return syscall(SYS_getpriority, which, 0); }

TEST(CompileSeccomp, ErrnoRule_IsWhatTheSystemCallReturns) {
  const auto profile = AllowExcept({ErrnoRule("getppid", EXDEV, {})});
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getppid); }), EXDEV);
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getpid); }), 0);
}

TEST(CompileSeccomp, NoErrnoGiven_IsEperm) {
  const auto profile = AllowExcept({{.names = {"getppid"}, .action = "SCMP_ACT_ERRNO"}});
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getppid); }), EPERM);
}

TEST(CompileSeccomp, DefaultErrno_MeetsWhatNoRuleAllows) {
  const SeccompConfig profile{
      .default_action = "SCMP_ACT_ERRNO",
      .default_errno_return = ENOSYS,
      .rules = {{.names = {"exit_group", "getpid"}, .action = "SCMP_ACT_ALLOW"}}};
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getppid); }), ENOSYS);
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getpid); }), 0);
}

TEST(CompileSeccomp, RuleEqualToTheDefault_IsAccepted) {
  const SeccompConfig profile{
      .default_action = "SCMP_ACT_ERRNO",
      .default_errno_return = ENOSYS,
      .rules = {{.names = {"exit_group", "getpid"}, .action = "SCMP_ACT_ALLOW"},
                ErrnoRule("getppid", ENOSYS, {}),
                ErrnoRule("gettid", EXDEV, {})}};
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getppid); }), ENOSYS);
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_gettid); }), EXDEV);
}

TEST(CompileSeccomp, UnknownSystemCall_IsSkippedAndTheRestOfTheRuleHolds) {
  const auto profile = AllowExcept({{.names = {"no_such_call", "getppid"},
                                     .action = "SCMP_ACT_ERRNO",
                                     .errno_return = EXDEV}});
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getppid); }), EXDEV);
}

TEST(CompileSeccomp, KillActions_KillWithSigsys) {
  for (const char* action : {"SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
                             "SCMP_ACT_TRAP"}) {
    const auto profile = AllowExcept({{.names = {"getppid"}, .action = action}});
    EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getppid); }), 1000 + SIGSYS) << action;
  }
}

TEST(CompileSeccomp, TraceWithoutTracer_IsEnosys) {
  const auto profile = AllowExcept({{.names = {"getppid"}, .action = "SCMP_ACT_TRACE"}});
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getppid); }), ENOSYS);  // seccomp(2)
}

TEST(CompileSeccomp, Log_LetsTheCallThrough) {
  const SeccompConfig profile{.default_action = "SCMP_ACT_LOG",
                              .rules = {ErrnoRule("getppid", EXDEV, {})}};
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getpid); }), 0);
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getppid); }), EXDEV);
}

struct OperatorCase {
  const char* op;
  std::uint64_t value;
  std::uint64_t value_two;
  std::vector<bool> matches;  // for the first argument 0, 1, 2
};

TEST(CompileSeccomp, Operators_CompareTheArgument) {
  const std::vector<OperatorCase> cases = {
      {"SCMP_CMP_EQ", 1, 0, {false, true, false}},
      {"SCMP_CMP_NE", 1, 0, {true, false, true}},
      {"SCMP_CMP_LT", 1, 0, {true, false, false}},
      {"SCMP_CMP_LE", 1, 0, {true, true, false}},
      {"SCMP_CMP_GE", 1, 0, {false, true, true}},
      {"SCMP_CMP_GT", 1, 0, {false, false, true}},
      // The mask comes first: the second line would never match the other way round.
      {"SCMP_CMP_MASKED_EQ", 2, 2, {false, false, true}},
      {"SCMP_CMP_MASKED_EQ", 1, 0, {true, false, true}},
  };
  ASSERT_EQ(cases.size(), kSeccompOperators.size() + 1);
  for (const OperatorCase& c : cases) {
    const SeccompArgument argument{
        .index = 0, .value = c.value, .value_two = c.value_two, .op = c.op};
    const auto profile = AllowExcept({ErrnoRule("getpriority", EXDEV, {argument})});
    for (unsigned long which = 0; which < c.matches.size(); ++which) {
      EXPECT_EQ(Observe(profile, [&] { return GetPriorityOf(which); }) == EXDEV, c.matches[which])
          << c.op << " " << c.value << " with argument " << which;
    }
  }
}

TEST(CompileSeccomp, ConditionsOnDifferentArguments_MustAllHold) {
  const auto profile = AllowExcept({ErrnoRule("getpriority", EXDEV,
                                              {{.index = 0, .value = 0, .op = "SCMP_CMP_EQ"},
                                               {.index = 1, .value = 7, .op = "SCMP_CMP_EQ"}})});
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getpriority, 0, 7); }), EXDEV);
  EXPECT_NE(Observe(profile, [] { return syscall(SYS_getpriority, 0, 0); }), EXDEV);
}

TEST(CompileSeccomp, ConditionsOnTheSameArgument_AnyOfThemSuffices) {
  const auto profile = AllowExcept({ErrnoRule("getpriority", EXDEV,
                                              {{.index = 0, .value = 0, .op = "SCMP_CMP_EQ"},
                                               {.index = 0, .value = 2, .op = "SCMP_CMP_EQ"}})});
  EXPECT_EQ(Observe(profile, [] { return GetPriorityOf(0); }), EXDEV);
  EXPECT_EQ(Observe(profile, [] { return GetPriorityOf(1); }), 0);
  EXPECT_EQ(Observe(profile, [] { return GetPriorityOf(2); }), EXDEV);
}

TEST(CompileSeccomp, ForeignArchitecturesOnly_NativeCallsStillWork) {
  auto profile = AllowExcept({ErrnoRule("getppid", EXDEV, {})});
  profile.architectures = {"SCMP_ARCH_X86"};
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getppid); }), EXDEV);
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getpid); }), 0);
}

TEST(CompileSeccomp, Flags_AreHandedOn) {
  auto profile = AllowExcept({});
  profile.flags = {"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC",
                   "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};
  const auto program = CompileSeccomp(profile);
  ASSERT_TRUE(program.has_value()) << program.error().text;
  EXPECT_EQ(program->flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
  EXPECT_EQ(Observe(profile, [] { return syscall(SYS_getpid); }), 0);
}

// What `features` lists is what is accepted.
TEST(CompileSeccomp, EveryActionOfTheList_IsKnown) {
  for (std::string_view action : kSeccompActions) {
    const SeccompConfig profile{.default_action = std::string(action)};
    const auto program = CompileSeccomp(profile);
    EXPECT_TRUE(program.has_value()) << action;
  }
}

TEST(CompileSeccomp, EveryArchitectureOfTheList_IsKnown) {
  for (std::string_view name : kSeccompArchitectures) {
    auto profile = AllowExcept({});
    profile.architectures = {std::string(name)};
    const auto program = CompileSeccomp(profile);
    // One of another byte order can not be in the same filter, which is another complaint.
    if (!program.has_value()) {
      EXPECT_FALSE(program.error().text.contains("unknown")) << program.error().text;
    }
  }
}

struct BadProfile {
  const char* name;
  SeccompConfig profile;
  FailureKind kind;
  const char* text;
};

TEST(CompileSeccomp, BadProfile_NamesThePlace) {
  const auto with_rule = [](SeccompRule rule) { return AllowExcept({std::move(rule)}); };
  const SeccompConfig base = AllowExcept({});
  SeccompConfig bad_architecture = base;
  bad_architecture.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_PDP11"};
  SeccompConfig bare_architecture = base;
  bare_architecture.architectures = {"x86_64"};
  SeccompConfig bad_flag = base;
  bad_flag.flags = {"SECCOMP_FILTER_FLAG_NEW_LISTENER"};
  SeccompConfig bad_errno = base;
  bad_errno.default_errno_return = EPERM;
  const std::vector<BadProfile> cases = {
      {"default", {.default_action = "ALLOW"}, FailureKind::kInvalidConfig,
       "/defaultAction: unknown action \"ALLOW\""},
      {"default errno", bad_errno, FailureKind::kInvalidConfig,
       "/defaultErrnoRet: SCMP_ACT_ALLOW takes no errno"},
      {"notify", with_rule({.names = {"getppid"}, .action = "SCMP_ACT_NOTIFY"}),
       FailureKind::kUnsupported,
       "/syscalls/0/action: SCMP_ACT_NOTIFY is not supported: there is no listener"},
      {"errno", with_rule(ErrnoRule("getppid", 4096, {})), FailureKind::kInvalidConfig,
       "/syscalls/0/errnoRet: must be at most 4095"},
      {"operator",
       with_rule(ErrnoRule("getppid", 1, {{.index = 0, .op = "SCMP_CMP_EQ"}, {.op = "=="}})),
       FailureKind::kInvalidConfig, "/syscalls/0/args/1/op: unknown operator \"==\""},
      {"index", with_rule(ErrnoRule("getppid", 1, {{.index = 6, .op = "SCMP_CMP_EQ"}})),
       FailureKind::kInvalidConfig, "/syscalls/0/args/0/index: must be at most 5"},
      {"architecture", bad_architecture, FailureKind::kInvalidConfig,
       "/architectures/1: unknown architecture \"SCMP_ARCH_PDP11\""},
      {"architecture without prefix", bare_architecture, FailureKind::kInvalidConfig,
       "/architectures/0: unknown architecture \"x86_64\""},
      {"flag", bad_flag, FailureKind::kUnsupported,
       "/flags/0: flag \"SECCOMP_FILTER_FLAG_NEW_LISTENER\" is not supported"},
  };
  for (const BadProfile& c : cases) {
    const auto program = CompileSeccomp(c.profile);
    ASSERT_FALSE(program.has_value()) << c.name;
    EXPECT_EQ(program.error().text, std::string("config.json: /linux/seccomp") + c.text);
    EXPECT_EQ(program.error().kind, c.kind) << c.name;
  }
}

}  // namespace
}  // namespace reapcheck
