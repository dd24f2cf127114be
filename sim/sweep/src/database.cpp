#include "database.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sqlite3.h>

#include "luqsim/results/results.h"
#include "luqsim/sweep/sweep.h"

#include "words.h"

namespace luqsim::sweep {
namespace {

constexpr int application_id = 0x6C757173;  // "luqs"
constexpr int schema_version = 1;
constexpr int busy_timeout_ms = 60'000;  // for another sweep's transaction

std::string metric_columns(const char* after_each) {
  std::string text;
  for (const std::string_view name : EnumNames<Metric>::names) text.append(name).append(after_each);
  return text;
}

}  // namespace

// One prepared statement. Columns and parameters count from 0.
class Database::Statement {
 public:
  Statement(Database& database, const std::string& sql) : database_(database) {
    if (sqlite3_prepare_v2(database.handle_, sql.c_str(), -1, &handle_, nullptr) != SQLITE_OK) database.fail("");
  }
  ~Statement() { sqlite3_finalize(handle_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& begin() {
    sqlite3_reset(handle_);
    next_ = 0;
    return *this;
  }
  // The text must live until the statement has run.
  Statement& bind(const std::string& text) {
    sqlite3_bind_text64(handle_, ++next_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
  }
  Statement& bind(std::int64_t value) {
    sqlite3_bind_int64(handle_, ++next_, value);
    return *this;
  }
  Statement& bind(const std::optional<double>& value) {
    value ? sqlite3_bind_double(handle_, ++next_, *value) : sqlite3_bind_null(handle_, ++next_);
    return *this;
  }
  Statement& bind_null() {
    sqlite3_bind_null(handle_, ++next_);
    return *this;
  }
  bool step() {
    const int result = sqlite3_step(handle_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) database_.fail("");
    if (result == SQLITE_DONE) sqlite3_reset(handle_);
    return result == SQLITE_ROW;
  }
  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    return bytes == nullptr ? "" : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)));
  }
  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
  std::optional<double> real(int column) const {
    if (sqlite3_column_type(handle_, column) == SQLITE_NULL) return std::nullopt;
    return sqlite3_column_double(handle_, column);
  }

 private:
  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
  int next_ = 0;
};

Database::Database(const std::filesystem::path& path, Mode mode) : path_(path.string()) {
  // Also to read: the last to close takes the log's files away. What may not be written, SQLite opens to read.
  const int flags = SQLITE_OPEN_READWRITE | (mode == Mode::read ? 0 : SQLITE_OPEN_CREATE);
  try {
    if (sqlite3_open_v2(path_.c_str(), &handle_, flags, nullptr) != SQLITE_OK) fail("");
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    if (mode == Mode::read) execute("PRAGMA query_only = ON");
    check_schema(mode);
    if (mode == Mode::create) {
      // A process that is killed loses nothing that was written; a machine that loses power, the last moments.
      execute("PRAGMA synchronous = NORMAL");
      std::string parameters;
      for (std::size_t i = 0; i < metric_count; ++i) parameters += ",?";
      put_ = std::make_unique<Statement>(
          *this,
          "INSERT OR REPLACE INTO points (key,design,workload,tool_version,results_schema,status,message,crashed," +
              metric_columns(",") + "results) VALUES (?,?,?,?,?,?,?,?" + parameters + ",?)");
      find_ = std::make_unique<Statement>(*this, "SELECT status,message,crashed,results IS NOT NULL," +
                                                     metric_columns(",") + "key FROM points WHERE key=?");
    }
  } catch (...) {
    put_.reset();
    find_.reset();
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  put_.reset();
  find_.reset();
  sqlite3_close(handle_);
}

void Database::fail(const std::string& what) const {
  throw SweepError(fmt::format("{}: {}; wanted a database of luqsim sweep", path_,
                               what.empty() ? sqlite3_errmsg(handle_) : what.c_str()));
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail("");
}

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  statement.step();
  return statement.integer(0);
}

// A process may have been killed after any write: without tables the file is as good as new.
void Database::check_schema(Mode mode) {
  const auto tables = number("SELECT count(*) FROM sqlite_master");
  const auto application = number("PRAGMA application_id"), version = number("PRAGMA user_version");
  if (tables == 0 && application == 0 && mode == Mode::create) return initialize();
  if (application != application_id) fail(tables == 0 ? "an empty database" : "a database of another program");
  if (version != schema_version) fail(fmt::format("schema version {}, this luqsim has {}", version, schema_version));
}

void Database::initialize() {
  execute("PRAGMA journal_mode = WAL");
  execute("BEGIN IMMEDIATE");
  if (number("SELECT count(*) FROM sqlite_master") == 0) {  // another process may have been faster
    execute(
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application_id, schema_version).c_str());
    execute(
        ("CREATE TABLE points (key TEXT PRIMARY KEY, design TEXT NOT NULL, workload TEXT NOT NULL, tool_version TEXT "
         "NOT NULL, results_schema TEXT NOT NULL, status TEXT NOT NULL, message TEXT NOT NULL, crashed INTEGER NOT "
         "NULL, " +
         metric_columns(" NUMERIC, ") + "results TEXT)")
            .c_str());
    execute(
        "CREATE TABLE sweep (ordinal INTEGER PRIMARY KEY, key TEXT NOT NULL, settings TEXT NOT NULL, workload TEXT "
        "NOT NULL)");
    execute("CREATE TABLE asked (what TEXT PRIMARY KEY, value TEXT NOT NULL)");
  }
  execute("COMMIT");
}

