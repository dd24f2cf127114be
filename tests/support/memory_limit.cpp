#include "memory_limit.h"

#include <fstream>

#include <unistd.h>

namespace luqsim::test {

MemoryLimit::MemoryLimit(std::size_t more) {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  getrlimit(RLIMIT_AS, &before_);
  const rlimit limit{pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more, before_.rlim_max};
  setrlimit(RLIMIT_AS, &limit);
}

MemoryLimit::~MemoryLimit() { setrlimit(RLIMIT_AS, &before_); }

}  // namespace luqsim::test
