// Built without MPI.
#include <cstdlib>

#include "luqsim/sweep/ranks.h"
#include "luqsim/sweep/sweep.h"

#include "task.h"
#include "worker_pool.h"

namespace luqsim::sweep {

struct Ranks::Impl {};

Ranks::Ranks() {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    const char* size = std::getenv(variable);
    if (size != nullptr && std::atoi(size) > 1)
      throw SweepError(std::string("this luqsim has no MPI, and a launcher started ") + size +
                       " of it; wanted one process, or a build with -DLUQSIM_MPI=ON");
  }
}

Ranks::~Ranks() = default;

bool Ranks::is_first() const { return true; }

void Ranks::serve(const std::vector<std::string>&, unsigned) {}

void Ranks::run(std::size_t tasks, const std::function<Task(std::size_t)>& task, WorkerPool& pool,
                const std::function<void(const Outcome&)>& done, const std::function<bool()>& interrupted) {
  std::size_t next = 0;
  while ((next < tasks || pool.running() > 0) && !interrupted()) {
    while (next < tasks && pool.has_idle()) pool.start(task(next++));
    for (const Outcome& outcome : pool.wait(interrupt_poll_ms)) done(outcome);
  }
}

}  // namespace luqsim::sweep