std::optional<PointState> Database::find(const std::string& key) {
  if (!find_->begin().bind(key).step()) return std::nullopt;
  PointState state{.status = find_->text(0),
                   .message = find_->text(1),
                   .crashed = find_->integer(2) != 0,
                   .simulated = find_->integer(3) != 0,
                   .metrics = {}};
  for (std::size_t i = 0; i < metric_count; ++i) state.metrics[i] = find_->real(4 + static_cast<int>(i));
  find_->begin();  // a statement in the middle of its rows would hold a read transaction open
  return state;
}

void Database::put(const StoredPoint& point) {
  const std::string version = LUQSIM_VERSION, schema = results_schema;
  put_->begin().bind(point.key).bind(point.design).bind(point.workload).bind(version).bind(schema);
  put_->bind(point.status).bind(point.message).bind(std::int64_t{point.crashed});
  for (const auto& value : point.metrics) put_->bind(value);
  point.results.empty() ? put_->bind_null() : put_->bind(point.results);
  put_->step();
}

void Database::set_status(const std::string& key, const std::string& status, const std::string& message) {
  Statement statement(*this, "UPDATE points SET status=?, message=? WHERE key=?");
  statement.begin().bind(status).bind(message).bind(key).step();
}

void Database::set_sweep(const std::vector<SweepLine>& lines, const std::string& metrics,
                         const std::string& objectives) {
  execute("BEGIN IMMEDIATE");
  execute("DELETE FROM sweep");
  Statement add(*this, "INSERT INTO sweep (key,settings,workload) VALUES (?,?,?)");
  for (const SweepLine& line : lines) add.begin().bind(line.key).bind(line.settings).bind(line.workload).step();
  Statement ask(*this, "INSERT OR REPLACE INTO asked VALUES (?,?)");
  const std::string metrics_key = "metrics", objectives_key = "pareto";
  ask.begin().bind(metrics_key).bind(metrics).step();
  ask.begin().bind(objectives_key).bind(objectives).step();
  execute("COMMIT");
}

namespace {

// "64" of "array.rows" in a design's text; a key that it leaves to the trace has no value.
std::string value_in(const std::string& design, const std::string& key) {
  const std::string start = "\n" + key + "=";
  const std::size_t at = ("\n" + design).find(start);
  if (at == std::string::npos) return "";
  const std::size_t from = at + start.size() - 1;
  return design.substr(from, design.find('\n', from) - from);
}

// Each row gets all keys that any of them sets: what it does not set is the base's.
void complete(std::vector<PointRow>& rows, const std::vector<std::string>& designs) {
  std::vector<std::string> keys;
  std::set<std::string> seen;
  for (const PointRow& row : rows)
    for (const auto& [key, value] : row.settings)
      if (seen.insert(key).second) keys.push_back(key);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const std::string& key : keys) {
      const auto own = std::ranges::find(rows[i].settings, key, &std::pair<std::string, std::string>::first);
      all.emplace_back(key, own != rows[i].settings.end() ? own->second : value_in(designs[i], key));
    }
    rows[i].settings = std::move(all);
  }
}

}  // namespace

SweepView Database::view() {
  SweepView view;
  std::vector<std::string> designs;
  Statement asked(*this, "SELECT what,value FROM asked");
  while (asked.step()) {
    if (asked.text(0) == "metrics") view.metrics = metrics_of(asked.text(1));
    if (asked.text(0) == "pareto") view.objectives = objectives_of(asked.text(1));
  }
  Statement rows(
      *this, "SELECT sweep.settings,sweep.workload,coalesce(status,'missing'),coalesce(message,'')," +
                 metric_columns(",") +
                 "coalesce(design,''),sweep.key FROM sweep LEFT JOIN points ON points.key=sweep.key ORDER BY ordinal");
  while (rows.step()) {
    PointRow row{.settings = settings_of(rows.text(0)),
                 .key = rows.text(5 + static_cast<int>(metric_count)),
                 .workload = rows.text(1),
                 .status = rows.text(2),
                 .message = rows.text(3),
                 .metrics = {}};
    for (std::size_t i = 0; i < metric_count; ++i) row.metrics[i] = rows.real(4 + static_cast<int>(i));
    view.rows.push_back(std::move(row));
    designs.push_back(rows.text(4 + static_cast<int>(metric_count)));
  }
  complete(view.rows, designs);
  return view;
}

std::string Database::results(const std::string& key) {
  Statement statement(*this, "SELECT coalesce(results,'') FROM points WHERE key=?");
  return statement.begin().bind(key).step() ? statement.text(0) : "";
}

}  // namespace luqsim::sweep
