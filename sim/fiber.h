// A function on a stack of its own that can be left in the middle and entered again later.
//
// The switch is Boost.Context's fcontext: some twenty instructions, no signal mask. Whoever makes a
// Fiber owns it; it borrows its stack from a StackPool, which must outlive it. One thread. No
// exception may cross Resume or Yield.
#ifndef REAPCHECK_SIM_FIBER_H_
#define REAPCHECK_SIM_FIBER_H_

#include <cstddef>
#include <vector>

namespace reapcheck::sim {

// Stacks of one size, each with a page below it that must not be touched, used again and again.
class StackPool {
 public:
  static constexpr std::size_t kStackSize = 256 * 1024;

  StackPool() = default;
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;
  ~StackPool();

  // The lowest usable address. Ends the program when there is no memory.
  std::byte* Take();
  void GiveBack(std::byte* stack) { free_.push_back(stack); }

 private:
  std::vector<std::byte*> free_;
  std::vector<std::byte*> all_;
};

class Fiber {
 public:
  using Body = void (*)(void* argument);

  // Nothing runs before the first Resume.
  Fiber(StackPool& stacks, Body body, void* argument);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  // Lets a body that is under way come to its end: is_dropped() is true from here on, Yield
  // returns at once, and the body is expected to return, so that its destructors run.
  ~Fiber();

  // From outside: runs the body up to its next Yield or its end.
  void Resume();
  // From inside the body: back to whoever called Resume.
  void Yield();

  bool is_over() const { return is_over_; }
  bool is_dropped() const { return is_dropped_; }

 private:
  friend class StackPool;  // clears what Switch knows of its stacks
  struct Switch;           // what the context library and the sanitizers need to know

  StackPool& stacks_;
  std::byte* const stack_;
  const Body body_;
  void* const argument_;
  void* inside_ = nullptr;   // where the body goes on
  void* outside_ = nullptr;  // where Resume goes on
  void* watched_inside_ = nullptr;   // what a sanitizer calls them
  void* watched_outside_ = nullptr;
  bool is_started_ = false;
  bool is_over_ = false;
  bool is_dropped_ = false;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_FIBER_H_
