// A stack of its own for every thread of a block that is under way.
#pragma once
#include <memory>
#include <vector>

#include <boost/context/fiber.hpp>

namespace luqsim::emulator {

// Runs jobs one after the other; a job may stop in the middle. Made once and used again and again.
class Fiber {
 public:
  using Job = void (*)(void* argument);

  Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber() = default;

  // The next resume() starts the job. Only for a fiber whose last job has ended. A job must not let an exception out.
  void assign(Job job, void* argument) {
    job_ = job;
    argument_ = argument;
  }
  // Runs the job until it ends or calls suspend().
  void resume();
  // Inside the job: back to the caller of resume().
  void suspend();

 private:
  [[noreturn]] void run_jobs(boost::context::fiber&& caller);

  Job job_ = nullptr;
  void* argument_ = nullptr;
  boost::context::fiber context_, caller_;
  const void* stack_bottom_ = nullptr;
  std::size_t stack_size_ = 0;
  // AddressSanitizer's record of the stack that is left.
  void* caller_record_ = nullptr;
  void* own_record_ = nullptr;
  const void* caller_bottom_ = nullptr;
  std::size_t caller_size_ = 0;
};

// Fibers at rest. They live as long as the process, and are not unwound at its end.
class FiberPool {
 public:
  Fiber* take();
  void give_back(Fiber* fiber) { idle_.push_back(fiber); }

 private:
  std::vector<Fiber*> idle_;
  std::vector<std::unique_ptr<Fiber>> all_;
};

}  // namespace luqsim::emulator
