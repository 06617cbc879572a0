// CompileSeccomp of container_kernel.h, with libseccomp 2.5.
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <memory>

#include "runtime/container_kernel.h"
#include "runtime/json_reader.h"
#include "runtime/seccomp_names.h"

namespace reapcheck {
namespace {

constexpr char kWhere[] = "config.json: /linux/seccomp";

// The largest errno that a system call can return; seccomp(2) would cut a larger one silently.
constexpr unsigned kLargestErrno = 4095;
// SECCOMP_RET_DATA has 16 bits.
constexpr unsigned kLargestTraceData = 0xffff;

std::unexpected<Failure> Invalid(const std::string& pointer, const std::string& text) {
  return Refuse(FailureKind::kInvalidConfig, kWhere + pointer + ": " + text);
}

struct FilterDeleter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterDeleter>;

// The words of the profile as libseccomp has them. The arrays run parallel to seccomp_names.h.
constexpr std::array<std::uint32_t, kSeccompActions.size()> kActionValues = {
    SCMP_ACT_ALLOW,       SCMP_ACT_ERRNO(0), SCMP_ACT_KILL_THREAD, SCMP_ACT_KILL_PROCESS,
    SCMP_ACT_KILL_THREAD, SCMP_ACT_LOG,      SCMP_ACT_TRACE(0),    SCMP_ACT_TRAP};
constexpr std::array<scmp_compare, kSeccompOperators.size()> kOperatorValues = {
    SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_LE, SCMP_CMP_LT, SCMP_CMP_MASKED_EQ,
    SCMP_CMP_NE};
// The child loads the filter while it has one thread, so that TSYNC is fulfilled without the flag.
constexpr std::array<unsigned, kSeccompFlags.size()> kFlagValues = {
    SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0};

template <typename Value, std::size_t n>
std::optional<Value> Lookup(const std::array<std::string_view, n>& names,
                            const std::array<Value, n>& values, std::string_view name) {
  const auto position = std::ranges::find(names, name);
  if (position == names.end()) return std::nullopt;
  return values[position - names.begin()];
}

// `action` and the errno that belongs to it as one libseccomp action. `pointer` is the place of the
// action, `errno_pointer` that of the errno.
Outcome<std::uint32_t> ActionValue(const std::string& action, std::optional<unsigned> errno_return,
                                   const std::string& pointer, const std::string& errno_pointer) {
  if (action == "SCMP_ACT_NOTIFY") {
    return Refuse(FailureKind::kUnsupported,
                  kWhere + pointer + ": SCMP_ACT_NOTIFY is not supported: there is no listener");
  }
  const std::optional<std::uint32_t> value = Lookup(kSeccompActions, kActionValues, action);
  if (!value.has_value()) return Invalid(pointer, "unknown action " + Quoted(action));
  const bool is_errno = *value == SCMP_ACT_ERRNO(0);
  const bool is_trace = *value == SCMP_ACT_TRACE(0);
  if (!is_errno && !is_trace) {
    // config-linux.md#seccomp: "When the action doesn't support an errno, the runtime MUST print
    // and error and fail."
    if (errno_return.has_value()) return Invalid(errno_pointer, action + " takes no errno");
    return *value;
  }
  const unsigned data = errno_return.value_or(EPERM);
  const unsigned largest = is_errno ? kLargestErrno : kLargestTraceData;
  if (data > largest) return Invalid(errno_pointer, "must be at most " + std::to_string(largest));
  return *value | data;
}

Outcome<void> AddArchitectures(void* filter, const std::vector<std::string>& names) {
  // seccomp_init already put in the native one, without which the container could do nothing.
  constexpr std::string_view kPrefix = "SCMP_ARCH_";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string pointer = "/architectures/" + std::to_string(i);
    // libseccomp calls it "x86_64".
    std::string name = names[i].starts_with(kPrefix) ? names[i].substr(kPrefix.size()) : "";
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    const std::uint32_t token = seccomp_arch_resolve_name(name.c_str());
    if (token == 0) return Invalid(pointer, "unknown architecture " + Quoted(names[i]));
    const int status = seccomp_arch_add(filter, token);
    if (status == 0 || status == -EEXIST) continue;
    return Invalid(pointer, Quoted(names[i]) + " does not go with this machine: " +
                                ErrnoName(-status));
  }
  return {};
}

Outcome<unsigned> FilterFlags(const std::vector<std::string>& names) {
  unsigned flags = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::optional<unsigned> flag = Lookup(kSeccompFlags, kFlagValues, names[i]);
    if (!flag.has_value()) {
      return Refuse(FailureKind::kUnsupported,
                    kWhere + ("/flags/" + std::to_string(i)) + ": flag " + Quoted(names[i]) +
                        " is not supported");
    }
    flags |= *flag;
  }
  return flags;
}

