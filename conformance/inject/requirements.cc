#include "conformance/inject/requirements.h"

#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "conformance/inject/watched_call.h"

namespace reapcheck::inject {
namespace {

bool CanFilter() {
  const pid_t child = fork();
  if (child == 0) _exit(CallFilter().Install() ? 0 : 1);
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

// errno of what kept it from tracing a child; 0: nothing.
int TryTracing() {
  const pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) {
    for (;;) pause();
  }
  const int error = ptrace(PTRACE_SEIZE, child, nullptr, nullptr) == 0 ? 0 : errno;
  kill(child, SIGKILL);
  waitpid(child, nullptr, __WALL);
  return error;
}

}  // namespace

std::string MissingOnThisMachine() {
  if (!CanFilter()) return "this machine refuses seccomp filters, and calls can not be stopped";
  const int error = TryTracing();
  if (error == 0) return "";
  return std::string("this machine refuses ptrace: ") + strerror(error);
}

std::string WhyNotTraceable(const std::string& binary) {
  std::ifstream file(binary, std::ios::binary);
  Elf64_Ehdr header{};
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  const std::string begin(reinterpret_cast<const char*>(header.e_ident), SELFMAG);
  if (file.gcount() >= 2 && begin.starts_with("#!")) {
    return binary + ": is a script: give the program that it calls, whose calls are to fail";
  }
  if (file.gcount() < static_cast<std::streamsize>(sizeof header) || begin != ELFMAG) {
    return binary + ": is no program of this system (ELF)";
  }
  const bool is_ours =
      header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_machine == EM_X86_64;
  return is_ours ? "" : binary + ": is a program for another machine than x86-64";
}

}  // namespace reapcheck::inject
