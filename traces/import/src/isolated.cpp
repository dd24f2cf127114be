#include "isolated.h"

#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context.h"

namespace luqsim {
namespace {

constexpr rlim_t seconds_limit = 60, memory_limit = rlim_t{2} << 30;
constexpr std::size_t answer_limit = std::size_t{16} << 20;

void limit_resources() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t memory = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + memory_limit;
  const auto limit = [](auto resource, rlim_t value) {
    const rlimit both{value, value};
    ::setrlimit(resource, &both);
  };
  limit(RLIMIT_AS, memory);
  limit(RLIMIT_CPU, seconds_limit);
  limit(RLIMIT_CORE, 0);
}

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(1);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

constexpr char answered = 'a', failed = 'f';  // the first byte that the child writes

[[noreturn]] void run_child(int descriptor, const std::function<std::string()>& compute) {
  limit_resources();
  std::string answer;
  try {
    answer = answered + compute();
  } catch (const std::exception& error) {
    answer = failed + std::string(error.what());
  }
  write_all(descriptor, answer);
  ::_exit(0);
}

std::string read_all(int descriptor) {
  std::string bytes, piece(std::size_t{1} << 16, '\0');
  while (bytes.size() <= answer_limit) {
    const ssize_t got = ::read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    bytes.append(piece, 0, static_cast<std::size_t>(got));
  }
  return bytes;
}

}  // namespace

std::string isolated(const std::function<std::string()>& compute) {
  const auto fail = [](const std::string& how) { throw IsolatedError(how); };
  int ends[2];
  if (::pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    run_child(ends[1], compute);
  }
  const int fork_error = errno;
  ::close(ends[1]);
  std::string answer;
  if (child > 0) answer = read_all(ends[0]);
  ::close(ends[0]);
  if (child < 0) throw std::system_error(fork_error, std::generic_category(), "fork");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFSIGNALED(status)) fail(fmt::format("ended by signal {}, {}", WTERMSIG(status), ::strsignal(WTERMSIG(status))));
  if (status != 0) fail(fmt::format("ended with status {}", WEXITSTATUS(status)));
  if (answer.empty() || answer.size() > answer_limit) fail("without a usable result");
  if (answer.front() == failed) fail(in_quotes(std::string_view(answer).substr(1)));
  return answer.substr(1);
}

}  // namespace luqsim