Outcome<std::vector<scmp_arg_cmp>> Conditions(const std::vector<SeccompArgument>& arguments,
                                              const std::string& pointer) {
  std::vector<scmp_arg_cmp> conditions;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const SeccompArgument& argument = arguments[i];
    const std::string place = pointer + "/args/" + std::to_string(i);
    const auto op = Lookup(kSeccompOperators, kOperatorValues, argument.op);
    if (!op.has_value()) return Invalid(place + "/op", "unknown operator " + Quoted(argument.op));
    if (argument.index > 5) return Invalid(place + "/index", "must be at most 5");
    // SCMP_CMP_MASKED_EQ: `value` is the mask and `valueTwo` what the masked argument is compared
    // to, in this order also for libseccomp. The other operators have no second value.
    conditions.push_back({.arg = argument.index,
                          .op = *op,
                          .datum_a = argument.value,
                          .datum_b = *op == SCMP_CMP_MASKED_EQ ? argument.value_two : 0});
  }
  return conditions;
}

// libseccomp takes one condition for each argument. runc and crun give each condition a rule of its
// own when an argument has several, so that any of them suffices; profiles rely on it.
bool HasArgumentTwice(const std::vector<scmp_arg_cmp>& conditions) {
  unsigned seen = 0;
  for (const scmp_arg_cmp& condition : conditions) {
    if ((seen & (1U << condition.arg)) != 0) return true;
    seen |= 1U << condition.arg;
  }
  return false;
}

int AddToFilter(void* filter, std::uint32_t action, int number,
                const std::vector<scmp_arg_cmp>& conditions) {
  if (!HasArgumentTwice(conditions)) {
    return seccomp_rule_add_array(filter, action, number,
                                  static_cast<unsigned>(conditions.size()), conditions.data());
  }
  for (const scmp_arg_cmp& condition : conditions) {
    const int status = seccomp_rule_add_array(filter, action, number, 1, &condition);
    if (status != 0) return status;
  }
  return 0;
}

Outcome<void> AddRule(void* filter, std::uint32_t default_action, const SeccompRule& rule,
                      const std::string& pointer) {
  const Outcome<std::uint32_t> action =
      ActionValue(rule.action, rule.errno_return, pointer + "/action", pointer + "/errnoRet");
  if (!action.has_value()) return std::unexpected(action.error());
  const auto conditions = Conditions(rule.arguments, pointer);
  if (!conditions.has_value()) return std::unexpected(conditions.error());
  // Says what happens anyway; libseccomp refuses such a rule with EACCES.
  if (*action == default_action) return {};
  for (std::size_t i = 0; i < rule.names.size(); ++i) {
    const int number = seccomp_syscall_resolve_name(rule.names[i].c_str());
    // The one thing that is skipped without a word, as by every runtime: profiles name the system
    // calls of all kernels and machines, and one that libseccomp does not know gets the default.
    if (number == __NR_SCMP_ERROR) continue;
    if (const int status = AddToFilter(filter, *action, number, *conditions); status != 0) {
      return Invalid(pointer + "/names/" + std::to_string(i),
                     "libseccomp refuses the rule: " + ErrnoName(-status));
    }
  }
  return {};
}

std::unexpected<Failure> SystemFailure(int code, const char* call) {
  return Refuse(Error{code, call, "seccomp filter"}, "compile seccomp profile");
}

Outcome<std::vector<char>> ReadWhole(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return SystemFailure(errno, "fstat");
  std::vector<char> bytes(static_cast<std::size_t>(status.st_size));
  // A memory file that is exactly this long is read whole.
  if (pread(fd, bytes.data(), bytes.size(), 0) != status.st_size) {
    return SystemFailure(EIO, "pread");
  }
  return bytes;
}

// libseccomp 2.5 exports to a descriptor only.
Outcome<std::vector<char>> Export(void* filter) {
  const int fd = memfd_create("seccomp", MFD_CLOEXEC);
  if (fd < 0) return SystemFailure(errno, "memfd_create");
  const int exported = seccomp_export_bpf(filter, fd);
  Outcome<std::vector<char>> bytes =
      exported == 0 ? ReadWhole(fd) : SystemFailure(-exported, "seccomp_export_bpf");
  close(fd);
  return bytes;
}

}  // namespace

Outcome<SeccompProgram> CompileSeccomp(const SeccompConfig& profile) {
  const Outcome<std::uint32_t> default_action =
      ActionValue(profile.default_action, profile.default_errno_return, "/defaultAction",
                  "/defaultErrnoRet");
  if (!default_action.has_value()) return std::unexpected(default_action.error());
  const Outcome<unsigned> flags = FilterFlags(profile.flags);
  if (!flags.has_value()) return std::unexpected(flags.error());

  const Filter filter(seccomp_init(*default_action));
  if (filter == nullptr) return SystemFailure(ENOMEM, "seccomp_init");
  // SCMP_FLTATR_CTL_OPTIMIZE stays as it is: with the profile of podman the binary tree takes 5 ms
  // more to build than 11 ms for the list, and since Linux 5.11 the kernel answers the system calls
  // that are always allowed from a bitmap, without running the program.
  if (auto added = AddArchitectures(filter.get(), profile.architectures); !added.has_value()) {
    return std::unexpected(added.error());
  }
  for (std::size_t i = 0; i < profile.rules.size(); ++i) {
    auto added = AddRule(filter.get(), *default_action, profile.rules[i],
                         "/syscalls/" + std::to_string(i));
    if (!added.has_value()) return std::unexpected(added.error());
  }
  Outcome<std::vector<char>> instructions = Export(filter.get());
  if (!instructions.has_value()) return Forward(std::move(instructions));
  return SeccompProgram{.instructions = std::move(*instructions), .flags = *flags};
}

}  // namespace reapcheck
