// The program of every container and of every hook: does the words of its command line, one after
// the other. README.md has the table of words. Static, without the C++ library's streams.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conformance/payload/endless_write.h"
#include "conformance/payload/text.h"

extern char** environ;

namespace payload {
namespace {

const char* g_name = "payload";
const char* g_share = "/lab";
int g_signals_fd = -1;  // where `trap` notes signals
int g_argc = 0;
char** g_argv = nullptr;
Text g_text;  // one record at a time

struct Path {
  char bytes[1024];
};

Path InShare(const char* name) {
  Path path;
  snprintf(path.bytes, sizeof path.bytes, name[0] == '/' ? "%s%s" : "%s/%s",
           name[0] == '/' ? "" : g_share, name);
  return path;
}

Path OwnFile(const char* suffix) {
  Path name;
  snprintf(name.bytes, sizeof name.bytes, "%s.%s", g_name, suffix);
  return InShare(name.bytes);
}

void NapMilliseconds(long milliseconds) {
  timespec left = {milliseconds / 1000, (milliseconds % 1000) * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

[[noreturn]] void SleepForever() {
  while (true) pause();
}

int SignalNumber(const char* text) {
  struct Name {
    const char* name;
    int number;
  };
  static const Name kNames[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT},
                                {"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
                                {"TERM", SIGTERM}, {"STOP", SIGSTOP}, {"CONT", SIGCONT},
                                {"CHLD", SIGCHLD}};
  for (const Name& name : kNames) {
    if (strcmp(name.name, text) == 0) return name.number;
  }
  return atoi(text);
}

// --- Readiness and signals ---

void Ready(char**) {
  char pid[32];
  int size = snprintf(pid, sizeof pid, "%d\n", getpid());
  WriteFile(OwnFile("ready").bytes, pid, static_cast<size_t>(size), false);
}

void NoteSignal(int number) {
  char line[8];
  int size = 0;
  if (number >= 10) line[size++] = static_cast<char>('0' + number / 10);
  line[size++] = static_cast<char>('0' + number % 10);
  line[size++] = '\n';
  ssize_t written = write(g_signals_fd, line, static_cast<size_t>(size));
  (void)written;
}

void Trap(char**) {
  g_signals_fd = open(OwnFile("signals").bytes, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  struct sigaction action = {};
  action.sa_handler = NoteSignal;
  sigfillset(&action.sa_mask);  // one note at a time, in order
  for (int number = 1; number <= 64; ++number) sigaction(number, &action, nullptr);
}

void Ignore(char** words) { signal(SignalNumber(words[0]), SIG_IGN); }
void QuitOn(char** words) {
  signal(SignalNumber(words[0]), [](int) { _exit(0); });
}
void Raise(char** words) { raise(SignalNumber(words[0])); }

// --- Ends and waits ---

void WaitForFile(const char* name) {
  Path path = InShare(name);
  while (!FileExists(path.bytes)) NapMilliseconds(1);
}

void Sleep(char** words) {
  Ready(words);
  SleepForever();
}
void Exit(char** words) { _exit(atoi(words[0])); }
void ExitWhen(char** words) {
  Ready(words);
  WaitForFile(words[0]);
  _exit(atoi(words[1]));
}
void Wait(char** words) { WaitForFile(words[0]); }
void Touch(char** words) { WriteFile(InShare(words[0]).bytes, "", 0, true); }
void Nap(char** words) { NapMilliseconds(atol(words[0])); }

// --- Processes and threads ---

void Fork(char** words) {
  for (int i = atoi(words[0]); i > 0; --i) {
    if (fork() == 0) SleepForever();
  }
}

void Detach(char** words) {
  for (int i = atoi(words[0]); i > 0; --i) {
    pid_t child = fork();
    if (child == 0) {
      setsid();
      if (fork() != 0) _exit(0);
      SleepForever();
    }
    waitpid(child, nullptr, 0);
  }
}

// Each member lives a moment, forks its successor and exits: whoever lists pids is always late.
// It ends by itself after longer than any case waits for its end: where nobody kills it and the
// zombies are reaped too slowly, it would take all pids of the machine.
void Storm(char** words) {
  constexpr time_t kLongestStorm = 10;  // seconds
  const time_t end = time(nullptr) + kLongestStorm;
  signal(SIGCHLD, SIG_IGN);
  for (int i = atoi(words[0]); i > 0; --i) {
    if (fork() != 0) continue;
    while (true) {
      NapMilliseconds(1);
      if (time(nullptr) > end || fork() > 0) _exit(0);
    }
  }
  Ready(words);
  SleepForever();
}

void Threads(char** words) {
  for (int i = atoi(words[0]); i > 0; --i) {
    pthread_t thread;
    pthread_create(&thread, nullptr, [](void*) -> void* { SleepForever(); }, nullptr);
  }
}

void Zombies(char** words) {
  for (int i = atoi(words[0]); i > 0; --i) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    siginfo_t info;
    waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  }
}

void Hold(char** words) {
  if (fork() == 0) {
    NapMilliseconds(atol(words[0]));
    _exit(0);
  }
}

void Restless(char** words) {
  BeginEndlessWrite();
  Sleep(words);
}

// --- Cgroups ---

void Join(char** words) {
  Path procs;
  snprintf(procs.bytes, sizeof procs.bytes, "%s/cgroup.procs", words[0]);
  WriteFile(procs.bytes, "0", 1, true);
}

void Nest(char** words) {
  Path dir;
  snprintf(dir.bytes, sizeof dir.bytes, "%s", words[0]);
  for (int i = atoi(words[1]); i > 0; --i) {
    size_t size = strlen(dir.bytes);
    snprintf(dir.bytes + size, sizeof dir.bytes - size, "/n1");
    mkdir(dir.bytes, 0755);
    if (fork() == 0) {
      char* into[] = {dir.bytes};
      Join(into);
      SleepForever();
    }
  }
}

// --- Reports ---

void AddList(const char* name, char** items, int count) {
  g_text.Add(",\"");
  g_text.Add(name);
  g_text.Add("\":[");
  for (int i = 0; i < count; ++i) {
    if (i > 0) g_text.Add(",");
    g_text.AddQuoted(items[i]);
  }
  g_text.Add("]");
}

void AddEnvironment() {
  int count = 0;
  while (environ[count] != nullptr) ++count;
  AddList("environ", environ, count);
}

void AddCwd() {
  char cwd[1024];
  g_text.Add(",\"cwd\":");
  g_text.AddQuoted(getcwd(cwd, sizeof cwd) != nullptr ? cwd : "");
}

void AddNamespaces() {
  static const char* const kTypes[] = {"pid", "mnt", "net", "ipc", "uts", "user", "cgroup"};
  g_text.Add(",\"namespaces\":{");
  for (const char* type : kTypes) {
    char path[64], target[128];
    snprintf(path, sizeof path, "/proc/self/ns/%s", type);
    ssize_t size = readlink(path, target, sizeof target);
    if (type != kTypes[0]) g_text.Add(",");
    g_text.AddQuoted(type);
    g_text.Add(":");
    g_text.AddQuoted(target, size > 0 ? static_cast<size_t>(size) : 0);
  }
  g_text.Add("}");
}

void AddDescriptors() {
  g_text.Add(",\"fds\":[");
  DIR* listing = opendir("/proc/self/fd");
  bool first = true;
  while (dirent* entry = listing != nullptr ? readdir(listing) : nullptr) {
    int fd = atoi(entry->d_name);
    if (entry->d_name[0] == '.' || fd == dirfd(listing)) continue;
    char path[64], target[1024];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(path, target, sizeof target);
    g_text.Add(first ? "{\"fd\":" : ",{\"fd\":");
    g_text.AddNumber(fd);
    g_text.Add(",\"target\":");
    g_text.AddQuoted(target, size > 0 ? static_cast<size_t>(size) : 0);
    g_text.Add("}");
    first = false;
  }
  g_text.Add("]");
}

const char* TryToWriteOwnBinary() {
  int fd = open("/proc/self/exe", O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    close(fd);
    return "ok";
  }
  switch (errno) {
    case ETXTBSY:
      return "ETXTBSY";
    case EACCES:
      return "EACCES";
    case EROFS:
      return "EROFS";
    case ENOENT:
      return "ENOENT";
    default:
      return strerror(errno);
  }
}

void Report(char** words) {
  g_text.size = 0;
  g_text.Add("{\"pid\":");
  g_text.AddNumber(getpid());
  g_text.Add(",\"uid\":");
  g_text.AddNumber(getuid());
  AddCwd();
  AddList("argv", g_argv, g_argc);
  AddEnvironment();
  AddDescriptors();
  AddNamespaces();
  g_text.Add(",\"exe_write\":");
  g_text.AddQuoted(TryToWriteOwnBinary());
  g_text.Add("}\n");
  // Renamed into place: who sees the file sees all of it.
  Path path = InShare(words[0]), temporary = path;
  strncat(temporary.bytes, ".part", sizeof temporary.bytes - strlen(temporary.bytes) - 1);
  WriteFile(temporary.bytes, g_text.bytes, g_text.size, false);
  rename(temporary.bytes, path.bytes);
}

// The number after "pid": in the state; 0 when there is none.
pid_t PidInState(const char* state) {
  const char* found = strstr(state, "\"pid\"");
  if (found == nullptr) return 0;
  found += strlen("\"pid\"");
  while (*found == ':' || *found == ' ' || *found == '\t' || *found == '\n') ++found;
  return static_cast<pid_t>(atol(found));
}

bool Lives(pid_t pid) {
  char path[64], stat[512];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  size_t size = ReadFile(path, stat, sizeof stat - 1);
  stat[size] = '\0';
  const char* close = strrchr(stat, ')');
  return pid > 0 && size > 0 && close != nullptr && close[1] == ' ' && close[2] != 'Z' &&
         close[2] != 'X';
}

void Hook(char** words) {
  static char state[kTextSize / 4];
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  size_t size = ReadAll(0, state, sizeof state - 1);
  state[size] = '\0';
  g_text.size = 0;
  g_text.Add("{\"kind\":");
  g_text.AddQuoted(words[0]);
  g_text.Add(",\"name\":");
  g_text.AddQuoted(words[1]);
  g_text.Add(",\"pid\":");
  g_text.AddNumber(getpid());
  g_text.Add(",\"when_us\":");
  g_text.AddNumber(now.tv_sec * 1000000LL + now.tv_nsec / 1000);
  g_text.Add(",\"state_pid_alive\":");
  g_text.Add(Lives(PidInState(state)) ? "true" : "false");
  AddCwd();
  AddList("argv", g_argv, g_argc);
  AddEnvironment();
  AddNamespaces();
  g_text.Add(",\"stdin\":");
  g_text.AddQuoted(state, size);
  g_text.Add("}\n");
  WriteFile(InShare("hooks.log").bytes, g_text.bytes, g_text.size, true);
}

void Print(char** words) {
  char block[4096];
  memset(block, 'x', sizeof block);
  for (long left = atol(words[0]); left > 0;) {
    size_t size = left < static_cast<long>(sizeof block) ? static_cast<size_t>(left) : sizeof block;
    ssize_t written = write(1, block, size);
    if (written <= 0) return;
    left -= written;
  }
}

// By access(2), which no injection is at.
void Exists(char** words) {
  const char* text = access(words[1], F_OK) == 0 ? "yes\n" : "no\n";
  WriteFile(InShare(words[0]).bytes, text, strlen(text), false);
}

// call FILE N W1 ... WN: the caller has checked that N words follow.
void Call(char** words) {
  int count = atoi(words[1]);
  Path output = InShare(words[0]);
  strncat(output.bytes, ".out", sizeof output.bytes - strlen(output.bytes) - 1);
  pid_t child = fork();
  if (child == 0) {
    int fd = open(output.bytes, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    dup2(fd, 1);
    dup2(fd, 2);
    words[2 + count] = nullptr;  // in the child's own copy
    execv(words[2], words + 2);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  char text[32];
  int size = snprintf(text, sizeof text, "%d\n",
                      WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  WriteFile(InShare(words[0]).bytes, text, static_cast<size_t>(size), false);
}

void As(char** words) { g_name = words[0]; }
void Share(char** words) { g_share = words[0]; }

struct Word {
  const char* name;
  int arguments;
  void (*run)(char** words);
};

const Word kWords[] = {
    {"as", 1, As},         {"lab", 1, Share},      {"ready", 0, Ready},   {"sleep", 0, Sleep},
    {"trap", 0, Trap},     {"ignore", 1, Ignore},  {"quit-on", 1, QuitOn}, {"raise", 1, Raise},
    {"exit", 1, Exit},     {"exit-when", 2, ExitWhen}, {"wait", 1, Wait}, {"touch", 1, Touch},
    {"nap", 1, Nap},       {"fork", 1, Fork},      {"detach", 1, Detach}, {"storm", 1, Storm},
    {"threads", 1, Threads}, {"zombies", 1, Zombies}, {"hold", 1, Hold},  {"join", 1, Join},
    {"restless", 0, Restless},
    {"nest", 2, Nest},     {"report", 1, Report},  {"hook", 2, Hook},     {"print", 1, Print},
    {"call", 2, Call},       {"exists", 2, Exists},
};

constexpr int kBadWord = 120;  // an exit code that no case uses

// Runs the word at words[0]; how many words it took.
int RunWord(char** words, int left) {
  for (const Word& word : kWords) {
    if (strcmp(word.name, words[0]) != 0) continue;
    int taken = 1 + word.arguments;
    if (word.run == Call && left > 2) taken += atoi(words[2]);
    if (taken > left) break;
    word.run(words + 1);
    return taken;
  }
  fprintf(stderr, "payload: %s: unknown, or arguments are missing\n", words[0]);
  _exit(kBadWord);
}

}  // namespace
}  // namespace payload

int main(int argc, char** argv) {
  payload::g_argc = argc;
  payload::g_argv = argv;
  umask(0);
  for (int at = 1; at < argc;) at += payload::RunWord(argv + at, argc - at);
  _exit(0);
}
