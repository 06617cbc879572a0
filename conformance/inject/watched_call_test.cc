#include "conformance/inject/watched_call.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>

namespace reapcheck::inject {
namespace {

// What the kernel would do with a call of this number: seccomp(2).
std::uint32_t Answer(const CallFilter& filter, std::uint32_t arch, std::uint32_t number) {
  std::uint32_t accumulator = 0;
  const auto& program = filter.program();
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        accumulator = step.k == offsetof(seccomp_data, nr) ? number : arch;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      default:
        return step.k;
    }
  }
  return 0;
}

bool Stops(const CallFilter& filter, long number) {
  return Answer(filter, AUDIT_ARCH_X86_64, static_cast<std::uint32_t>(number)) ==
         SECCOMP_RET_TRACE;
}

TEST(CallFilter, StopsAtWhatIsWatchedAndAtNothingElse) {
  const CallFilter filter;
  int watched = 0;
  for (long number = 0; number < 600; ++number) {
    const bool is_watched = FindWatched(number) != nullptr;
    watched += is_watched;
    EXPECT_EQ(Stops(filter, number), is_watched || number == kAffinityQuestion) << number;
  }
  EXPECT_EQ(watched, static_cast<int>(WatchedCalls().size()));
}

TEST(CallFilter, LetsProgramsOf32BitsThrough) {
  for (std::uint32_t number = 0; number < 600; ++number) {
    EXPECT_EQ(Answer(CallFilter(), AUDIT_ARCH_I386, number), SECCOMP_RET_ALLOW) << number;
  }
}

// A call that may have the name and does not stop would shift the occurrences that are counted.
TEST(CallFilter, OfANameStopsAtEachCallThatMayHaveIt) {
  for (const WatchedCall& named : WatchedCalls()) {
    for (const std::uint64_t flags : {0, AT_REMOVEDIR}) {
      const CallFilter filter(VerbOf(named, flags) + " cgroup");
      EXPECT_TRUE(Stops(filter, named.number)) << named.number;
    }
  }
  const CallFilter rmdir("rmdir cgroup");
  EXPECT_TRUE(Stops(rmdir, SYS_rmdir));
  EXPECT_TRUE(Stops(rmdir, SYS_unlinkat));
  EXPECT_FALSE(Stops(rmdir, SYS_unlink));
  EXPECT_FALSE(Stops(rmdir, SYS_read));
}

}  // namespace
}  // namespace reapcheck::inject
