#include "runtime/container_lab.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/sync_message.h"

namespace reapcheck {
namespace {

constexpr int kMaxWaitMilliseconds = 5000;

// --- The program in the container: the same binary, without main. ---

void ReportDescriptors(FILE* out) {
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return;
  std::string numbers;
  while (const dirent* entry = ::readdir(directory)) {
    const int number = std::atoi(entry->d_name);
    const bool own = number == ::dirfd(directory) || number == ::fileno(out);
    if (entry->d_name[0] == '.' || own) continue;
    numbers += (numbers.empty() ? "" : ",") + std::to_string(number);
  }
  ::closedir(directory);
  std::fprintf(out, "fds %s\n", numbers.c_str());
}

void ReportStatus(FILE* out) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("Cap") || line.starts_with("NoNewPrivs") || line.starts_with("Groups") ||
        line.starts_with("Seccomp:")) {
      std::ranges::replace(line, ':', ' ');
      std::fprintf(out, "%s\n", line.c_str());
    }
  }
}

int Report(const char* path) {
  FILE* out = std::fopen(path, "w");
  if (out == nullptr) return 99;
  char text[4096];
  std::fprintf(out, "cwd %s\n", ::getcwd(text, sizeof text));
  ::gethostname(text, sizeof text);
  std::fprintf(out, "hostname %s\n", text);
  std::fprintf(out, "ids %d %d\n", ::getuid(), ::getgid());
  const char* home = std::getenv("HOME");
  std::fprintf(out, "home %s\n", home == nullptr ? "none" : home);
  std::fprintf(out, "pid %d\n", ::getpid());
  std::fprintf(out, "umask %o\n", ::umask(0));
  std::fprintf(out, "tty %s\n", ::isatty(0) != 0 ? ::ttyname(0) : "none");
  std::string shmmax;
  std::getline(std::ifstream("/proc/sys/kernel/shmmax"), shmmax);
  std::fprintf(out, "shmmax %s\n", shmmax.c_str());
  ReportDescriptors(out);
  ReportStatus(out);
  std::fclose(out);
  return kReportExitCode;
}

int CountExisting(char** paths) {
  int count = 0;
  for (; *paths != nullptr; ++paths) count += ::access(*paths, F_OK) == 0 ? 1 : 0;
  return count;
}

__attribute__((constructor)) void ActAsPayload(int count, char** arguments, char**) {
  if (count < 2 || std::strcmp(arguments[0], kPayload) != 0) return;
  const std::string act = arguments[1];
  if (act == "report") ::_exit(Report(count > 2 ? arguments[2] : "/report"));
  if (act == "exists") ::_exit(CountExisting(arguments + 2));
  if (act == "sleep") {
    for (;;) ::pause();
  }
  ::_exit(98);
}

// --- The lab. ---

// Once for the process: what is mounted afterwards is nobody else's.
void EnterPrivateMounts() {
  static bool done = false;
  if (done) return;
  done = ::unshare(CLONE_NEWNS) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (!done) std::perror("private mount namespace");
}

MountEntry Entry(const char* destination, const char* type, std::uint64_t flags, const char* data) {
  return {.destination = destination, .type = type, .source = type, .flags = flags, .data = data};
}

}  // namespace

ContainerLab::ContainerLab() {
  EnterPrivateMounts();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::signal(SIGPIPE, SIG_IGN);
  char name[] = "/tmp/reapcheck-lab.XXXXXX";
  directory_ = ::mkdtemp(name);
  if (::mount("tmpfs", name, "tmpfs", 0, "mode=755") != 0) std::perror("mount tmpfs");
  for (const char* made : {"/bundle", "/bundle/rootfs", "/outside"}) {
    ::mkdir((directory_ + made).c_str(), 0755);
  }
  std::filesystem::copy_file("/proc/self/exe", rootfs() + kPayload);
  container_kernel.MkfifoAt(kCwd, directory_ + "/gate", 0600).value();
  container_kernel.MkfifoAt(kCwd, directory_ + "/result", 0600).value();
  gate_ = kernel.OpenAt(kCwd, directory_ + "/gate", O_RDWR, 0).value();
  result_ = kernel.OpenAt(kCwd, directory_ + "/result", O_RDWR, 0).value();
  request = {.id = "lab",
             .bundle = directory_ + "/bundle",
             .oci_state = R"({"id":"lab","pid":1,"status":"creating"})",
             .gate = gate_.get(),
             .result = result_.get()};
}

ContainerLab::~ContainerLab() {
  CloseSync();
  if (pid_.value > 0) {
    ::kill(pid_.value, SIGKILL);
    WaitForEnd();
  }
  gate_.Reset();
  result_.Reset();
  ::umount2(directory_.c_str(), MNT_DETACH);
  ::rmdir(directory_.c_str());
}

