// What is left when processes end: points that were done, and the same content once the sweep has been run again.
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sweep_folder.h"

namespace luqsim::sweep {
namespace {

using namespace std::chrono_literals;
using test::ProgramResult;

// What /proc says of a process after its name, from its state on; empty where it is gone.
std::vector<std::string> status_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return {};
  std::istringstream words(text.substr(text.rfind(')') + 1));
  return {std::istream_iterator<std::string>(words), {}};
}

// Gone, or dead and not yet collected.
bool is_gone(pid_t process) {
  const auto status = status_of(process);
  return status.empty() || status[0] == "Z";
}

// Ticks of processor time, of which a second has a hundred.
int processor_ticks(pid_t process) {
  constexpr std::size_t user_time = 11;
  const auto status = status_of(process);
  return status.size() > user_time ? std::stoi(status[user_time]) : 0;
}

// The sweep as a process that can be killed.
class RunningSweep {
 public:
  RunningSweep(const std::string& folder, const std::vector<std::string>& arguments) : process_(::fork()) {
    if (process_ != 0) return;
    std::vector<char*> words;
    for (const char* word : {LUQSIM_PROGRAM, "sweep"}) words.push_back(const_cast<char*>(word));
    for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(::open((folder + "/stderr.txt").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDERR_FILENO);
    if (::chdir(folder.c_str()) == 0) ::execv(LUQSIM_PROGRAM, words.data());
    ::_exit(99);
  }

  // Process ids of its workers.
  std::vector<pid_t> workers() const {
    const std::string id = std::to_string(process_);
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    std::vector<pid_t> found;
    for (pid_t child = 0; children >> child;) found.push_back(child);
    return found;
  }

  void signal(int number) const { ::kill(process_, number); }
  bool ended() const { return is_gone(process_); }

  // Exit code, or 128 + the signal that ended it.
  int wait() const {
    int status = 0;
    ::waitpid(process_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t process_;
};

template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 3000; ++i, std::this_thread::sleep_for(10ms))
    if (condition()) return true;
  return false;
}

class Resume : public test::SweepFolder {
 protected:
  void SetUp() override {
    SweepFolder::SetUp();
    write("layers.yaml", "layers: [{name: one, type: gemm, m: 256, n: 256, k: 256, repeat: 4}]\n");
    write("s.yaml",
          "base: default\nworkloads: [digits-mlp, layers.yaml]\n"
          "grid: {array.rows: [8, 16, 64], array.cols: [8, 16, 32], array.dataflow: [os, ws]}\n"
          "list: [{array.zero_skip: gate}, {buffers.out.bytes: 64}, {array.rows: 5}]\n"
          "random: {points: 10, seed: 4, keys: {array.lanes: {from: 1, to: 8}, array.accumulator: [int16, fp32]}}\n"
          "constraints: [area_mm2 <= 0.9, utilization >= 0.1]\n");
    // A point of seconds.
    write("slow.yaml", "layers: [{name: one, type: gemm, m: 4096, n: 4096, k: 4096, repeat: 3}]\n");
    write("mixed.yaml", "base: default\nworkloads: [slow.yaml, tiny.yaml]\nlist: [{array.rows: 8}]\n");
  }

  // Of a sweep that nothing disturbed.
  std::string undisturbed() const {
    EXPECT_EQ(sweep("s.yaml --jobs 1 -o undisturbed.sqlite").exit_code, 0);
    return text("undisturbed.sqlite");
  }

  void remove(const std::string& database) const {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file(database + suffix));
  }

  int row_count(const std::string& database) const {
    try {
      return std::stoi(query(database, "SELECT count(*) FROM points"));
    } catch (const std::runtime_error&) {
      return 0;  // no table yet
    }
  }

  bool has_row(const std::string& database, const std::string& where) const {
    try {
      return query(database, "SELECT count(*) FROM points WHERE " + where) != "0";
    } catch (const std::runtime_error&) {
      return false;  // not there yet
    }
  }
};

TEST_F(Resume, ARerunSkipsWhatIsDone) {
  const std::string content = undisturbed();
  for (const char* status : {"|ok|", "|error|", "|constraint|"})
    EXPECT_NE(content.find(status), std::string::npos) << status;
  const ProgramResult again = sweep("s.yaml -o undisturbed.sqlite");
  EXPECT_NE(again.out.find(" points: 0 run, "), std::string::npos) << again.out;
  EXPECT_EQ(text("undisturbed.sqlite"), content);
}

TEST_F(Resume, AnyNumberOfJobsGivesTheSameContent) {
  const std::string content = undisturbed();
  for (const char* jobs : {"2", "7"}) {
    EXPECT_EQ(sweep("s.yaml -o jobs.sqlite --jobs " + std::string(jobs)).exit_code, 0);
    EXPECT_EQ(text("jobs.sqlite"), content) << jobs;
    remove("jobs.sqlite");
  }
}

TEST_F(Resume, RanksGiveTheSameContent) {
#ifdef LUQSIM_MPI
  if (test::run_program("command -v mpirun").exit_code != 0) GTEST_SKIP() << "no mpirun";
  // Under the leak sanitizer: Open MPI unloads plugins that still hold memory.
  const std::string launcher =
      "LSAN_OPTIONS=detect_leaks=0 timeout 100 mpirun --oversubscribe --allow-run-as-root -np ";
  const std::string content = undisturbed();
  for (const char* ranks : {"1", "2", "3"}) {
    const ProgramResult result = sweep("s.yaml --jobs 1 -o ranks.sqlite", launcher + ranks);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(text("ranks.sqlite"), content) << ranks;
    const ProgramResult again = sweep("s.yaml --jobs 1 -o ranks.sqlite", launcher + ranks);
    EXPECT_NE(again.out.find(" points: 0 run, "), std::string::npos) << again.out << again.err;
    remove("ranks.sqlite");
  }
  // The first rank's bad input ends the others, too.
  const ProgramResult bad = sweep("none.yaml", launcher + "2");
  EXPECT_EQ(bad.exit_code, 2) << bad.err;
  EXPECT_NE(bad.err.find("none.yaml: cannot be read"), std::string::npos) << bad.err;
#else
  GTEST_SKIP() << "built without LUQSIM_MPI";
#endif
}

TEST_F(Resume, WithoutMpiALauncherOfSeveralIsRefused) {
#ifdef LUQSIM_MPI
  GTEST_SKIP() << "built with LUQSIM_MPI";
#else
  const ProgramResult result = sweep("s.yaml", "OMPI_COMM_WORLD_SIZE=2");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("this luqsim has no MPI, and a launcher started 2 of it"), std::string::npos) << result.err;
#endif
}

