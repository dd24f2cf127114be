// The database of a sweep (SQLite): docs/sweep.md lists its tables. Every write is a transaction.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "luqsim/sweep/view.h"

struct sqlite3;

namespace luqsim::sweep {

struct StoredPoint {
  std::string key, design, workload;
  std::string status;  // ok, error, constraint
  std::string message;
  bool crashed = false;
  MetricValues metrics;
  std::string results;  // JSON; empty: not simulated
};

// What a sweep that goes on needs to know of a point.
struct PointState {
  std::string status, message;
  bool crashed = false, simulated = false;
  MetricValues metrics;
};

// A line of the table that says which points the last sweep had.
struct SweepLine {
  std::string key, settings, workload;  // settings: a JSON object
};

class Database {
 public:
  enum class Mode { create, read };
  // Throws SweepError for a file that is no database of sweeps or one of another schema.
  Database(const std::filesystem::path& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  std::optional<PointState> find(const std::string& key);
  void put(const StoredPoint& point);
  void set_status(const std::string& key, const std::string& status, const std::string& message);
  // What the sweep asked for, as its view shows it, replaces that of the one before.
  void set_sweep(const std::vector<SweepLine>& lines, const std::string& metrics, const std::string& objectives);
  SweepView view();
  std::string results(const std::string& key);  // JSON; empty: none

 private:
  class Statement;
  [[noreturn]] void fail(const std::string& what) const;
  void execute(const char* sql);
  std::int64_t number(const char* sql);
  void initialize();
  void check_schema(Mode mode);

  std::string path_;
  sqlite3* handle_ = nullptr;
  std::unique_ptr<Statement> find_, put_;
};

}  // namespace luqsim::sweep
