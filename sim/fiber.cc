#include "sim/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstdio>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace reapcheck::sim {
namespace {

namespace context = boost::context::detail;

std::size_t PageSize() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

std::byte* StackPool::Take() {
  if (free_.empty()) {
    void* area = mmap(nullptr, kStackSize + PageSize(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED || mprotect(area, PageSize(), PROT_NONE) != 0) {
      std::fputs("reapcheck: no memory for a fiber's stack\n", stderr);
      std::abort();
    }
    all_.push_back(static_cast<std::byte*>(area) + PageSize());
    free_.push_back(all_.back());
  }
  std::byte* stack = free_.back();
  free_.pop_back();
  return stack;
}

struct Fiber::Switch {
  // AddressSanitizer keeps a shadow of the stack in use and must be told before and after.
#if defined(__SANITIZE_ADDRESS__)
  static inline thread_local const void* outside_stack = nullptr;
  static inline thread_local std::size_t outside_size = 0;
  static void Leave(void** fake, const void* bottom, std::size_t size) {
    __sanitizer_start_switch_fiber(fake, bottom, size);
  }
  static void Arrive(void* fake, const void** bottom, std::size_t* size) {
    __sanitizer_finish_switch_fiber(fake, bottom, size);
  }
  static void Clear(std::byte* stack) { __asan_unpoison_memory_region(stack, kSize); }
#else
  static constexpr const void* outside_stack = nullptr;
  static constexpr std::size_t outside_size = 0;
  static void Leave(void**, const void*, std::size_t) {}
  static void Arrive(void*, const void* const*, const std::size_t*) {}
  static void Clear(std::byte*) {}
#endif
  static constexpr std::size_t kSize = StackPool::kStackSize;

  // ThreadSanitizer takes each fiber for a thread of its own.
#if defined(__SANITIZE_THREAD__)
  static void* Make() { return __tsan_create_fiber(0); }
  static void* Current() { return __tsan_get_current_fiber(); }
  static void Go(void* to) { __tsan_switch_to_fiber(to, 0); }
  static void Forget(void* fiber) { __tsan_destroy_fiber(fiber); }
#else
  static void* Make() { return nullptr; }
  static void* Current() { return nullptr; }
  static void Go(void*) {}
  static void Forget(void*) {}
#endif

  static void Enter(context::transfer_t from) noexcept {
    auto* fiber = static_cast<Fiber*>(from.data);
    Arrive(nullptr, &outside_stack, &outside_size);
    fiber->outside_ = from.fctx;
    fiber->body_(fiber->argument_);
    fiber->is_over_ = true;
    Leave(nullptr, outside_stack, outside_size);
    Go(fiber->watched_outside_);
    context::jump_fcontext(fiber->outside_, nullptr);
    std::abort();  // A fiber that is over is not resumed.
  }
};

StackPool::~StackPool() {
  for (std::byte* stack : all_) {
    // What is mapped there next is no stack, and must not be taken for one.
    Fiber::Switch::Clear(stack);
    munmap(stack - PageSize(), kStackSize + PageSize());
  }
}

Fiber::Fiber(StackPool& stacks, Body body, void* argument)
    : stacks_(stacks), stack_(stacks.Take()), body_(body), argument_(argument) {
  Switch::Clear(stack_);
  watched_inside_ = Switch::Make();
  inside_ = context::make_fcontext(stack_ + Switch::kSize, Switch::kSize, &Switch::Enter);
}

Fiber::~Fiber() {
  is_dropped_ = true;
  if (is_started_ && !is_over_) Resume();
  Switch::Forget(watched_inside_);
  stacks_.GiveBack(stack_);
}

void Fiber::Resume() {
  is_started_ = true;
  void* fake = nullptr;
  Switch::Leave(&fake, stack_, Switch::kSize);
  watched_outside_ = Switch::Current();
  Switch::Go(watched_inside_);
  const context::transfer_t back = context::jump_fcontext(inside_, this);
  Switch::Arrive(fake, nullptr, nullptr);
  inside_ = back.fctx;
}

void Fiber::Yield() {
  if (is_dropped_) return;
  void* fake = nullptr;
  Switch::Leave(&fake, Switch::outside_stack, Switch::outside_size);
  Switch::Go(watched_outside_);
  const context::transfer_t back = context::jump_fcontext(outside_, nullptr);
  Switch::Arrive(fake, &Switch::outside_stack, &Switch::outside_size);
  outside_ = back.fctx;
}

}  // namespace reapcheck::sim