TEST_F(Resume, AKilledWorkerLosesOnlyItsPoint) {
  const RunningSweep running(file(""), {"mixed.yaml", "--jobs", "1", "-o", "mixed.sqlite"});
  std::vector<pid_t> workers;
  ASSERT_TRUE(comes_true([&] { return !(workers = running.workers()).empty(); }));
  ASSERT_TRUE(comes_true([&] { return processor_ticks(workers[0]) >= 10; })) << "in the midst of its point";
  ::kill(workers[0], SIGKILL);
  EXPECT_EQ(running.wait(), 3);
  EXPECT_EQ(query("mixed.sqlite", "SELECT status||' '||message||' '||crashed FROM points WHERE workload='slow.yaml'"),
            "error the process of the point was ended by signal 9 1");
  EXPECT_EQ(query("mixed.sqlite", "SELECT status FROM points WHERE workload='tiny.yaml'"), "ok");
  EXPECT_NE(read("stderr.txt").find("1 points ended their process; the same command tries them again"),
            std::string::npos);
  // The next sweep tries the point again.
  const ProgramResult again = sweep("mixed.yaml -o mixed.sqlite");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.out.find("2 points: 1 run, 1 done before; 0 errors"), std::string::npos) << again.out;
  EXPECT_EQ(query("mixed.sqlite", "SELECT status FROM points WHERE workload='slow.yaml'"), "ok");
}

TEST_F(Resume, CtrlCKeepsWhatIsDoneAndSaysHowToGoOn) {
  write("mixed.yaml", "base: default\nworkloads: [tiny.yaml, slow.yaml]\nlist: [{array.rows: 8}]\n");
  const RunningSweep running(file(""), {"mixed.yaml", "--jobs", "1", "-o", "mixed.sqlite"});
  ASSERT_TRUE(comes_true([&] { return has_row("mixed.sqlite", "status='ok'"); }));
  const auto workers = running.workers();
  running.signal(SIGINT);
  EXPECT_EQ(running.wait(), 130);
  EXPECT_NE(read("stderr.txt").find("interrupted: 1 of 2 points are in mixed.sqlite; the same command runs the others"),
            std::string::npos)
      << read("stderr.txt");
  for (const pid_t worker : workers) EXPECT_TRUE(comes_true([&] { return is_gone(worker); }));
  EXPECT_EQ(query("mixed.sqlite", "SELECT count(*) FROM points"), "1");
}

// Each sweep is killed some points after where the one before stopped, and some instants later.
TEST_F(Resume, KilledAtAnyInstantItEndsWithTheSameContent) {
  const std::string content = undisturbed();
  std::mt19937 random(11);
  int kills = 0, complete = 0;
  for (int attempt = 0; attempt < 200 && (kills < 20 || complete == 0); ++attempt) {
    const int enough = row_count("killed.sqlite") + static_cast<int>(random() % 8);
    const RunningSweep running(file(""), {"s.yaml", "--jobs", "2", "-o", "killed.sqlite"});
    EXPECT_TRUE(comes_true([&] { return running.ended() || row_count("killed.sqlite") >= enough; }));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    const auto workers = running.workers();
    const int rows = row_count("killed.sqlite");
    running.signal(SIGKILL);
    const int how = running.wait();
    if (how == 128 + SIGKILL) ++kills;
    EXPECT_GE(row_count("killed.sqlite"), rows);
    for (const pid_t worker : workers) EXPECT_TRUE(comes_true([&] { return is_gone(worker); }));
    if (how != 0) continue;
    EXPECT_EQ(text("killed.sqlite"), content);
    ++complete;
    remove("killed.sqlite");
  }
  EXPECT_GE(kills, 20);
  EXPECT_GT(complete, 0) << "no sweep ended by itself";
  const ProgramResult last = sweep("s.yaml -o killed.sqlite");
  EXPECT_EQ(last.exit_code, 0) << last.err;
  EXPECT_EQ(text("killed.sqlite"), content);
}

}  // namespace
}  // namespace luqsim::sweep
