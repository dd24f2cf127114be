#include "worker_pool.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace luqsim::sweep {
namespace {

// SystemC keeps what belongs to a simulation until its process ends; a new process every so often bounds that.
constexpr unsigned points_of_a_process = 200;

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

// A process in a group of its own (the terminal's Ctrl-C is for the sweep) with `socket` as its standard input and
// our standard error as its standard output: what a library prints there must not spoil ours.
pid_t spawn(const std::vector<std::string>& command, int socket) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  check(posix_spawn_file_actions_init(&actions), "worker");
  check(posix_spawnattr_init(&attributes), "worker");
  posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t process = 0;
  const int error = posix_spawn(&process, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  check(error, command[0].c_str());
  return process;
}

}  // namespace

WorkerPool::WorkerPool(std::vector<std::string> command, unsigned workers)
    : command_(std::move(command)), limit_(workers) {}

WorkerPool::~WorkerPool() {
  for (Worker& worker : workers_) {
    ::kill(worker.process, SIGKILL);
    end(worker);
  }
}

std::size_t WorkerPool::running() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(workers_, [](const Worker& worker) { return worker.point.has_value(); }));
}

std::string WorkerPool::end(Worker& worker) {
  ::close(worker.socket);
  int status = 0;
  while (::waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status))
                             : fmt::format("ended with exit status {}", WEXITSTATUS(status));
}

WorkerPool::Worker& WorkerPool::idle_worker() {
  for (auto worker = workers_.begin(); worker != workers_.end();) {
    if (worker->point) {
      ++worker;
    } else if (worker->points < points_of_a_process) {
      return *worker;
    } else {
      end(*worker);
      worker = workers_.erase(worker);
    }
  }
  int pair[2];
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 ? 0 : errno, "socketpair");
  Worker worker;
  worker.socket = pair[0];
  try {
    worker.process = spawn(command_, pair[1]);
  } catch (...) {
    ::close(pair[0]);
    ::close(pair[1]);
    throw;
  }
  ::close(pair[1]);
  return workers_.emplace_back(std::move(worker));
}

void WorkerPool::start(const Task& task) {
  const std::string text = to_text(task);
  for (;;) {
    Worker& worker = idle_worker();
    worker.point = task.number;
    // A worker that ended while it was idle lost no point: the next one takes it. One that was just started and is
    // gone already shows as a crash of the point.
    if (send_frame(worker.socket, text) || worker.points == 0) {
      ++worker.points;
      return;
    }
    end(worker);
    std::erase_if(workers_, [&](const Worker& w) { return &w == &worker; });
  }
}

std::vector<Outcome> WorkerPool::wait(int milliseconds) {
  std::vector<pollfd> sockets;
  std::vector<std::list<Worker>::iterator> of;
  for (auto worker = workers_.begin(); worker != workers_.end(); ++worker) {
    sockets.push_back({worker->socket, POLLIN, 0});
    of.push_back(worker);
  }
  std::vector<Outcome> outcomes;
  if (::poll(sockets.data(), sockets.size(), milliseconds) <= 0) return outcomes;  // also when a signal came
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    if (sockets[i].revents == 0) continue;
    Worker& worker = *of[i];
    if (worker.arrived.read_some(worker.socket)) {
      if (const auto message = worker.arrived.take()) {
        outcomes.push_back(outcome_of(*message));
        worker.point.reset();
        if (outcomes.back().error.empty()) continue;
        end(worker);  // it ends after an error; no further point may go to it
        workers_.erase(of[i]);
      }
      continue;
    }
    const auto point = worker.point;
    const std::string how = end(worker);
    if (point) outcomes.push_back({.number = *point, .error = "the process of the point " + how, .crashed = true});
    workers_.erase(of[i]);
  }
  return outcomes;
}

}  // namespace luqsim::sweep
