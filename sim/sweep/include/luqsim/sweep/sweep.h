// Runs the points of a sweep in processes of their own and keeps what they gave in a database.
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "luqsim/arch/sweep_file.h"
#include "luqsim/sweep/ranks.h"

namespace luqsim::sweep {

// A sweep that cannot be run or a database that cannot be used. The message names file, what it is, what was wanted.
class SweepError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A workload of the sweep and the file that its name stands for.
struct ResolvedWorkload {
  SweepWorkload workload;
  std::filesystem::path file;
};

struct SweepOptions {
  std::filesystem::path base;  // the file that the sweep's base stands for
  std::vector<ResolvedWorkload> workloads;
  std::filesystem::path database;
  unsigned jobs = 1;                                                  // worker processes (with MPI: of each rank)
  std::vector<std::string> worker;                                    // command line of a worker
  std::function<void(std::size_t done, std::size_t total)> progress;  // of the points to run; may be empty
  std::function<bool()> interrupted;                                  // asked often; may be empty
  FindDesign find_design;                                             // of a design that the base extends
};

struct SweepCounts {
  std::size_t points = 0;                                // of the sweep, each design and workload once
  std::size_t done_before = 0;                           // of these, found in the database
  std::size_t run = 0;                                   // simulated now
  std::size_t errors = 0, constrained = 0, crashed = 0;  // of all points
  bool interrupted = false;
};

// Throws ArchitectureError or TraceError for a base or workload that cannot be read, SweepError for the database. A
// point that fails is a row of the database and nothing more.
SweepCounts run_sweep(const SweepFile& sweep, const SweepOptions& options, Ranks& ranks);

// What a worker process does: points in from standard input, results out on it (a socket), until it closes.
void serve_points();

}  // namespace luqsim::sweep
