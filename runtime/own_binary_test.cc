// The attack of CVE-2019-5736: keep the runtime's binary open while it runs, write when it is done.
#include "runtime/own_binary.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace reapcheck {
namespace {

constexpr char kRuntime[] = "/as-runtime";

// Executed under that name, this binary protects itself, says "p" on descriptor 1 and waits for the
// end of descriptor 0.
__attribute__((constructor)) void ActAsRuntime(int count, char** arguments, char**) {
  if (count < 1 || std::strcmp(arguments[0], kRuntime) != 0) return;
  char byte = 'p';
  if (!ProtectOwnBinary(arguments) || ::write(1, &byte, 1) != 1) ::_exit(1);
  ::_exit(static_cast<int>(::read(0, &byte, 1)));
}

TEST(OwnBinary, CanNotBeWrittenWhenTheRuntimeIsDone) {
  int in[2], out[2];
  ASSERT_EQ(::pipe2(in, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
  const pid_t runtime = ::fork();
  if (runtime == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::execl("/proc/self/exe", kRuntime, nullptr);
    ::_exit(2);
  }
  ::close(in[0]);
  ::close(out[1]);
  char byte = 0;
  ASSERT_EQ(::read(out[0], &byte, 1), 1);
  const std::string process = "/proc/" + std::to_string(runtime);
  const int kept = ::open((process + "/exe").c_str(), O_PATH | O_CLOEXEC);
  ASSERT_GE(kept, 0);
  ::close(in[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(runtime, &status, 0), runtime);
  EXPECT_EQ(status, 0);
  const std::string again = "/proc/self/fd/" + std::to_string(kept);
  EXPECT_EQ(::truncate(again.c_str(), 0), -1);
  // From the read-only mount or the seals. A binary that could be written gives ETXTBSY here, for
  // as long as this test runs from it.
  EXPECT_TRUE(errno == EROFS || errno == EPERM) << std::strerror(errno);
  ::close(kept);
  ::close(out[0]);
}

}  // namespace
}  // namespace reapcheck
