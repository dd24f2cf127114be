// Worker processes that simulate points; one that ends takes only its running point with it.
#pragma once
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "frame.h"
#include "task.h"

namespace luqsim::sweep {

// The longest wait where only workers can end it: a Ctrl-C may come just before.
constexpr int interrupt_poll_ms = 100;

class WorkerPool {
 public:
  WorkerPool(std::vector<std::string> command, unsigned workers);
  ~WorkerPool();  // kills what runs
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  bool has_idle() const { return running() < limit_; }
  std::size_t running() const;
  // To an idle worker, which starts if there is none yet. Throws std::system_error when no process can be started.
  void start(const Task& task);
  // Waits for outcomes, at most so long.
  std::vector<Outcome> wait(int milliseconds);

 private:
  struct Worker {
    pid_t process = 0;
    int socket = -1;
    FrameBuffer arrived;
    std::optional<std::uint64_t> point;  // that it runs
    unsigned points = 0;                 // that it was given
  };

  Worker& idle_worker();
  std::string end(Worker& worker);  // how it ended: "was ended by signal 9"

  std::vector<std::string> command_;
  unsigned limit_;
  std::list<Worker> workers_;
};

}  // namespace luqsim::sweep
