#include "conformance/inject/injector.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <new>
#include <sstream>
#include <utility>

namespace reapcheck::inject {

Injector::Injector(Places places, Injection injection)
    : places_(std::move(places)),
      injection_(std::move(injection)),
      release_(eventfd(0, EFD_CLOEXEC)) {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Zeroes are what its members begin with; to construct it would touch all of its pages.
  shared_ = static_cast<Shared*>(memory);
}

Injector::~Injector() {
  Release();
  close(release_);
  munmap(shared_, sizeof(Shared));
}

void Injector::Release() { eventfd_write(release_, 1); }

pid_t Injector::Supervise(pid_t runtime, int barrier) {
  const pid_t caller = getpid();
  const pid_t supervisor = fork();
  if (supervisor != 0) return supervisor;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != caller) _exit(1);
  Trace({.runtime = runtime,
         .barrier = barrier,
         .places = places_,
         .injection = injection_,
         .shared = shared_,
         .release = release_});
  _exit(0);
}

std::vector<SeenCall> Injector::Seen() const {
  std::istringstream lines(std::string(shared_->text, shared_->used));
  std::vector<SeenCall> seen;
  for (std::string line; std::getline(lines, line);) {
    SeenCall call;
    std::istringstream fields(line);
    std::string occurrence, effect;
    std::getline(fields, occurrence, '\t');
    std::getline(fields, effect, '\t');
    std::getline(fields, call.call, '\t');
    std::getline(fields, call.path);
    call.occurrence = std::stoi("0" + occurrence);
    call.is_effect = effect == "1";
    seen.push_back(std::move(call));
  }
  return seen;
}

}  // namespace reapcheck::inject
