// A bound on the memory of a part of a test.
#pragma once
#include <cstddef>

#include <sys/resource.h>

namespace luqsim::test {

// While it lives, this process may have `more` bytes of address space beyond what it has now: a larger allocation
// throws std::bad_alloc.
class MemoryLimit {
 public:
  explicit MemoryLimit(std::size_t more);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace luqsim::test
