// The words of a seccomp profile that this runtime understands: config-linux.md#seccomp. What
// `features` prints and what CompileSeccomp accepts is the same list. Constants only.
#ifndef REAPCHECK_RUNTIME_SECCOMP_NAMES_H_
#define REAPCHECK_RUNTIME_SECCOMP_NAMES_H_

#include <array>
#include <string_view>

namespace reapcheck {

inline constexpr std::array<std::string_view, 8> kSeccompActions = {
    "SCMP_ACT_ALLOW",        "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",  "SCMP_ACT_KILL_PROCESS",
    "SCMP_ACT_KILL_THREAD",  "SCMP_ACT_LOG",   "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
};

inline constexpr std::array<std::string_view, 7> kSeccompOperators = {
    "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",        "SCMP_CMP_LE",
    "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
};

// Those of the specification that libseccomp 2.5.4 knows.
inline constexpr std::array<std::string_view, 19> kSeccompArchitectures = {
    "SCMP_ARCH_AARCH64",  "SCMP_ARCH_ARM",         "SCMP_ARCH_MIPS",     "SCMP_ARCH_MIPS64",
    "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",     "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
    "SCMP_ARCH_PARISC",   "SCMP_ARCH_PARISC64",    "SCMP_ARCH_PPC",      "SCMP_ARCH_PPC64",
    "SCMP_ARCH_PPC64LE",  "SCMP_ARCH_RISCV64",     "SCMP_ARCH_S390",     "SCMP_ARCH_S390X",
    "SCMP_ARCH_X32",      "SCMP_ARCH_X86",         "SCMP_ARCH_X86_64",
};

inline constexpr std::array<std::string_view, 3> kSeccompFlags = {
    "SECCOMP_FILTER_FLAG_LOG",
    "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
    "SECCOMP_FILTER_FLAG_TSYNC",
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_SECCOMP_NAMES_H_
