// The processes that one sweep runs in: this one, or the ranks of an MPI launcher.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace luqsim::sweep {

struct Task;
struct Outcome;
class WorkerPool;

// Without a launcher (mpirun, srun) or without MPI it is one rank, and starts nothing.
class Ranks {
 public:
  // Throws SweepError under a launcher of several processes when this program has no MPI: each would run the sweep.
  Ranks();
  // The first rank sends the others home, also when an exception is on its way.
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  bool is_first() const;
  // Of a rank that is not the first: runs what it is sent in workers of its own until it is sent home. What it
  // throws the first rank hears of.
  void serve(const std::vector<std::string>& worker, unsigned jobs);
  // Of the first: spreads tasks 0 to tasks - 1 over its own workers and the other ranks, as each has room. Throws
  // SweepError where a rank fails.
  void run(std::size_t tasks, const std::function<Task(std::size_t)>& task, WorkerPool& pool,
           const std::function<void(const Outcome&)>& done, const std::function<bool()>& interrupted);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace luqsim::sweep
