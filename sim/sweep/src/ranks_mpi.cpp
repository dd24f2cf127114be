// Built with MPI. Every message of a rank to the first is an outcome, or empty: room for a task, or its farewell, with
// what was wrong if it goes before it is sent home. Every message of the first is a task, or empty: go home.
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <list>
#include <set>

#include <boost/mpi.hpp>
#include <fmt/format.h>

#include "luqsim/sweep/ranks.h"
#include "luqsim/sweep/sweep.h"

#include "task.h"
#include "worker_pool.h"

namespace luqsim::sweep {
namespace {

namespace mpi = boost::mpi;

constexpr int task_tag = 1, outcome_tag = 2, farewell_tag = 3;
constexpr int poll_ms = 2;  // between looks at the messages

bool has_launcher() {
  return std::ranges::any_of(std::to_array({"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"}),
                             [](const char* variable) { return std::getenv(variable) != nullptr; });
}

}  // namespace

struct Ranks::Impl {
  mpi::environment environment{false};  // exceptions are ours to handle
  mpi::communicator world;
  std::list<mpi::request> sending;
  std::deque<int> room;  // ranks that can take a task, once for each
  std::set<int> gone;

  // Never waits: a rank may be waiting for us to take its outcome.
  void send(int rank, const std::string& text) {
    sending.push_back(world.isend(rank, task_tag, text));
    std::erase_if(sending, [](mpi::request& request) { return request.test().has_value(); });
  }

  void serve(const std::vector<std::string>& worker, unsigned jobs) const {
    WorkerPool pool(worker, jobs);
    std::deque<Task> waiting;
    // One more than it runs: no worker waits for the way of a message.
    for (unsigned i = 0; i <= jobs; ++i) world.send(0, outcome_tag, std::string());
    for (;;) {
      if (world.iprobe(0, task_tag)) {
        std::string text;
        world.recv(0, task_tag, text);
        if (text.empty()) return;
        waiting.push_back(task_of(text));
      }
      while (!waiting.empty() && pool.has_idle()) {
        pool.start(waiting.front());
        waiting.pop_front();
      }
      for (const Outcome& outcome : pool.wait(poll_ms)) world.send(0, outcome_tag, to_text(outcome));
    }
  }

  // Takes the messages that have arrived; returns how many were outcomes. Where one was a farewell, throws SweepError
  // after all of them: what ranks sent before they left counts.
  std::size_t take_messages(const std::function<void(const Outcome&)>& done) {
    std::size_t outcomes = 0;
    std::string left;
    while (const auto status = world.iprobe(mpi::any_source, mpi::any_tag)) {
      std::string text;
      world.recv(status->source(), status->tag(), text);
      if (status->tag() == farewell_tag) {
        gone.insert(status->source());
        left = fmt::format("rank {} of the launcher: {}", status->source(), text);
        continue;
      }
      room.push_back(status->source());
      if (text.empty()) continue;
      ++outcomes;
      done(outcome_of(text));
    }
    if (!left.empty()) throw SweepError(left);
    return outcomes;
  }

  void send_home() {
    for (int rank = 1; rank < world.size(); ++rank)
      if (!gone.contains(rank)) send(rank, "");
    while (gone.size() + 1 < static_cast<std::size_t>(world.size())) {
      std::string text;
      const mpi::status status = world.recv(mpi::any_source, mpi::any_tag, text);
      if (status.tag() == farewell_tag) gone.insert(status.source());
    }
    mpi::wait_all(sending.begin(), sending.end());
  }

  ~Impl() {
    if (world.rank() != 0) return;
    try {
      send_home();
    } catch (const std::exception&) {  // without MPI the ranks are their launcher's
    }
  }
};

Ranks::Ranks() : impl_(has_launcher() ? std::make_unique<Impl>() : nullptr) {}
Ranks::~Ranks() = default;

bool Ranks::is_first() const { return !impl_ || impl_->world.rank() == 0; }

void Ranks::serve(const std::vector<std::string>& worker, unsigned jobs) {
  try {
    impl_->serve(worker, jobs);
  } catch (const std::exception& error) {
    impl_->world.send(0, farewell_tag, std::string(error.what()));
    throw;
  }
  impl_->world.send(0, farewell_tag, std::string());
}

void Ranks::run(std::size_t tasks, const std::function<Task(std::size_t)>& task, WorkerPool& pool,
                const std::function<void(const Outcome&)>& done, const std::function<bool()>& interrupted) {
  const bool alone = !impl_ || impl_->world.size() == 1;
  std::size_t next = 0, away = 0;
  while ((next < tasks || pool.running() > 0 || away > 0) && !interrupted()) {
    while (next < tasks && pool.has_idle()) pool.start(task(next++));
    for (const Outcome& outcome : pool.wait(alone ? interrupt_poll_ms : poll_ms)) done(outcome);
    if (alone) continue;
    away -= impl_->take_messages(done);
    while (next < tasks && !impl_->room.empty()) {
      impl_->send(impl_->room.front(), to_text(task(next++)));
      impl_->room.pop_front();
      ++away;
    }
  }
}

}  // namespace luqsim::sweep
