#include "runtime/program.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "runtime/container_credentials.h"
#include "runtime/errno_failure.h"
#include "runtime/path_in_root.h"
#include "runtime/passwd_home.h"

namespace reapcheck {
namespace {

// execvp(3): what is searched when PATH is not set.
constexpr char kDefaultPath[] = "/bin:/usr/bin";
constexpr mode_t kDefaultUmask = 022;

// The value of the last "name=..." in the environment, or nullptr.
const char* Variable(const std::vector<std::string>& environment, const std::string& name) {
  const char* value = nullptr;
  for (const std::string& entry : environment) {
    if (entry.starts_with(name + "=")) value = entry.c_str() + name.size() + 1;
  }
  return value;
}

// 0, or the errno that execve(2) would give for sure.
int ExecutableErrno(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return errno;
  const bool executable = S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
  return executable ? 0 : EACCES;
}

std::string FromDirectory(const std::string& directory, const std::string& name) {
  return name.starts_with('/') ? name : directory + "/" + name;
}

std::unexpected<Failure> NotExecutable(const std::string& name, const std::string& why) {
  return Refuse(FailureKind::kInvalidConfig, "/process/args/0: exec: \"" + name + "\": " + why);
}

Outcome<ScopedFd> OpenWorkingDirectory(const std::string& cwd) {
  ScopedFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  auto directory = OpenInRoot(root.get(), cwd, O_PATH | O_DIRECTORY);
  if (!directory) return Refuse(directory.error(), "/process/cwd");
  return std::move(*directory);
}

Outcome<void> EnterWorkingDirectory(const std::string& cwd) {
  auto directory = OpenWorkingDirectory(cwd);
  if (!directory) return Forward(std::move(directory));
  if (::fchdir(directory->get()) != 0) return RefuseErrno("/process/cwd " + cwd);
  return {};
}

// getcwd(2), the system call: a directory outside of the root begins with "(unreachable)"
// (CVE-2024-21626).
Outcome<void> CheckInsideContainer(const std::string& cwd) {
  char path[PATH_MAX];
  if (::syscall(SYS_getcwd, path, sizeof path) <= 0) return RefuseErrno("/process/cwd " + cwd);
  if (path[0] == '/') return {};
  return Refuse(FailureKind::kInvalidConfig, "/process/cwd " + cwd + ": is outside the container");
}

// As runc does: a program that is not root can open /dev/stdout. Where the stream's file system or
// the user namespace does not know the user, it stays as it is.
Outcome<void> GiveStreamsTo(uid_t uid) {
  for (int stream = 0; stream < 3; ++stream) {
    struct stat status;
    if (::fstat(stream, &status) != 0) continue;  // closed
    const bool is_null = S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
    if (status.st_uid == uid || is_null || ::fchown(stream, uid, status.st_gid) == 0) continue;
    if (errno != EINVAL && errno != EPERM && errno != EROFS) return RefuseErrno("owner of stdio");
  }
  return {};
}

// The ids change between two tries: the directory may be one that only one of them can enter.
Outcome<void> BecomeUser(const ProcessConfig& process) {
  auto owned = GiveStreamsTo(process.uid);
  if (!owned) return owned;
  auto entered = EnterWorkingDirectory(process.cwd);
  auto assumed = AssumeUser(process);
  if (!assumed) return assumed;
  if (!entered) entered = EnterWorkingDirectory(process.cwd);
  if (!entered) return entered;
  return CheckInsideContainer(process.cwd);
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const Launch& launch) {
  std::vector<std::string> environment = launch.process.environment;
  environment.insert(environment.end(), launch.extra_environment.begin(),
                     launch.extra_environment.end());
  const char* home = Variable(environment, "HOME");
  if (home == nullptr || *home == '\0') {
    std::erase(environment, "HOME=");
    environment.push_back("HOME=" + HomeDirectory(launch.process.uid));
  }
  return environment;
}

}  // namespace

Outcome<std::string> FindProgram(const ProcessConfig& process) {
  const std::string& name = process.arguments.front();
  if (name.contains('/')) {
    std::string path = FromDirectory(process.cwd, name);
    const int code = ExecutableErrno(path);
    if (code != 0) return NotExecutable(name, std::strerror(code));
    return path;
  }
  const char* variable = Variable(process.environment, "PATH");
  const std::string search = variable != nullptr ? variable : kDefaultPath;
  bool denied = false;
  for (std::size_t at = 0; at <= search.size() && !name.empty();) {
    const std::size_t end = std::min(search.find(':', at), search.size());
    const std::string directory = FromDirectory(process.cwd, search.substr(at, end - at));
    const std::string path = directory + "/" + name;
    const int code = ExecutableErrno(path);
    if (code == 0) return path;
    denied = denied || code == EACCES;
    at = end + 1;
  }
  return NotExecutable(name, denied ? std::strerror(EACCES)
                                    : "executable file not found in $PATH");
}

Outcome<void> CheckWorkingDirectory(const ProcessConfig& process, bool create) {
  if (create) {
    ScopedFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    auto made = OpenOrCreateInRoot(root.get(), process.cwd, NodeKind::kDirectory);
    if (!made) return Refuse(made.error(), "/process/cwd");
  }
  auto directory = OpenWorkingDirectory(process.cwd);
  if (!directory) return Forward(std::move(directory));
  return {};
}

void ReopenNullStreams() {
  for (int stream = 0; stream < 3; ++stream) {
    struct stat status;
    if (::fstat(stream, &status) != 0 || !S_ISCHR(status.st_mode) ||
        status.st_rdev != makedev(1, 3)) {
      continue;
    }
    ScopedFd null(::open("/dev/null", O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!null || ::fstat(null.get(), &status) != 0 || status.st_rdev != makedev(1, 3)) return;
    ::dup2(null.get(), stream);
  }
}

Failure ExecuteProgram(const Launch& launch) {
  const ProcessConfig& process = launch.process;
  const std::vector<std::string> environment = Environment(launch);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const std::vector<char*> arguments = Pointers(process.arguments);
  auto user = BecomeUser(process);
  if (!user) return user.error();
  ::umask(process.umask.value_or(kDefaultUmask));
  auto limited = SetLimits(process.rlimits);
  if (!limited) return limited.error();
  ::syscall(SYS_close_range, 3U + launch.preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC);
  if (launch.announce_fd >= 0 && ::write(launch.announce_fd, &kResultExecuting, 1) != 1) {
    return RefuseErrno("report").error();
  }
  auto sealed = SealPrivileges(process, launch.seccomp);
  if (!sealed) return sealed.error();
  ::execve(launch.path.c_str(), arguments.data(), environment_pointers.data());
  const int code = errno;
  return Failure(FailureKind::kSystem, "/process/args/0: exec: \"" + process.arguments.front() +
                                           "\": " + std::strerror(code));
}

}  // namespace reapcheck
