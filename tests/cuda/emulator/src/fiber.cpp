#include "fiber.h"

#include <boost/context/protected_fixedsize_stack.hpp>

#include "sanitizer.h"

namespace luqsim::emulator {
namespace {

// The sanitizer surrounds every local array with padding.
constexpr std::size_t stack_size = (address_sanitizer ? 256 : 64) * std::size_t{1024};

}  // namespace

Fiber::Fiber() {
  boost::context::protected_fixedsize_stack allocator(stack_size);
  const boost::context::stack_context stack = allocator.allocate();
  stack_bottom_ = static_cast<char*>(stack.sp) - stack.size;
  stack_size_ = stack.size;
  context_ = boost::context::fiber(
      std::allocator_arg, boost::context::preallocated(stack.sp, stack.size, stack), allocator,
      [this](boost::context::fiber&& caller) -> boost::context::fiber { run_jobs(std::move(caller)); });
}

void Fiber::run_jobs(boost::context::fiber&& caller) {
  enter_stack(nullptr, &caller_bottom_, &caller_size_);
  caller_ = std::move(caller);
  for (;;) {
    job_(argument_);
    suspend();
  }
}

void Fiber::resume() {
  leave_stack(&caller_record_, stack_bottom_, stack_size_);
  context_ = std::move(context_).resume();
  enter_stack(caller_record_, nullptr, nullptr);
}

void Fiber::suspend() {
  leave_stack(&own_record_, caller_bottom_, caller_size_);
  caller_ = std::move(caller_).resume();
  enter_stack(own_record_, &caller_bottom_, &caller_size_);
}

Fiber* FiberPool::take() {
  if (idle_.empty()) {
    all_.push_back(std::make_unique<Fiber>());
    return all_.back().get();
  }
  Fiber* fiber = idle_.back();
  idle_.pop_back();
  return fiber;
}

}  // namespace luqsim::emulator