std::string ContainerLab::WhyNot() {
  if (::geteuid() != 0) return "needs root";
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(CLONE_NEWNS) == 0 ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? "" : "no mount namespace can be made here";
}

OciConfig ContainerLab::BasicConfig() const {
  OciConfig config;
  config.root_path = "rootfs";
  config.hostname = "inside";
  using enum NamespaceType;
  for (NamespaceType type : {kPid, kMount, kUts, kIpc, kNetwork, kCgroup}) {
    config.namespaces.push_back({.type = type});
  }
  const std::uint64_t plain = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  config.mounts = {Entry("/proc", "proc", plain, ""),
                   Entry("/dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"),
                   Entry("/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
                         "newinstance,ptmxmode=0666,mode=0620")};
  config.process = ProcessConfig{.arguments = {kPayload, "report"}, .environment = {"PATH=/"}};
  return config;
}

std::string ContainerLab::Read(const std::string& path) const {
  std::ifstream file(rootfs() + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Outcome<void> ContainerLab::Clone(const OciConfig& config) {
  request.config = &config;
  auto child = container_kernel.CloneInit(request);
  if (!child) return Forward(std::move(child));
  pid_ = child->pid;
  sync_ = std::move(child->sync);
  return {};
}

Outcome<void> ContainerLab::Tell(std::string_view message) {
  return TellChild(kernel, sync_.get(), message);
}

Outcome<void> ContainerLab::Expect(std::string_view message) {
  return ExpectFromChild(kernel, sync_.get(), message);
}

Outcome<void> ContainerLab::BringToReady(const OciConfig& config) {
  auto done = Clone(config);
  return done ? GoToReady() : done;
}

Outcome<void> ContainerLab::GoToReady() {
  auto done = Tell(kSyncGo);
  if (done) done = Expect(kSyncMounted);
  if (done) done = Tell(kSyncPivot);
  if (done) done = Expect(kSyncReady);
  return done;
}

void ContainerLab::WriteIdMaps(const std::string& map) {
  for (const char* name : {"/uid_map", "/gid_map"}) {
    std::ofstream("/proc/" + std::to_string(pid_.value) + name) << map;
  }
}

Outcome<void> ContainerLab::BringToGate() {
  auto done = Tell(kSyncDetach);
  if (done) done = Expect(kSyncDetached);
  CloseSync();
  return done;
}

std::string ContainerLab::OpenGate() {
  // The lab's own descriptor would keep the fifo from hanging up.
  const OwnedFd reader =
      kernel.OpenAt(kCwd, directory_ + "/result", O_RDONLY | O_NONBLOCK, 0).value();
  result_.Reset();
  kernel.Write(gate_.get(), "g").value();
  std::string text;
  for (;;) {
    PollRequest readable{.fd = reader.get(), .events = POLLIN};
    const auto ready =
        kernel.Poll({&readable, 1}, std::chrono::milliseconds(kMaxWaitMilliseconds));
    if (!ready || *ready == 0) return text + " (no end)";
    char buffer[4096];
    const auto length = kernel.Read(reader.get(), buffer);
    if (length && *length > 0) {
      text.append(buffer, *length);
    } else {
      return text;
    }
  }
}

int ContainerLab::WaitForEnd() {
  const int code = WaitForExitCode(kernel, pid_);
  if (code >= 0) pid_ = {};
  return code;
}

Outcome<int> ContainerLab::Run(const OciConfig& config) {
  auto done = BringToReady(config);
  if (done) done = BringToGate();
  if (!done) return Forward(std::move(done));
  const std::string result = OpenGate();
  const std::size_t error = result.find(kResultError);
  if (error != std::string::npos) {
    return std::unexpected(ParseChildFailure(std::string_view(result).substr(error + 1)));
  }
  return WaitForEnd();
}

int WaitForExitCode(Kernel& kernel, Pid pid) {
  for (int waited = 0; waited < kMaxWaitMilliseconds; ++waited) {
    const auto status = kernel.Waitid(pid, /*block=*/false);
    if (!status) return -1;
    if (*status) return (*status)->code == CLD_EXITED ? (*status)->status : 128 + (*status)->status;
    ::usleep(1000);
  }
  return -1;
}

std::string Reported(const std::string& report, std::string_view key) {
  const std::string start = std::string(key) + " ";
  const std::size_t at = report.starts_with(start) ? 0 : report.find("\n" + start) + 1;
  if (at == 0 && !report.starts_with(start)) return "";
  const std::size_t value = report.find_first_not_of(" \t", at + start.size());
  return report.substr(value, report.find('\n', value) - value);
}

std::string Text(const Outcome<int>& outcome) {
  return outcome ? "exit code " + std::to_string(*outcome) : outcome.error().text;
}

std::string Text(const Outcome<void>& outcome) { return outcome ? "" : outcome.error().text; }

}  // namespace reapcheck
