#include "conformance/payload/endless_write.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace payload {
namespace {

constexpr int kNotAllowed = 121;  // an exit code that no case uses

int g_pipe[2];
void* g_page = nullptr;

// A userfaultfd(2) that is told of each look at the page, and never answers; -1 when it may not be.
int WatchPage() {
  constexpr size_t kPage = 4096;
  const int faults = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
  uffdio_api api = {};
  api.api = UFFD_API;
  g_page = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uffdio_register wanted = {};
  wanted.range = {reinterpret_cast<unsigned long>(g_page), kPage};
  wanted.mode = UFFDIO_REGISTER_MODE_MISSING;
  const bool is_watched = ioctl(faults, UFFDIO_API, &api) == 0 &&
                          ioctl(faults, UFFDIO_REGISTER, &wanted) == 0;
  return is_watched ? faults : -1;
}

}  // namespace

void BeginEndlessWrite() {
  const int faults = WatchPage();
  if (faults < 0 || pipe(g_pipe) != 0) _exit(kNotAllowed);
  pthread_t thread;
  pthread_create(&thread, nullptr, [](void*) -> void* {
    const ssize_t written = write(g_pipe[1], g_page, 1);
    _exit(written < 0 ? kNotAllowed : 0);  // it has not waited
  }, nullptr);
  // Told once the thread waits.
  pollfd told = {faults, POLLIN, 0};
  while (poll(&told, 1, -1) != 1) {
  }
}

}  // namespace payload
