// Rank 1 of a launcher sends an outcome and leaves, both before the first rank looks, which prints what it then has.
#include <cstdio>
#include <exception>
#include <string>

#include <boost/mpi.hpp>

#include "luqsim/sweep/ranks.h"

#include "task.h"
#include "worker_pool.h"

int main() {
  using namespace luqsim::sweep;
  constexpr int task_tag = 1, outcome_tag = 2, farewell_tag = 3;  // as ranks_mpi.cpp has them
  Ranks ranks;
  const boost::mpi::communicator world;
  if (world.rank() == 1) {
    std::string text;
    world.send(0, outcome_tag, text);
    world.recv(0, task_tag, text);
    world.send(0, outcome_tag, to_text(Outcome{.number = task_of(text).number}));
    world.send(0, farewell_tag, std::string("tired"));
    return 0;
  }
  WorkerPool none({}, 0);
  std::size_t sent = 0, done = 0;
  const auto task = [&](std::size_t i) {
    ++sent;
    return Task{.number = i};
  };
  const auto both_arrived = [&] {
    while (sent > 0 && !world.iprobe(1, farewell_tag)) {
    }
    return false;
  };
  try {
    ranks.run(
        2, task, none, [&](const Outcome&) { ++done; }, both_arrived);
  } catch (const std::exception& error) {
    std::printf("%zu done; %s\n", done, error.what());
  }
}
